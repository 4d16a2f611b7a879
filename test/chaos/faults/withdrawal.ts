/** Withdrawals: what they ask of Alpaca, Mint and Circle, what can become of it, and how one is played to its end. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../../../temporal/client.ts';
import { payments } from '../../support/books.ts';
import { eventually } from '../../support/eventually.ts';
import {
  createSpender,
  receivedAt,
  type Spender,
  setWithdrawalPolicy,
  type WithdrawalRow,
} from '../../support/money-out.ts';
import type { TestStack } from '../../support/stack.ts';
import type { Fault } from '../../support/trouble.ts';
import { operationsOf, raiseFee, seeThrough, severalOf, type Trail } from './desk.ts';
import type { FaultedLifecycle, Playing } from './lifecycle.ts';
import {
  amountOf,
  type Call,
  type Cell,
  callCells,
  eventCells,
  type Meaning,
  type Outcomes,
  outcomeCells,
} from './table.ts';

const ATTEMPTS = 2;
const FEE = '0.50';

const HANGS: Meaning = { hangs: true };
const AGAIN: Meaning = { again: true };
const again = (reason: string): Meaning => ({ reviews: [reason], again: true });
/** Circle will not do more by itself: a person is told, and somebody raises the fee at Circle. */
const STUCK: Meaning = { reviews: ['transfer_stuck'], hangs: true };
/** Alpaca does not take the journal back: it is executed one day, and the money goes on. */
const TOO_LATE: Meaning = { end: 'complete', hangs: true };

const JOURNAL = { verb: 'alpaca.createJournal', operation: 'alpaca.createJournal', kind: 'write' } as const;
const FINDS_JOURNAL = {
  verb: 'alpaca.findJournal',
  operation: 'alpaca.listJournals',
  kind: 'search',
} as const;
const AT_BROKER = { from: 'funding/withdrawal-journal' } as const;
const AT_CIRCLE = { from: 'funding/withdrawal-transfer' } as const;
const AT_MINT = { from: 'funding/on-ramp' } as const;

// On its way out a withdrawal takes what was refused again by itself, under a new key.
const CALLS: readonly Call[] = [
  { ...JOURNAL, ...AT_BROKER, name: 'journal', means: { refused: AGAIN } },
  {
    ...{ name: 'on_ramp', verb: 'mint.createTransfer', operation: 'mint.createTransfer', kind: 'write' },
    ...{ ...AT_MINT, means: { refused: AGAIN } },
  },
  {
    ...{ name: 'transfer', verb: 'circle.createTransfer', operation: 'circle.createTransfer', kind: 'write' },
    ...{ ...AT_CIRCLE, means: { refused: AGAIN } },
  },
  { ...JOURNAL, ...AT_BROKER, name: 'refund' },
  { ...FINDS_JOURNAL, ...AT_BROKER, name: 'find journal', step: 'journal' },
  {
    // Mint has no list to search: asking again under the same key is the look-up, and a no to it is no answer yet.
    ...{
      name: 'find on_ramp',
      step: 'on_ramp',
      verb: 'mint.createTransfer',
      operation: 'mint.createTransfer',
    },
    ...{ ...AT_MINT, kind: 'search', means: { refused: {} } },
  },
  {
    ...{ name: 'find transfer', step: 'transfer', verb: 'circle.findTransfer' },
    ...{ ...AT_CIRCLE, operation: 'circle.listTransactions', kind: 'search' },
  },
  { ...FINDS_JOURNAL, ...AT_BROKER, name: 'find refund', step: 'refund' },
  {
    ...{
      name: 'look up the journal',
      verb: 'alpaca.getJournal',
      operation: 'alpaca.getJournal',
      kind: 'read',
    },
    ...{ ...AT_BROKER, means: { fine: HANGS, unavailable: HANGS, refused: HANGS, defect: HANGS } },
  },
  {
    ...{ name: 'look up on_ramp', verb: 'mint.getTransfer', operation: 'mint.getTransfer', kind: 'read' },
    ...AT_MINT,
  },
  {
    ...{ name: 'look up the transfer', verb: 'circle.getTransaction', operation: 'circle.getTransaction' },
    ...{ ...AT_CIRCLE, kind: 'read' },
  },
  {
    ...{
      name: 'accelerate',
      verb: 'circle.accelerate',
      operation: 'circle.accelerateTransaction',
      kind: 'write',
    },
    ...{ ...AT_CIRCLE, means: { refused: STUCK, defect: STUCK }, alone: 'stuck' },
  },
  {
    ...{ name: 'cancel', verb: 'alpaca.cancelJournal', operation: 'alpaca.cancelJournal', kind: 'write' },
    ...{ ...AT_BROKER, means: { refused: TOO_LATE, defect: TOO_LATE } },
  },
  {
    // Alpaca has taken the journal back, and does not say so at once: the customer's wish is not forgotten.
    ...{
      name: 'look up the canceled',
      verb: 'alpaca.getJournal',
      operation: 'alpaca.getJournal',
      kind: 'read',
    },
    ...AT_BROKER,
  },
];

