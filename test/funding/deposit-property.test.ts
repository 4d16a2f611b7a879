/**
 * Dozens of deposits at once on random chains with random amounts, while companies fail in every way they can:
 * money is conserved, nothing happens twice, and every deposit is done or says what it waits for.
 *
 * A run prints its seed; `DEPOSIT_SEED=<seed>` plays it again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import fc from 'fast-check';
import { toBlockchain } from '../../activities/providers/circle/chains.ts';
import { CHAINS, type Chain } from '../../domain/funding/chain.ts';
import { parseUnits } from '../../domain/money.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { type ApplicationProcess, applicationProcess } from '../support/application.ts';
import { balanceOf, expectCleanLedger, payments } from '../support/books.ts';
import { type Customer, createCustomer, type DepositRow } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { mirrors } from '../support/mirrors.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { sweepNow } from '../support/sweep.ts';
import { clearFaults, decide, type Fault, plant, setDepositPolicy } from '../support/trouble.ts';

const SEED = Number(process.env.DEPOSIT_SEED ?? Math.floor(Math.random() * 2 ** 31));
const CUSTOMERS = 6;
const ROUNDS = 3;
/** Looks, half a second apart, until the companies are well again. */
const LOOKS_WITH_FAULTS = 14;
const FINAL = { broker_funded: true, failed: true } as const;
/** Whose money moves for a deposit that stands there, when it carries whole cents. */
const EFFECTS: Readonly<Record<string, readonly string[]>> = {
  confirmed_on_chain: [],
  off_ramp_initiated: ['circle'],
  off_ramp_complete: ['circle'],
  broker_funded: ['alpaca', 'circle'],
  returned: ['circle'],
};

/** Everything that a company can do to a call. */
const CALL_FAULTS = ['error', 'unavailable', 'rate_limit', 'cut_before', 'cut_after', 'error_after', 'slow'];
const CALLS = [
  ...['circle.createTransfer', 'circle.getTransaction', 'circle.listTransactions'],
  ...['mint.listTransfers', 'alpaca.createJournal', 'alpaca.getJournal', 'alpaca.listJournals'],
];
const EVENT_FAULTS = ['drop_event', 'duplicate_event', 'reorder_events', 'delay_event', 'forge_event'];
const OUTCOMES = [
  ...['fail', 'deny', 'stuck', 'revert'].map((kind) => ({ operation: 'circle.transfer', kind })),
  ...['pending', 'reject', 'fail', 'correct'].map((kind) => ({ operation: 'alpaca.createJournal', kind })),
  { operation: 'chain.finalize', kind: 'reorg' },
  { operation: 'mint.inbound', kind: 'fail' },
];

interface Transaction {
  readonly customer: number;
  readonly chain: Chain;
  /** One or several transfers to the same address in one chain transaction. */
  readonly amounts: readonly string[];
  readonly token: 'USDC' | 'FAKEUSDC';
}

interface Scenario {
  readonly transactions: readonly Transaction[];
  readonly faults: readonly Fault[];
}

const companyOf = (operation: string): string => operation.split('.')[0] ?? '';
/** With amounts from 66.61 to 66.65 a tester tells the sandbox what shall come of a transfer. */
const isPlain = (units: number) => units < 66_500_000 || units >= 66_700_000;
/** Millionths of a dollar: mostly whole amounts with a tail, sometimes dust. */
const amount = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 10_000, max: 900_000_000 }).filter(isPlain) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9_999 }) },
);
const transaction: fc.Arbitrary<Transaction> = fc.record({
  customer: fc.nat(CUSTOMERS - 1),
  chain: fc.constantFrom(...CHAINS),
  amounts: fc.array(
    amount.map((units) => (units / 1_000_000).toFixed(6)),
    { minLength: 1, maxLength: 3 },
  ),
  token: fc.oneof(
    { weight: 15, arbitrary: fc.constant('USDC' as const) },
    { weight: 1, arbitrary: fc.constant('FAKEUSDC' as const) },
  ),
});
const count = fc.integer({ min: 1, max: 4 });
const fault: fc.Arbitrary<Fault> = fc
  .oneof(
    fc.record({
      operation: fc.constantFrom(...CALLS),
      kind: fc.constantFrom(...CALL_FAULTS),
      count,
      delay_ms: fc.constant(300),
    }),
    fc.record({
      operation: fc.constantFrom('circle.event*', 'mint.event*', 'alpaca.event.journals'),
      kind: fc.constantFrom(...EVENT_FAULTS),
      count,
    }),
    fc.record({ operation: fc.constantFrom(...OUTCOMES), count }).map((one) => ({
      ...one.operation,
      count: one.count,
    })),
  )
  .map((one) => ({ company: companyOf(one.operation), ...one }));
