/** Deposits: what they ask of Circle, Mint and Alpaca, what can become of it, and how one is played to its end. */
import { randomUUID } from 'node:crypto';
import { createMintClient } from '../../../activities/providers/mint/client.ts';
import { type Payment, payments } from '../../support/books.ts';
import { type Customer, createCustomer, type DepositRow } from '../../support/customer.ts';
import { eventually } from '../../support/eventually.ts';
import type { TestStack } from '../../support/stack.ts';
import { decide, type Fault, reviewOpens, setDepositPolicy } from '../../support/trouble.ts';
import { type Answer, isHit, operationsOf, raiseFee, seeThrough, severalOf, type Trail } from './desk.ts';
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

const FROM_WALLET = {
  operation: 'circle.createTransfer',
  verb: 'circle.createTransfer',
  kind: 'write',
} as const;
const FINDS = { operation: 'circle.listTransactions', verb: 'circle.findTransfer', kind: 'search' } as const;
const LOOKS = { operation: 'circle.getTransaction', verb: 'circle.getTransaction', kind: 'read' } as const;
/** Circle will not do more by itself: a person is told, and somebody raises the fee at Circle. */
const stuck = (reason: string): Meaning => ({ reviews: [reason], hangs: true });
const ACCELERATES = {
  verb: 'circle.accelerate',
  operation: 'circle.accelerateTransaction',
  kind: 'write',
} as const;
const HANGS: Meaning = { hangs: true };

const CALLS: readonly Call[] = [
  { ...FROM_WALLET, name: 'off_ramp', from: 'funding/off-ramp' },
  {
    ...{ name: 'journal', verb: 'alpaca.createJournal', operation: 'alpaca.createJournal', kind: 'write' },
    from: 'funding/broker-funding',
  },
  // What the sender gets back goes out under a second key, when a person says so once more.
  { ...FROM_WALLET, name: 'refund', from: 'funding/deposit-refund' },
  { ...FINDS, name: 'find off_ramp', from: 'funding/off-ramp', step: 'off_ramp' },
  {
    ...{ name: 'find journal', verb: 'alpaca.findJournal', operation: 'alpaca.listJournals', kind: 'search' },
    ...{ from: 'funding/broker-funding', step: 'journal' },
  },
  { ...FINDS, name: 'find refund', from: 'funding/deposit-refund', step: 'refund' },
  { ...LOOKS, name: 'look up the transfer in', from: 'funding/off-ramp' },
  { ...LOOKS, name: 'look up off_ramp', from: 'funding/off-ramp' },
  {
    ...{ name: 'look up the credit', verb: 'mint.findTransferByHash', operation: 'mint.listTransfers' },
    ...{ kind: 'read', from: 'funding/off-ramp' },
  },
  {
    ...{
      name: 'look up the journal',
      verb: 'alpaca.getJournal',
      operation: 'alpaca.getJournal',
      kind: 'read',
    },
    ...{
      from: 'funding/broker-funding',
      means: { fine: HANGS, unavailable: HANGS, refused: HANGS, defect: HANGS },
    },
  },
  { ...LOOKS, name: 'look up refund', from: 'funding/deposit-refund' },
  {
    ...{ ...ACCELERATES, name: 'accelerate', from: 'funding/off-ramp', alone: 'stuck' },
    means: { refused: stuck('off_ramp_stuck'), defect: stuck('off_ramp_stuck') },
  },
  {
    ...{ ...ACCELERATES, name: 'accelerate refund', from: 'funding/deposit-refund', alone: 'stuck' },
    means: { refused: stuck('refund_stuck'), defect: stuck('refund_stuck') },
  },
];