const OUTCOMES: readonly Outcomes[] = [
  {
    ...{ of: 'journal', operation: 'alpaca.createJournal' },
    kinds: {
      ...{ pending: HANGS, stuck: HANGS, reject: AGAIN, cancel: AGAIN, fail: AGAIN },
      correct: again('journal_corrected'),
    },
    always: { reject: { end: 'failed' }, cancel: { end: 'failed' }, fail: { end: 'failed' } },
  },
  {
    ...{ of: 'on_ramp', operation: 'mint.transfer' },
    // What Mint holds it gives up when somebody asks there.
    kinds: { pending: { ...HANGS, ...AGAIN }, fail: AGAIN, revert: AGAIN, deny: again('on_ramp_denied') },
    always: { fail: { end: 'refunded' }, revert: { end: 'refunded' } },
  },
  {
    ...{ of: 'transfer', operation: 'circle.transfer', alone: { stuck: 'stuck' } },
    kinds: { pending: HANGS, stuck: {}, fail: AGAIN, revert: AGAIN, deny: again('transfer_denied') },
    always: { fail: { end: 'refunded' }, revert: { end: 'refunded' } },
  },
  {
    ...{ of: 'refund', operation: 'alpaca.createJournal' },
    kinds: {
      ...{ pending: HANGS, stuck: HANGS, reject: again('refund_rejected'), cancel: again('refund_canceled') },
      ...{ fail: again('refund_refused'), correct: again('journal_corrected') },
    },
  },
];

const EVENTS = ['alpaca.event.journals', 'mint.event.transfers', 'circle.event.transactions.outbound'];

const isBack = ({ of }: Cell): boolean => of.endsWith('refund');
const isCanceled = ({ of }: Cell): boolean => of.startsWith('cancel') || of.endsWith('canceled');

const cells: Cell[] = [
  ...CALLS.flatMap(callCells),
  ...OUTCOMES.flatMap(outcomeCells),
  // A stream carries no signature: a forgery there is an event about a journal that nobody made.
  ...EVENTS.flatMap((event) => eventCells(event, { journal_id: randomUUID() })),
].map((cell) => {
  const end = isBack(cell) ? 'refunded' : isCanceled(cell) ? 'canceled' : 'complete';
  return { ...cell, meaning: { end, ...cell.meaning } };
});

interface Wish {
  readonly id: string;
  readonly net: string;
  readonly gross: string;
  readonly account: string;
  readonly address: string;
}

interface World {
  readonly customers: readonly Spender[];
  readonly temporal: Client;
}

type Played = Trail<WithdrawalRow> & { readonly wish: Wish };

/** The fields by which the requests, things and events of this withdrawal are known. */
function matchOf(of: string, operation: string, { id, net, gross, account, address }: Wish): Fault['match'] {
  const journal = of.endsWith('refund') ? 'refund' : 'journal';
  const matches: Record<string, Fault['match']> = {
    // The deposit before moved another amount; the two journals differ by their description.
    'alpaca.createJournal': { amount: gross, description: `withdrawal:${id}:${journal}:1` },
    'alpaca.listJournals': { [journal === 'refund' ? 'to_account' : 'from_account']: account },
    'alpaca.event.journals': { description: `withdrawal:${id}:journal:1` },
    'mint.createTransfer': { 'amount.amount': net },
    'mint.transfer': { 'amount.amount': net },
    'mint.event.transfers': { 'amount.amount': net },
    'circle.createTransfer': { 'amounts.0': net },
    'circle.transfer': { 'amounts.0': net },
    'circle.event.transactions.outbound': { 'amounts.0': net },
    'circle.listTransactions': { destinationAddress: address },
  };
  return matches[operation] ?? {};
}

