/** Trouble of the demo: the sandbox plays a company that says no, and support decides what then happens. */
import type { DemoCustomer } from './customer.ts';
import { type DemoDeposit, find } from './deposits.ts';
import type { Printer } from './printer.ts';
import { type DemoWorld, until } from './world.ts';

interface Review {
  readonly id: string;
  readonly subject_id: string;
  readonly reason: string;
  readonly detail: string;
}

interface Lifecycle {
  readonly why: string;
}

const REVIEW_SECONDS = 60;
/** A withdrawal is tried this often under a new key before the money goes back. */
const TRIES = 3;

/** The broker will reject the next journal over exactly this amount. */
export async function rejectJournal(world: DemoWorld, printer: Printer, amount: string): Promise<void> {
  const fault = { operation: 'alpaca.createJournal', kind: 'reject', count: 1, match: { amount } };
  await world.sandbox('POST', '/control/faults', fault);
  printer.step('The broker is told', `to reject the next journal over ${amount} USD`);
}

/** Circle will fail every transfer over exactly this amount, until we give up. */
export async function failTransfers(world: DemoWorld, printer: Printer, amount: string): Promise<void> {
  const fault = { operation: 'circle.transfer', kind: 'fail', count: TRIES, match: { 'amounts.0': amount } };
  await world.sandbox('POST', '/control/faults', fault);
  printer.step('Circle is told', `to fail ${TRIES} transfers over ${amount} USDC`);
}

/** Shows the review of a deposit as support sees it, and decides that the step is taken again. */
export async function decideRetry(
  world: DemoWorld,
  printer: Printer,
  customer: DemoCustomer,
  deposit: DemoDeposit,
): Promise<void> {
  const token = world.runtime.tokens.support;
  const open = `/v1/admin/reviews?state=open&lifecycle=deposit&user_id=${customer.id}`;
  const review = await until('a review of this deposit', REVIEW_SECONDS, async () => {
    const { data } = await world.api<{ data: Review[] }>('GET', open, { token });
    return data.find(({ subject_id }) => subject_id === deposit.id);
  });
  printer.step('The app says', (await find(world, customer.token, deposit.id)).message);
  printer.step('Support is asked', `${review.reason}: ${review.detail}`);
  const { why } = await world.api<Lifecycle>('GET', `/v1/admin/lifecycles/deposit/${deposit.id}`, { token });
  printer.step('Support reads why', why);
  const note = 'The demo asked the broker, who says that the account is in order.';
  await world.api('POST', `/v1/admin/reviews/${review.id}/decision`, {
    token,
    body: { decision: 'retry', note },
  });
  printer.step('Support decides: retry', note);
}