const again = (reason: string): Meaning => ({ reviews: [reason], again: true });
const OUTCOMES: readonly Outcomes[] = [
  { of: 'transfer in', operation: 'chain.finalize', kinds: { pending: {}, reorg: { end: 'failed' } } },
  {
    ...{ of: 'off_ramp', operation: 'circle.transfer' },
    kinds: {
      ...{ pending: HANGS, stuck: {}, fail: { again: true }, revert: { again: true } },
      deny: again('off_ramp_denied'),
    },
    always: { fail: again('off_ramp_failed'), revert: again('off_ramp_failed') },
    alone: { stuck: 'stuck' },
  },
  {
    ...{ of: 'off_ramp', operation: 'mint.inbound' },
    // What Mint does not credit lies at Mint: nobody can do anything but ask there.
    kinds: { pending: HANGS, fail: { end: 'off_ramp_initiated', reviews: ['mint_transfer_failed'] } },
  },
  {
    ...{ of: 'journal', operation: 'alpaca.createJournal' },
    kinds: {
      ...{ pending: HANGS, stuck: HANGS, reject: again('journal_rejected') },
      ...{ cancel: again('journal_canceled'), fail: again('journal_refused') },
      correct: again('journal_corrected'),
    },
  },
  {
    ...{ of: 'refund', operation: 'circle.transfer' },
    kinds: {
      ...{ pending: HANGS, stuck: {} },
      ...{ fail: again('refund_failed'), revert: again('refund_failed'), deny: again('refund_denied') },
    },
    alone: { stuck: 'stuck' },
  },
];

const EVENTS = [
  'circle.event.transactions.inbound',
  'circle.event.transactions.outbound',
  'mint.event.transfers',
  'alpaca.event.journals',
];

const isBack = ({ of }: Cell): boolean => of.endsWith('refund');

const cells: Cell[] = [
  ...CALLS.flatMap(callCells),
  ...OUTCOMES.flatMap(outcomeCells),
  // A stream carries no signature: a forgery there is an event about a journal that nobody made.
  ...EVENTS.flatMap((event) => eventCells(event, { journal_id: randomUUID() })),
].map((cell) => {
  if (!isBack(cell)) return cell;
  // Circle refuses the transfer to Mint first: a person decides that the USDC goes back.
  const reviews = ['off_ramp_refused', ...(cell.meaning.reviews ?? [])];
  return { ...cell, meaning: { end: 'refunded', ...cell.meaning, reviews } };
});

interface Subject {
  readonly id: string;
  readonly amount: string;
  readonly transaction: string;
  readonly account: string;
  readonly wallet: string;
}

interface World {
  readonly customers: readonly Customer[];
  readonly ids: Set<string>;
  /** USDC that Mint has on chain and does not credit. */
  stranded: bigint;
}

type Row = DepositRow & { readonly refund_ref: string | null };

/** The fields by which the requests, things and events of this deposit are known. */
function matchOf(operation: string, { id, amount, transaction, account, wallet }: Subject): Fault['match'] {
  const matches: Record<string, Fault['match']> = {
    'circle.createTransfer': { 'amounts.0': amount },
    'circle.listTransactions': { walletIds: wallet },
    'circle.transfer': { 'amounts.0': amount },
    'mint.inbound': { 'amount.amount': amount },
    'alpaca.createJournal': { description: `deposit:${id}:journal:1` },
    'alpaca.listJournals': { to_account: account },
    'circle.event.transactions.inbound': { id: transaction },
    'circle.event.transactions.outbound': { 'amounts.0': amount },
    'mint.event.transfers': { 'amount.amount': amount },
    'alpaca.event.journals': { description: `deposit:${id}:journal:1` },
  };
  return matches[operation] ?? {};
}

const fault = (subject: Subject, operation: string, kind: string, more: Partial<Fault> = {}): Fault => {
  const company = operation.split('.')[0] ?? '';
  return { company, operation, kind, match: matchOf(operation, subject) ?? {}, ...more };
};