const scenario: fc.Arbitrary<Scenario> = fc.record({
  transactions: fc.array(transaction, { minLength: 12, maxLength: 18 }),
  faults: fc.array(fault, { minLength: 8, maxLength: 16 }),
});

let folder: string;
let stack: TestStack;
let worker: ApplicationProcess;
let temporal: Client;
let customers: Customer[];
/** Transfers sent so far: each is one deposit. */
let transfers = 0;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-property-'));
  stack = await startStack({ start: ['api'] });
  // Before the worker starts, so that it opens the books with it.
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '1000000.00' });
  worker = await applicationProcess('worker', stack.env, folder);
  temporal = await createTemporalClient(stack.config);
  await setDepositPolicy(stack, { giveUpAfterSeconds: 3 });
  customers = await Promise.all(Array.from({ length: CUSTOMERS }, () => createCustomer(stack)));
}, 60_000);

afterAll(async () => {
  await temporal?.connection.close();
  await worker?.stop();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test(`whatever fails, money is conserved (seed ${SEED})`, async () => {
  const property = fc.asyncProperty(scenario, async (played) => {
    for (const one of played.faults) await plant(stack, one);
    await Promise.all(played.transactions.map(send));
    await everyDepositSettles();
    // A correction may still be on its way to a deposit that was done.
    await eventually(
      'money is conserved',
      async () => {
        await moneyIsConserved();
        return true;
      },
      { everyMs: 500 },
    );
  });
  await fc.assert(property, { seed: SEED, numRuns: ROUNDS, endOnFailure: true });
}, 600_000);

async function send({ customer, chain, amounts, token }: Transaction): Promise<void> {
  const blockchain = toBlockchain(stack.config.circle.network, chain);
  const to = customers[customer]?.wallets[chain].address;
  transfers += amounts.length;
  await stack.sandbox.control('POST', '/control/chain/transfers', {
    blockchain,
    token,
    transfers: amounts.map((sum) => ({ to, amount: sum })),
  });
}

/** Support decides every review, the sweep makes its rounds, and the faults end after a while. */
async function everyDepositSettles(): Promise<void> {
  const decided = new Map<string, number>();
  let looks = 0;
  await eventually(
    'every deposit is done or says what it waits for',
    async () => {
      looks += 1;
      if (looks === LOOKS_WITH_FAULTS) await endTheFaults();
      await sweep();
      await decideReviews(decided);
      if (looks < LOOKS_WITH_FAULTS) throw new Error('the faults go on');
      const rows = await allDeposits();
      const open = rows.filter((row) => !isSettled(row, decided.get(row.id) ?? 0));
      if (rows.length !== transfers || open.length > 0) {
        const states = open.map(({ id, status, waiting_for }) => `${id} ${status} (${waiting_for})`);
        throw new Error(`${rows.length} of ${transfers} deposits, open: ${states.join(', ')}`);
      }
      return true;
    },
    // A round of the sweep that met faults tries again by itself, with pauses of up to half a minute.
    { timeoutMs: 120_000, everyMs: 500 },
  );
}

/** The broker's events that were dropped come again when the streams are connected anew. */
async function endTheFaults(): Promise<void> {
  await clearFaults(stack);
  await stack.sandbox.control('POST', '/control/alpaca/streams/disconnect', {});
}

/** Final, or a wait that only the customer, the broker or a person who has tried already can end. */
function isSettled({ status, waiting_for }: DepositRow, decisions: number): boolean {
  if (status === 'returned' || (status in FINAL && waiting_for === null)) return true;
  if (waiting_for === 'review') return decisions > 0 && status === 'off_ramp_initiated';
  return waiting_for === 'next_deposit' || waiting_for === 'carrier' || waiting_for === 'broker_approval';
}

async function decideReviews(decided: Map<string, number>): Promise<void> {
  const { rows } = await stack.database.pool.query<{ id: string; subject_id: string; reason: string }>(
    `select id, subject_id, reason from reviews where decided_at is null and lifecycle = 'deposit'`,
  );
  for (const { id, subject_id, reason } of rows) {
    // Mint will not credit what it has refused, however often it is asked: one retry shows that.
    if (reason === 'mint_transfer_failed' && decided.has(subject_id)) continue;
    const { status } = await decide(stack, id, 'retry');
    if (status === 200) decided.set(subject_id, (decided.get(subject_id) ?? 0) + 1);
  }
}

/** A round of the sweep, for which every open event is old enough. */
const sweep = () => sweepNow(stack, temporal);

async function allDeposits(): Promise<DepositRow[]> {
  return (await Promise.all(customers.map((customer) => customer.deposits()))).flat();
}

async function moneyIsConserved(): Promise<void> {
  await expectCleanLedger(stack.database.pool);
  const rows = await allDeposits();
  expect(await claims()).toBe(received(rows));
  const { rows: forgotten } = await stack.database.pool.query(
    `select d.id from deposits d join deposits carrier on carrier.id = d.carried_by_id
     where d.waiting_for = 'carrier' and carrier.status = 'broker_funded'`,
  );
  expect(forgotten).toEqual([]);

  const paid = await payments(stack);
  for (const { id, status, amount_usd } of rows) {
    const moved = paid.filter(
      ({ reference, effective }) => effective && reference?.startsWith(`deposit:${id}:`),
    );
    const expected = amount_usd === null || amount_usd === '0.00' ? [] : (EFFECTS[status] ?? []);
    expect([id, ...moved.map(({ company }) => company).sort()]).toEqual([id, ...expected]);
    expect(moved.every((payment) => Number(payment.amount) === Number(amount_usd))).toBe(true);
  }
  const { ours, theirs } = await mirrors(stack, customers);
  const refusedByMint = rows.filter(({ status }) => status === 'off_ramp_initiated');
  theirs.in_transit = refusedByMint.reduce((sum, row) => sum + parseUnits(row.amount_usd ?? '0'), 0n);
  expect(ours).toEqual(theirs);
}

/** What we owe the customers, less what they owe us. */
async function claims(): Promise<bigint> {
  const owners = customers.flatMap(({ id, wallets }) => [
    ...['converting', 'pending', 'cash', 'receivable'].map((kind) => [`customer_${kind}`, id] as const),
    ...CHAINS.map((chain) => ['customer_incoming', wallets[chain].id] as const),
  ]);
  const { pool } = stack.database;
  const balances = await Promise.all(
    owners.map(async ([kind, owner]) => {
      const balance = await balanceOf(pool, kind, owner);
      return kind === 'customer_receivable' ? -balance : balance;
    }),
  );
  return balances.reduce((sum, balance) => sum + balance, 0n);
}

/** What arrived and stayed: USDC that is final. */
function received(rows: readonly DepositRow[]): bigint {
  const credited = rows.filter(({ status }) => status !== 'failed' && status !== 'pending_confirmation');
  return credited.reduce(
    (sum, { amount_stablecoin }) => sum + BigInt(amount_stablecoin.replace(/^(\d+)\.(\d{6}).*$/, '$1$2')),
    0n,
  );
}