function fault(of: string, wish: Wish, operation: string, kind: string, more: Partial<Fault> = {}): Fault {
  const company = operation.split('.')[0] ?? '';
  return { company, operation, kind, match: matchOf(of, operation, wish) ?? {}, ...more };
}

/** What must go wrong first, so that the call is made at all. */
function ledBy({ of }: Cell, wish: Wish): Fault[] {
  const hit = (operation: string, kind: string, count = 1) => fault(of, wish, operation, kind, { count });
  switch (of) {
    case 'find journal':
    case 'find refund':
      return [hit('alpaca.createJournal', 'cut_after')];
    case 'find on_ramp':
      return [hit('mint.createTransfer', 'cut_after')];
    case 'find transfer':
      return [hit('circle.createTransfer', 'cut_after')];
    case 'look up the journal':
    case 'cancel':
    case 'look up the canceled':
      return [hit('alpaca.createJournal', 'pending')];
    case 'look up on_ramp':
      return [hit('mint.event.transfers', 'drop_event', 6)];
    case 'look up the transfer':
      return [hit('circle.event.transactions.outbound', 'drop_event', 6)];
    case 'accelerate':
      return [hit('circle.transfer', 'stuck')];
    default:
      return [];
  }
}

/** The cell's own fault: once, or at every attempt. */
function faultsOf(cell: Cell, wish: Wish): Fault[] {
  const { operation, kind, ...more } = cell.fault;
  const one = fault(cell.of, wish, operation, kind, more);
  if (!cell.always) return [one];
  if (cell.of !== 'journal') return [{ ...one, count: ATTEMPTS }];
  // The second attempt has another description: only there does the journal differ from the first.
  return [1, 2].map((attempt) => ({
    ...one,
    match: { amount: wish.gross, description: `withdrawal:${wish.id}:journal:${attempt}` },
  }));
}

/** Whoever holds a step at a company lets it go on, or gives it up. */
async function settle(stack: TestStack, row: WithdrawalRow): Promise<void> {
  const control = (path: string, body: object) => stack.sandbox.control('POST', `/control/${path}`, body);
  const journal = row.refund_reason ? row.refund_ref : row.broker_withdrawal_ref;
  if (journal && (row.refund_reason || row.status === 'broker_withdrawal_initiated')) {
    await control(`alpaca/journals/${journal}/status`, { status: 'executed' });
  } else if (row.status === 'on_ramp_initiated') {
    const state = { state: 'failed', error_code: 'transfer_failed' };
    await control(`mint/transfers/${row.circle_on_ramp_ref}/state`, state);
  } else if (row.status === 'transfer_initiated') {
    if (row.waiting_for === 'circle_stuck') await raiseFee(stack, row.circle_transfer_ref ?? '');
    else await control(`circle/transactions/${row.circle_transfer_ref}/state`, { state: 'QUEUED' });
  }
}

/** The customer changes their mind while Alpaca holds the journal. */
async function cancel({ stack, world, cell, lane, plant }: Playing<World>, wish: Wish): Promise<void> {
  const customer = world.customers[lane] as Spender;
  const held = await customer.withdrawalReaches(wish.id, 'broker_withdrawal_initiated', 'broker_approval');
  const { broker_withdrawal_ref: id } = held;
  // A look-up that is under way already may run into the first refusals.
  const count = cell.of !== 'cancel' && cell.fault.kind === 'refuse' ? 3 : 1;
  await plant({ ...cell.fault, match: { id }, count });
  const token = await stack.token(customer.id);
  const call = { token, idempotencyKey: randomUUID() };
  const isAnswered = async () => {
    const { status, body } = await stack.call('POST', `/v1/withdrawals/${wish.id}/cancel`, call);
    return status === 200 || (status === 409 && body.code !== 'idempotency_in_progress');
  };
  await eventually('the cancelation is answered', isAnswered, { timeoutMs: 150_000, everyMs: 500 });
}

/** The broker may take the first journal back before or after we have heard that it had executed. */
const takenBack = ({ of, meaning }: Cell): boolean =>
  of === 'journal' && meaning.reviews?.includes('journal_corrected') === true;