/** What must go wrong first, so that the call is made at all. */
function ledBy({ of }: Cell, subject: Subject): Fault[] {
  const lost = (event: string) => fault(subject, event, 'drop_event', { count: 6 });
  switch (of) {
    case 'find off_ramp':
    case 'find refund':
      return [fault(subject, 'circle.createTransfer', 'cut_after')];
    case 'find journal':
      return [fault(subject, 'alpaca.createJournal', 'cut_after')];
    case 'look up the transfer in':
      return [lost('circle.event.transactions.inbound')];
    case 'look up off_ramp':
    case 'look up the credit':
      return [lost('circle.event.transactions.outbound'), lost('mint.event.transfers')];
    case 'look up refund':
      return [lost('circle.event.transactions.outbound')];
    case 'look up the journal':
      return [fault(subject, 'alpaca.createJournal', 'pending')];
    case 'accelerate':
    case 'accelerate refund':
      return [fault(subject, 'circle.transfer', 'stuck')];
    default:
      return [];
  }
}

/** The reads of one deposit by an id that nobody knows before: whoever asks first runs into it, and goes on alike. */
function faultOf(cell: Cell, subject: Subject): Fault {
  const { operation, kind, ...more } = cell.fault;
  const isById = cell.of === 'look up the transfer in';
  return {
    ...fault(subject, operation, kind, more),
    ...(isById && { match: { id: subject.transaction } }),
    ...(cell.always && { count: 2 }),
  };
}

/** Sends the USDC; the chain holds it until everything else is planted. */
async function arrive({
  world,
  number,
  lane,
  plant,
  cell,
}: Playing<World>): Promise<Subject & { hash: string }> {
  const customer = world.customers[lane] as Customer;
  const amount = amountOf(number);
  const units = String(Math.round(Number(amount) * 1e6));
  const kind = cell.fault.operation === 'chain.finalize' ? cell.fault.kind : 'pending';
  await plant({ company: 'chain', operation: 'chain.finalize', kind, match: { 'transfers.0.units': units } });
  const hash = await customer.receive({ amount });
  const row = await eventually(
    'the deposit is known',
    async () => {
      const found = (await customer.deposits()).find((deposit) => deposit.tx_hash === hash);
      return found as (DepositRow & { circle_transaction_id: string }) | undefined;
    },
    { timeoutMs: 90_000 },
  );
  world.ids.add(row.id);
  const { alpacaAccountId: account, wallets } = customer;
  const subject = { id: row.id, amount, transaction: row.circle_transaction_id, account };
  return { ...subject, wallet: wallets.ethereum.circleWalletId, hash };
}

/** Circle refuses the transfer to Mint, and a person sends the USDC back. */
async function sendBack(stack: TestStack, id: string): Promise<void> {
  const review = await reviewOpens(stack, id, 'off_ramp_refused', 90_000);
  await decide(stack, review.id, 'refund', SENDER);
}

const SENDER = { sender_confirmed: 'The customer wrote from their own wallet.' };

function answer(reason: string): Answer {
  if (reason === 'mint_transfer_failed') return null;
  if (/_(stuck|overdue)$/.test(reason)) return { decision: 'close' };
  const isNewRefund = ['refund_refused', 'refund_failed', 'refund_denied'].includes(reason);
  return isNewRefund ? { decision: 'refund', evidence: SENDER } : { decision: 'retry' };
}

/** Whoever holds a step at a company lets it go on. */
async function settle(stack: TestStack, cell: Cell, row: Row): Promise<void> {
  const control = (path: string, body: object) => stack.sandbox.control('POST', `/control/${path}`, body);
  if (row.status === 'off_ramp_complete') {
    await control(`alpaca/journals/${row.broker_journal_ref}/status`, { status: 'executed' });
  } else if (cell.fault.operation === 'mint.inbound') {
    const { items } = await createMintClient(stack.config.mint).listTransfers();
    const held = items.find(
      ({ direction, amount }) => direction === 'in' && Number(amount) === Number(row.amount_usd),
    );
    await control(`mint/transfers/${held?.id}/state`, { state: 'complete' });
  } else {
    const transfer = row.refund_ref ?? row.circle_transfer_ref;
    if (!transfer) return;
    const isStuck = cell.fault.kind === 'stuck' || cell.of.startsWith('accelerate');
    if (isStuck) await raiseFee(stack, transfer);
    else await control(`circle/transactions/${transfer}/state`, { state: 'QUEUED' });
  }
}

