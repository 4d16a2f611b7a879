/** Wires of the treasury: what they ask of Mint, Alpaca and Circle, and how one of each kind is played to its end. */
import type { WireKind } from '../../../domain/funding/wire.ts';
import { balanceOf, payments } from '../../support/books.ts';
import { eventually } from '../../support/eventually.ts';
import type { TestStack } from '../../support/stack.ts';
import { fundTreasury, type Treasury, treasuryOf, type WireRow } from '../../support/treasury.ts';
import type { Fault } from '../../support/trouble.ts';
import { isHit, operationsOf, pauseSchedules, raiseFee, seeThrough, type Trail } from './desk.ts';
import type { FaultedLifecycle, Playing } from './lifecycle.ts';
import {
  AFTER_ALL,
  amountOf,
  type Call,
  type Cell,
  callCells,
  eventCells,
  type Meaning,
  type Outcomes,
  outcomeCells,
} from './table.ts';

const HANGS: Meaning = { hangs: true };
const FAILED: Meaning = { end: 'failed' };
/** Somebody else may look at the same list: what comes of it must be this wire's, so nobody else is there. */
const ALONE = { alone: AFTER_ALL } as const;
const FROM = { from: 'funding/wire-order', step: 'wire' } as const;
const TRACKS = { from: 'funding/wire-tracking', kind: 'read' } as const;
/** A look-up that our own fault spoils: a person is told, once, while it goes on. */
const TOLD: Meaning = { reviews: ['wire_defect'] };
const HELD: Call['means'] = {
  ...{ fine: HANGS, unavailable: HANGS, refused: HANGS },
  defect: { ...HANGS, ...TOLD },
};
const READ: Call['means'] = { defect: TOLD };

const CALLS: readonly Call[] = [
  {
    ...{ ...FROM, name: 'payout', verb: 'mint.createPayout', operation: 'mint.createPayout', kind: 'write' },
  },
  {
    ...{ ...FROM, name: 'firm wire', verb: 'alpaca.createWire', operation: 'alpaca.createTransfer' },
    kind: 'write',
  },
  {
    ...{ ...FROM, name: 'purchase', verb: 'mint.createTransfer', operation: 'mint.createTransfer' },
    kind: 'write',
  },
  {
    ...{ ...FROM, name: 'sale', verb: 'circle.createTransfer', operation: 'circle.createTransfer' },
    kind: 'write',
  },
  // Mint has no list to search: asking again under the same key is the look-up, and a no to it is no answer yet.
  {
    ...{ ...FROM, name: 'find payout', verb: 'mint.createPayout', operation: 'mint.createPayout' },
    ...{ kind: 'search', means: { refused: {} } },
  },
  {
    ...{ ...FROM, name: 'find purchase', verb: 'mint.createTransfer', operation: 'mint.createTransfer' },
    ...{ kind: 'search', means: { refused: {} } },
  },
  {
    ...{
      ...FROM,
      ...ALONE,
      name: 'find firm wire',
      verb: 'alpaca.findWire',
      operation: 'alpaca.listTransfers',
    },
    kind: 'search',
  },
  {
    ...{
      ...FROM,
      ...ALONE,
      name: 'find sale',
      verb: 'circle.findTransfer',
      operation: 'circle.listTransactions',
    },
    kind: 'search',
  },
  { ...TRACKS, name: 'track payout', verb: 'mint.getPayout', operation: 'mint.getPayout', means: HELD },
  {
    ...{ ...TRACKS, ...ALONE, name: 'payout arrives', verb: 'alpaca.listTransfers' },
    ...{ operation: 'alpaca.listTransfers', means: READ },
  },
  {
    ...{ ...TRACKS, ...ALONE, name: 'firm wire arrives', verb: 'mint.listDeposits' },
    ...{ operation: 'mint.listDeposits', means: READ },
  },
  { ...TRACKS, name: 'track purchase', verb: 'mint.getTransfer', operation: 'mint.getTransfer', means: HELD },
  {
    ...{ ...TRACKS, name: 'track sale', verb: 'circle.getTransaction', operation: 'circle.getTransaction' },
    means: HELD,
  },
  {
    ...{ ...TRACKS, ...ALONE, name: 'sale arrives', verb: 'mint.findTransferByHash', kind: 'search' },
    ...{ operation: 'mint.listTransfers', means: { refused: TOLD, defect: TOLD } },
  },
];

const OUTCOMES: readonly Outcomes[] = [
  {
    ...{ of: 'payout', operation: 'mint.payout' },
    kinds: { pending: HANGS, fail: FAILED, return: { end: 'returned', reviews: ['wire_returned'] } },
  },
  {
    ...{ of: 'firm wire', operation: 'alpaca.createTransfer' },
    kinds: {
      ...{ pending: HANGS, stuck: HANGS, cancel: FAILED, reject: FAILED, fail: FAILED },
      return: { end: 'returned', reviews: ['wire_returned'] },
    },
  },
  {
    ...{ of: 'purchase', operation: 'mint.transfer' },
    // What Mint holds it gives up when somebody asks there.
    kinds: { pending: { ...HANGS, ...FAILED }, fail: FAILED, deny: FAILED, revert: FAILED },
  },
  {
    ...{ of: 'sale', operation: 'circle.transfer', alone: { stuck: 'stuck' } },
    kinds: { pending: HANGS, stuck: HANGS, fail: FAILED, deny: FAILED, revert: FAILED },
  },
];

