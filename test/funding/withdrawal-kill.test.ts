/**
 * Worker, API, sandbox, Temporal and Postgres are killed with -9 while withdrawals stand at every step of their way:
 * each statement before it reaches the database and after it has committed, each call before and after a company has
 * acted.
 */

import { stepOf } from '../chaos/crash/steps.ts';
import { expectCleanLedger, payments, paymentsFor } from '../support/books.ts';
import { eventually } from '../support/eventually.ts';
import { type KillStage, killStage, type Point } from '../support/kill-stage.ts';
import { mirrors } from '../support/mirrors.ts';
import { createSpender, receivedAt, type Spender, setWithdrawalPolicy } from '../support/money-out.ts';
import { plant, setDepositPolicy } from '../support/trouble.ts';

/** Withdrawals beyond those that are caught: they pass all steps before and after. */
const SPARE = 2;
const CUSTOMERS = 4;

interface Sent {
  readonly id: string;
  readonly address: string;
}

let stage: KillStage;
let points: readonly Point[];
let customers: Spender[];
/** How many withdrawals have ended so far: each is one transfer of Mint's. */
let ended = 0;

beforeAll(async () => {
  stage = await killStage(stepOf);
  const { stack, temporal } = stage;
  await setDepositPolicy(stack);
  customers = await Promise.all(
    Array.from({ length: CUSTOMERS }, () => createSpender(stack, temporal, '5000.00')),
  );
  // The first withdrawal pays for what is done once, such as fetching the keys of signatures.
  await arrivesAlone();
  ({ points } = await stage.watch(arrivesAlone));
  await setWithdrawalPolicy(stack);
}, 60_000);

// A test that fails in the middle leaves nothing hanging for the next one.
afterEach(() => stage.letGo());
afterAll(() => stage?.stop());

test('the steps of a withdrawal, as one that meets no trouble takes them', () => {
  expect(points.map(({ at, step }) => `${at}: ${step}`)).toEqual(
    expect.arrayContaining([
      'worker: withdrawal_requested',
      'company: alpaca.createJournal',
      'worker: withdrawal_step broker_withdrawal_started',
      'company: mint.createTransfer',
      'worker: withdrawal_on_ramp_started',
      'api: receive_mint_transfer complete',
      'worker: withdrawal_step on_ramp_completed',
      'company: circle.createTransfer',
      'worker: withdrawal_step transfer_started',
      'api: receive_outbound_transfer complete',
      'worker: withdrawal_step completed',
    ]),
  );
});

describe.each(['before', 'after'] as const)('%s each step', (moment) => {
  test.each(['worker', 'api', 'sandbox', 'temporal', 'postgres'] as const)(
    'the %s is killed: every withdrawal arrives, paid once',
    async (victim) => {
      await stage.catchAt(points.map((point) => ({ ...point, moment })));
      const group = takeOut(points.length + SPARE, '12.84');
      await stage.everyCellIsTaken();
      await stage.kill(victim);
      await everyWithdrawalArrives(await group, 12_340_000n);
    },
    90_000,
  );
});

test('every connection to Postgres is terminated, again and again', async () => {
  const group = takeOut(8, '5.51');
  await stage.terminateConnections(20);
  await everyWithdrawalArrives(await group, 5_010_000n);
}, 60_000);

test('Temporal is out of reach for a while', async () => {
  const slow = { company: 'circle', operation: 'circle.createTransfer', kind: 'slow', delay_ms: 3_000 };
  await plant(stage.stack, { ...slow, count: 8 });
  const group = await takeOut(8, '6.52');
  await eventually('Circle has been asked for every one of them', async () => {
    const { data } = await stage.stack.sandbox.control<{ data: { hits: number }[] }>(
      'GET',
      '/control/faults',
    );
    return data[0]?.hits === group.length;
  });
  stage.line.cut();
  await eventually('what Circle says is stored meanwhile', async () => {
    const { rows } = await stage.stack.database.pool.query<{ open: number }>(
      `select count(*)::int as open from inbound_events where kind = 'circle.outbound' and processed_at is null`,
    );
    return (rows[0]?.open ?? 0) > 0;
  });
  stage.line.mend();
  await everyWithdrawalArrives(group, 6_020_000n);
}, 60_000);

/** Asks for so many withdrawals at once, spread over the customers. */
function takeOut(count: number, amount: string): Promise<Sent[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const customer = customers[index % CUSTOMERS] as Spender;
      return customer.withdraw({ amount, fee: '0.50' });
    }),
  );
}

/** One withdrawal from its request to its last event. */
async function arrivesAlone(): Promise<void> {
  const { pool } = stage.stack.database;
  const [sent] = await takeOut(1, '1.50');
  await eventually('it has arrived, and every event is used', async () => {
    const { rows } = await pool.query<{ status: string; told: number; open: number }>(
      `select w.status, (select count(*)::int from inbound_events i where i.processed_at is null
           and i.kind <> 'alpaca.account') as open,
         (select count(*)::int from inbound_events i where (i.kind, i.reference, i.message ->> 'state') in (
           ('alpaca.journal', w.broker_withdrawal_ref, 'executed'), ('mint.transfer', w.circle_on_ramp_ref, 'complete'),
           ('circle.outbound', w.circle_transfer_ref, 'complete'))) as told
       from withdrawals w where w.id = $1`,
      [sent?.id],
    );
    const [row] = rows;
    if (row?.status !== 'complete' || row.told < 3 || row.open > 0) throw new Error(JSON.stringify(row));
    return true;
  });
  ended += 1;
}

/** Every withdrawal has arrived, each effect happened once, and our books are those of the companies. */
async function everyWithdrawalArrives(group: readonly Sent[], net: bigint): Promise<void> {
  const { stack } = stage;
  await eventually(
    'every withdrawal is complete',
    async () => {
      await stage.sweep();
      const { rows } = await stack.database.pool.query<{ status: string; waiting_for: string | null }>(
        `select status, waiting_for from withdrawals where id = any ($1) and status <> 'complete'`,
        [group.map(({ id }) => id)],
      );
      if (rows.length > 0) throw new Error(rows.map((row) => `${row.status} ${row.waiting_for}`).join(', '));
      return true;
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
  ended += group.length;
  for (const { id, address } of group) {
    const paid = await paymentsFor(stack, id);
    expect(paid.map(({ company, effective }) => [company, effective])).toEqual([
      ['alpaca', true],
      ['circle', true],
    ]);
    expect(await receivedAt(stack, 'base', address)).toBe(net);
  }
  const byMint = (await payments(stack)).filter(({ operation }) => operation === 'mint.createTransfer');
  expect(byMint.map(({ effective }) => effective)).toEqual(Array.from({ length: ended }, () => true));
  await expectCleanLedger(stack.database.pool);
  const { ours, theirs } = await mirrors(stack, customers);
  expect(ours).toEqual(theirs);
}