const OVER = ['broker_funded', 'refunded', 'failed'];

export const depositFaults: FaultedLifecycle<World, Trail<Row>> = {
  table: { lifecycle: 'deposit', calls: CALLS, outcomes: OUTCOMES, events: EVENTS, cells },
  lanes: 12,

  begin: async (stack, lanes) => {
    await setDepositPolicy(stack);
    await stack.sandbox.control('PATCH', '/control/settings', { 'circle.stuck': 300 });
    const customers = await severalOf(lanes, () => createCustomer(stack));
    return { customers, ids: new Set(), stranded: 0n };
  },

  play: async (playing) => {
    const { stack, world, cell, plant } = playing;
    const subject = await arrive(playing);
    const back = isBack(cell);
    if (back) await plant(fault(subject, 'circle.createTransfer', 'refuse', { status: 422 }));
    const hit = async () => {
      for (const one of ledBy(cell, subject)) await plant(one);
      if (cell.fault.operation !== 'chain.finalize') await plant(faultOf(cell, subject));
    };
    if (!back) await hit();
    // Only while the transfer is not final is it looked up.
    if (cell.of === 'look up the transfer in') await isHit(stack, { id: subject.transaction });
    if (cell.meaning.end !== 'failed') {
      await stack.sandbox.control('POST', '/control/chain/finalize', { tx_hash: subject.hash });
    }
    if (back) {
      await reviewOpens(stack, subject.id, 'off_ramp_refused', 90_000);
      await hit();
      await sendBack(stack, subject.id);
    }
    if (cell.meaning.end === 'off_ramp_initiated')
      world.stranded += BigInt(Math.round(Number(subject.amount) * 1e6));
    return seeThrough<Row>(stack, {
      ...{ table: 'deposits', id: subject.id, meaning: cell.meaning, answer },
      isOver: ({ status }) => OVER.includes(status) || status === cell.meaning.end,
      settle: (row) => settle(stack, cell, row),
    });
  },

  check: async ({ stack, cell }, { row, reasons }) => {
    const { end = 'broker_funded', reviews = [], again: isAgain = false } = cell.meaning;
    expect({ status: row.status, reasons }).toEqual({ status: end, reasons: reviews });
    const operations = await operationsOf(stack, row.id);
    expect(operations.filter(({ state }) => state === 'unknown')).toEqual([]);
    const made = operations.filter(({ state }) => state === 'succeeded').map(({ step }) => step);
    const effects = { broker_funded: ['journal', 'off_ramp'], refunded: ['refund'], failed: [] }[end];
    if (effects) expect(made.map((step) => step.split(':')[0])).toEqual(effects);
    expect(made.some((step) => /:[2-9]$/.test(step))).toBe(isAgain && end !== 'failed');
  },

  eachEffectOnce: async (stack, { ids }) => {
    const paid = new Map<string, Payment[]>();
    for (const one of await payments(stack)) {
      const id = one.reference?.split(':')[1] ?? '';
      if (ids.has(id) && one.effective) paid.set(id, [...(paid.get(id) ?? []), one]);
    }
    const { rows } = await stack.database.pool.query<Row>('select * from deposits');
    expect(rows).toHaveLength(cells.length);
    const wanted = {
      broker_funded: 'alpaca circle',
      refunded: 'circle',
      off_ramp_initiated: 'circle',
      failed: '',
    };
    for (const { id, status, amount_stablecoin } of rows) {
      const moved = paid.get(id) ?? [];
      const companies = moved.map(({ company }) => company).sort();
      expect([id, companies.join(' ')]).toEqual([id, wanted[status as keyof typeof wanted]]);
      for (const { amount } of moved) expect(Number(amount)).toBe(Number(amount_stablecoin));
    }
  },

  customers: ({ customers }) => customers,
  strandedUnits: ({ stranded }) => stranded,
};
