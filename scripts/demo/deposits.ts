/** Deposits of the demo: USDC is sent on chain, and each state is shown as it comes. */
import { type DemoCustomer, type DemoWallet, SANDBOX_NETWORKS } from './customer.ts';
import { readEvents } from './event-stream.ts';
import type { Printer } from './printer.ts';
import { type DemoWorld, until } from './world.ts';

export interface DemoDeposit {
  readonly id: string;
  readonly chain: string;
  readonly tx_hash: string | null;
  readonly amount_stablecoin: string;
  readonly amount_usd: string | null;
  readonly status: string;
  readonly message: string;
  readonly waiting_for: string | null;
  readonly final: boolean;
}

interface DepositEvent {
  readonly status: string;
  readonly message: string;
}

/** Circle reports a transfer a moment after it is on chain. */
const SEEN_SECONDS = 60;
/** Longest pause between two states of a deposit. */
const SILENT_SECONDS = 120;

/** Sends USDC from somewhere to the customer's address, and waits until the app shows the deposit. */
export async function send(
  world: DemoWorld,
  printer: Printer,
  { token }: DemoCustomer,
  wallet: DemoWallet,
  amount: string,
): Promise<DemoDeposit> {
  const blockchain = SANDBOX_NETWORKS[wallet.chain];
  const { tx_hash } = await world.sandbox<{ tx_hash: string }>('POST', '/control/chain/transfers', {
    blockchain,
    to: wallet.address,
    amount,
  });
  printer.step(`Sent ${amount} USDC`, `on ${wallet.chain}, transaction ${tx_hash.slice(0, 18)}…`);
  return until('a deposit for this transaction', SEEN_SECONDS, async () => {
    const { data } = await world.api<{ data: DemoDeposit[] }>('GET', '/v1/deposits', { token });
    return data.find((deposit) => deposit.tx_hash === tx_hash);
  });
}

/** Shows each state of a deposit as its stream tells it, until the last one. */
export async function follow(
  world: DemoWorld,
  printer: Printer,
  { token }: DemoCustomer,
  deposit: DemoDeposit,
): Promise<DemoDeposit> {
  const url = `${world.runtime.api}/v1/deposits/${deposit.id}/events`;
  for await (const event of readEvents(url, token, SILENT_SECONDS)) {
    const { status, message } = JSON.parse(event.data) as DepositEvent;
    printer.step(status.replaceAll('_', ' '), message);
  }
  return find(world, token, deposit.id);
}

/** Waits until a deposit says why it waits. */
export async function awaitWait(
  world: DemoWorld,
  printer: Printer,
  { token }: DemoCustomer,
  deposit: DemoDeposit,
): Promise<DemoDeposit> {
  const waiting = await until('a deposit that says why it waits', SEEN_SECONDS, async () => {
    const found = await find(world, token, deposit.id);
    return found.waiting_for === null ? undefined : found;
  });
  printer.step(waiting.status.replaceAll('_', ' '), waiting.message);
  return waiting;
}

/** Waits until nothing more is expected of a deposit. */
export async function awaitEnd(
  world: DemoWorld,
  printer: Printer,
  { token }: DemoCustomer,
  deposit: DemoDeposit,
): Promise<void> {
  const ended = await until('the end of a deposit', SEEN_SECONDS, async () => {
    const found = await find(world, token, deposit.id);
    return found.final ? found : undefined;
  });
  printer.step(`The ${ended.amount_stablecoin} USDC too`, ended.message);
}

/** The deposit as it stands now. */
export const find = (world: DemoWorld, token: string, id: string) =>
  world.api<DemoDeposit>('GET', `/v1/deposits/${id}`, { token });