const EVENTS = [
  ...['mint.event.payouts', 'mint.event.transfers', 'mint.event.deposits'],
  'alpaca.event.funding',
];

const cells: Cell[] = [
  ...CALLS.flatMap(callCells),
  ...OUTCOMES.flatMap(outcomeCells),
  // A stream carries no signature: whatever an event says, the wire is looked up.
  ...EVENTS.flatMap((event) => eventCells(event, { status_to: 'REJECTED' })),
].map((cell) => {
  // A wire that a person asks for is approved by another one first.
  const reviews = ['wire_approval', ...(cell.meaning.reviews ?? [])];
  return { ...cell, meaning: { ...cell.meaning, reviews } };
});

/** Which wire makes the call, or hears the event. */
function kindOf({ of }: Cell): WireKind {
  if (/purchase|event\.transfers/.test(of)) return 'mint_to_wallet';
  if (/sale/.test(of)) return 'wallet_to_mint';
  return /firm wire|event\.(deposits|funding)/.test(of) ? 'alpaca_to_mint' : 'mint_to_alpaca';
}

interface World {
  readonly treasury: Treasury;
  /** Our wallet at Circle that the sales leave from. */
  readonly wallet: string;
}

/** The fields by which the requests, things and events of this wire are known; its amount is no other's. */
function matchOf(operation: string, amount: string): Fault['match'] {
  const atMint = { 'amount.amount': amount };
  const onChain = { 'amounts.0': amount };
  const matches: Record<string, Fault['match']> = {
    ...{ 'mint.createPayout': atMint, 'mint.createTransfer': atMint, 'mint.payout': atMint },
    ...{ 'mint.transfer': atMint, 'mint.event.payouts': atMint, 'mint.event.transfers': atMint },
    ...{ 'mint.event.deposits': atMint, 'alpaca.createTransfer': { amount } },
    ...{ 'circle.createTransfer': onChain, 'circle.transfer': onChain },
    'chain.finalize': { 'transfers.0.units': String(Math.round(Number(amount) * 1e6)) },
  };
  return matches[operation] ?? {};
}

function fault(operation: string, kind: string, amount: string, more: Partial<Fault> = {}): Fault {
  const company = operation.split('.')[0] ?? '';
  return { company, operation, kind, match: matchOf(operation, amount) ?? {}, ...more };
}

/** What must go wrong first: an answer is lost, or a company holds the wire, to be looked up or told of later. */
const LED_BY: Readonly<Record<string, readonly [operation: string, kind: string]>> = {
  'find payout': ['mint.createPayout', 'cut_after'],
  'find purchase': ['mint.createTransfer', 'cut_after'],
  'find sale': ['circle.createTransfer', 'cut_after'],
  'track payout': ['mint.payout', 'pending'],
  'track purchase': ['chain.finalize', 'pending'],
  'track sale': ['circle.transfer', 'pending'],
  'alpaca.event.funding': ['alpaca.createTransfer', 'stuck'],
};

const isTracking = ({ of }: Cell): boolean => of.startsWith('track');

/** Lists that more than one reader asks for: the search for an order, and the look whether something arrived. */
function listOf({ of }: Cell, { wallet }: World): Fault['match'] {
  if (of === 'find firm wire') return { direction: 'OUTGOING' };
  if (of === 'payout arrives') return { direction: 'undefined', offset: 'undefined' };
  return of === 'find sale' ? { walletIds: wallet } : undefined;
}

async function order({ stack, world, cell, plant }: Playing<World>, amount: string): Promise<string> {
  const led = LED_BY[cell.of];
  if (led) await plant(fault(...led, amount));
  // What is known by the id that the company gives can be hit only when it has given one.
  const field = isTracking(cell) ? 'id' : cell.of === 'alpaca.event.funding' ? 'entity_id' : undefined;
  const { operation, kind, ...more } = cell.fault;
  const match = listOf(cell, world);
  if (field === undefined) await plant(fault(operation, kind, amount, { ...more, ...(match && { match }) }));
  const wire = kindOf(cell);
  const isOnChain = wire === 'mint_to_wallet' || wire === 'wallet_to_mint';
  const id = await world.treasury.wire(wire, amount, isOnChain ? 'base' : undefined);
  if (field === undefined) return id;
  const row = await taken(stack, id);
  await plant({ ...cell.fault, match: { [field]: row.provider_ref } });
  if (isTracking(cell)) await isHit(stack, { id: row.provider_ref });
  else await settle(stack, cell, row);
  return id;
}