const FINAL = ['complete', 'refunded', 'failed', 'canceled'];

export const withdrawalFaults: FaultedLifecycle<World, Played> = {
  table: { lifecycle: 'withdrawal', calls: CALLS, outcomes: OUTCOMES, events: EVENTS, cells },
  lanes: 12,

  begin: async (stack, lanes) => {
    const temporal = await createTemporalClient(stack.config);
    await setWithdrawalPolicy(stack, { attempts: ATTEMPTS });
    await stack.sandbox.control('PATCH', '/control/settings', { 'circle.stuck': 300 });
    const customers = await severalOf(lanes, () => createSpender(stack, temporal, '5000.00'));
    return { customers, temporal };
  },

  play: async (playing) => {
    const { stack, world, cell, number, lane, plant } = playing;
    const customer = world.customers[lane] as Spender;
    const net = amountOf(number);
    const to = await customer.addressOn('base');
    const gross = (Number(net) + Number(FEE)).toFixed(2);
    const { address } = to;
    const wish = { id: randomUUID(), net, gross, account: customer.alpacaAccountId, address };
    // Circle fails every attempt, so that the withdrawal must go back.
    if (isBack(cell)) await plant(fault(cell.of, wish, 'circle.transfer', 'fail', { count: ATTEMPTS }));
    for (const one of ledBy(cell, wish)) await plant(one);
    if (!isCanceled(cell)) for (const one of faultsOf(cell, wish)) await plant(one);
    const { answer } = await customer.withdraw({ id: wish.id, amount: gross, fee: FEE, to });
    expect(answer).toMatchObject({ status: 'pending' });
    if (isCanceled(cell)) await cancel(playing, wish);
    const trail = await seeThrough<WithdrawalRow>(stack, {
      ...{ table: 'withdrawals', id: wish.id, meaning: cell.meaning },
      answer: (reason) => ({ decision: reason === 'transfer_stuck' ? 'close' : 'retry' }),
      isOver: ({ status, owed_journal }) => FINAL.includes(status) && owed_journal === null,
      settle: (row) => settle(stack, row),
      insteadOfReviews: ({ journal_attempt }) => takenBack(cell) && journal_attempt > 1,
    });
    return { ...trail, wish };
  },

  check: async ({ stack, cell }, { row, reasons, wish }) => {
    const { end, reviews = [], again: isAgain = false } = cell.meaning;
    const asked = takenBack(cell) && reasons.length === 0 ? [] : reviews;
    expect({ status: row.status, reasons }).toEqual({ status: end, reasons: asked });
    expect(row.owed_journal).toBeNull();
    const operations = await operationsOf(stack, wish.id);
    expect(operations.filter(({ state }) => state === 'unknown')).toEqual([]);
    const made = operations.filter(({ state }) => state === 'succeeded').map(({ step }) => step);
    const effects = made.map((step) => step.split(':')[0]);
    const wanted: Record<string, string[]> = {
      complete: ['journal', 'on_ramp', 'transfer'],
      refunded: effects.includes('on_ramp') ? ['journal', 'on_ramp', 'refund'] : ['journal', 'refund'],
      ...{ failed: [], canceled: [] },
    };
    expect(effects).toEqual(wanted[end ?? '']);
    expect(made.some((step) => /:[2-9]$/.test(step))).toBe(isAgain);
    const arrived = end === 'complete' ? BigInt(Math.round(Number(wish.net) * 1_000_000)) : 0n;
    expect(await receivedAt(stack, 'base', wish.address)).toBe(arrived);
  },

  eachEffectOnce: async (stack) => {
    const paid = (await payments(stack)).filter(({ effective }) => effective);
    const names = paid.flatMap(({ company, operation, reference, amount }) => {
      if (reference?.startsWith('withdrawal:')) return [reference.split(':').slice(1, 3).join(':')];
      // Mint keeps no reference of ours: the amount, which no other withdrawal has, tells whose transfer it is.
      return company === 'mint' && operation === 'mint.createTransfer'
        ? [`on_ramp of ${Number(amount)}`]
        : [];
    });
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  },

  customers: ({ customers }) => customers,
  end: ({ temporal }) => temporal.connection.close(),
};