/** The wire once the company has taken the order. */
async function taken(stack: TestStack, id: string): Promise<WireRow> {
  const look = async () => {
    const { rows } = await stack.database.pool.query<WireRow>('select * from wires where id = $1', [id]);
    return rows[0]?.provider_ref ? rows[0] : undefined;
  };
  return eventually('the order is taken', look, { timeoutMs: 90_000 });
}

/** Whoever holds a wire at a company lets it go on, or gives it up. */
async function settle(stack: TestStack, cell: Cell, row: WireRow): Promise<void> {
  const control = (path: string, body: object) => stack.sandbox.control('POST', `/control/${path}`, body);
  const { kind, provider_ref: ref, tracking_ref } = row;
  if (ref === null) return;
  if (kind === 'mint_to_alpaca') await control(`mint/payouts/${ref}/state`, { state: 'complete' });
  else if (kind === 'alpaca_to_mint') await control(`alpaca/transfers/${ref}/status`, { status: 'COMPLETE' });
  else if (isTracking(cell) && kind === 'mint_to_wallet') {
    if (tracking_ref) await control('chain/finalize', { tx_hash: tracking_ref });
  } else if (kind === 'mint_to_wallet') await control(`mint/transfers/${ref}/state`, { state: 'failed' });
  else if (cell.fault.kind === 'stuck') await raiseFee(stack, ref);
  else await control(`circle/transactions/${ref}/state`, { state: 'QUEUED' });
}

const FINAL = ['complete', 'failed', 'canceled', 'returned'];

export const wireFaults: FaultedLifecycle<World, Trail<WireRow>> = {
  table: { lifecycle: 'wire', calls: CALLS, outcomes: OUTCOMES, events: EVENTS, cells },
  firmCash: null,
  lanes: 16,

  begin: async (stack) => {
    await fundTreasury(stack, { firm: '500000.00', mint: '500000.00' });
    const treasury = await treasuryOf(stack);
    // What has arrived is not asked for any more: it would run into what is meant for others.
    await treasury.setPolicy({ returnWindowSeconds: 0 });
    await stack.sandbox.control('PATCH', '/control/settings', { 'circle.stuck': 300 });
    // Reconciliation reads the same lists.
    await pauseSchedules(stack, ['reconciliation-every-quarter-hour']);
    // What is sold is bought before, and the first wires link the two banks.
    const first = [
      await treasury.wire('mint_to_wallet', '50000.00', 'base'),
      await treasury.wire('alpaca_to_mint', '10.00'),
      await treasury.wire('mint_to_alpaca', '11.00'),
    ];
    await Promise.all(first.map((id) => treasury.reaches(id, 'complete', 90_000)));
    const { rows } = await stack.database.pool.query<{ circle_wallet_id: string }>(
      "select circle_wallet_id from treasury_wallets where chain = 'base'",
    );
    return { treasury, wallet: rows[0]?.circle_wallet_id ?? '' };
  },

  play: async (playing) => {
    const { stack, cell, number } = playing;
    const id = await order(playing, amountOf(number));
    return seeThrough<WireRow>(stack, {
      ...{ table: 'wires', id, meaning: cell.meaning },
      answer: (reason) => {
        if (reason === 'wire_returned') return { decision: 'close' };
        // What only looks goes on by itself: the question is overtaken by the arrival.
        return isTracking(cell) || cell.of.endsWith('arrives') ? null : { decision: 'retry' };
      },
      isOver: ({ status }) => FINAL.includes(status),
      settle: (row) => settle(stack, cell, row),
    });
  },

  check: async ({ stack, cell }, { row, reasons }) => {
    const { end = 'complete', reviews = [], again = false } = cell.meaning;
    expect({ status: row.status, reasons }).toEqual({ status: end, reasons: reviews });
    const operations = await operationsOf(stack, row.id);
    expect(operations.filter(({ state }) => state === 'unknown')).toEqual([]);
    const made = operations.filter(({ state }) => state === 'succeeded').map(({ step }) => step);
    const orders = made.filter((step) => step.startsWith('order'));
    if (end === 'complete') expect(orders).toEqual([again ? 'order:2' : 'order:1']);
    else expect(row.failure_reason).toEqual(expect.any(String));
    // What was refused, or came to nothing later, has failed, and nothing else.
    const hasFailed = operations.some(({ step, state }) => step === 'order:1' && state === 'failed');
    expect(hasFailed).toBe(again || end !== 'complete');
  },

  eachEffectOnce: async (stack) => {
    const orders = ['mint.createPayout', 'mint.createTransfer', 'circle.createTransfer'];
    const paid = (await payments(stack)).filter(
      ({ operation, company, effective }) =>
        effective &&
        (orders.includes(operation) || (company === 'alpaca' && operation === 'alpaca.createTransfer')),
    );
    const names = paid.map(({ company, operation, amount }) => `${company} ${operation} ${Number(amount)}`);
    // A payout is paid at Mint and arrives at Alpaca: of each there is one.
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(await balanceOf(stack.database.pool, 'wires_in_flight')).toBe(0n);
  },

  customers: () => [],
  end: ({ treasury }) => treasury.close(),
};
