/**
 * Worker, API, sandbox, Temporal and Postgres are killed with -9 while deposits stand at every step of their way: each
 * statement before it reaches the database and after it has committed, each call before and after a company has acted.
 */

import { stepOf } from '../chaos/crash/steps.ts';
import { expectCleanLedger, paymentsFor } from '../support/books.ts';
import { type Customer, createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { type KillStage, killStage, type Point } from '../support/kill-stage.ts';
import { openInRows } from '../support/left-open.ts';
import { mirrors } from '../support/mirrors.ts';
import type { TestStack } from '../support/stack.ts';
import { setDepositPolicy } from '../support/trouble.ts';

/** Deposits beyond those that are caught: they pass all steps before and after. */
const SPARE = 2;

/** What each company says last about a deposit. */
const LAST_WORDS = [
  ['circle.inbound', 'complete'],
  ['circle.outbound', 'complete'],
  ['mint.transfer', 'complete'],
  ['alpaca.journal', 'executed'],
] as const;

let stage: KillStage;
let stack: TestStack;
let points: readonly Point[];
const customers: Customer[] = [];

beforeAll(async () => {
  stage = await killStage(stepOf);
  ({ stack } = stage);
  // The first deposit pays for what is done once, such as fetching the keys of signatures.
  const [customer] = await newCustomers(1);
  if (!customer) throw new Error('no customer was made');
  await fundsAndIsDone(customer);
  ({ points } = await stage.watch(() => fundsAndIsDone(customer)));
  await setDepositPolicy(stack);
}, 180_000);

// A test that fails in the middle leaves nothing hanging for the next one.
afterEach(() => stage.letGo());
afterAll(() => stage?.stop());

test('the steps of a deposit, as one that meets no trouble takes them', () => {
  const named = points.map(({ at, step }) => `${at}: ${step}`);
  expect(named).toEqual(
    expect.arrayContaining([
      ...['api: receive_inbound_transfer complete', 'worker: deposit_seen', 'worker: deposit_confirmed'],
      ...['company: circle.createTransfer', 'worker: deposit_event off_ramp_started'],
      ...['api: receive_outbound_transfer sent', 'api: receive_mint_transfer complete'],
      ...['worker: deposit_event off_ramp_completed', 'company: alpaca.createJournal'],
      ...['worker: deposit_funded', 'worker: receive_journal_events'],
    ]),
  );
});

describe.each(['before', 'after'] as const)('%s each step', (moment) => {
  test.each(['worker', 'api', 'sandbox', 'temporal', 'postgres'] as const)(
    'the %s is killed: every deposit arrives, paid for once',
    async (victim) => {
      const group = await newCustomers(points.length + SPARE);
      await stage.catchAt(points.map((point) => ({ ...point, moment })));
      await Promise.all(group.map((customer) => customer.receive({ amount: '12.34' })));
      await stage.everyCellIsTaken();
      await stage.kill(victim);
      await everyDepositArrives(group, '12.34');
    },
    180_000,
  );
});

test('every connection to Postgres is terminated, again and again', async () => {
  const group = await newCustomers(8);
  await Promise.all(group.map((customer) => customer.receive({ amount: '5.01' })));
  await stage.terminateConnections(20);
  await everyDepositArrives(group, '5.01');
}, 60_000);

test('Temporal is out of reach for a while', async () => {
  const group = await newCustomers(8);
  await Promise.all(group.map((customer) => customer.receive({ amount: '6.02' })));
  stage.line.cut();
  await eventually('webhooks are stored meanwhile', async () => {
    const { rows } = await stack.database.pool.query(
      `select count(*)::int as stored from inbound_events where kind = 'circle.inbound' and processed_at is null`,
    );
    return rows[0]?.stored > 0;
  });
  stage.line.mend();
  await everyDepositArrives(group, '6.02');
}, 60_000);

async function fundsAndIsDone(customer: Customer): Promise<void> {
  const { length } = await customer.deposits();
  await customer.receive({ amount: '1.00' });
  await eventually('the deposit is funded', async () => {
    const rows = await customer.deposits();
    return rows.length === length + 1 && rows.every(({ status }) => status === 'broker_funded');
  });
  await eventually('every event is used', async () => {
    const { rows } = await stack.database.pool.query<{
      kind: string;
      state: string;
      used: number;
      open: number;
    }>(
      `select kind, message ->> 'state' as state, count(processed_at)::int as used,
         count(*) filter (where processed_at is null)::int as open
       from inbound_events where kind not in ('alpaca.account', 'webhooks.test') group by 1, 2 order by 1, 2`,
    );
    const used = (kind: string, state: string) =>
      rows.find((row) => row.kind === kind && row.state === state)?.used ?? 0;
    const missing = LAST_WORDS.filter(([kind, state]) => used(kind, state) <= length);
    if (missing.length > 0 || rows.some(({ open }) => open > 0)) throw new Error(JSON.stringify(rows));
    return true;
  });
}

async function newCustomers(count: number): Promise<Customer[]> {
  const made = await Promise.all(Array.from({ length: count }, () => createCustomer(stack)));
  customers.push(...made);
  return made;
}

/** Every deposit is buying power, each effect happened once, and our books are those of the companies. */
async function everyDepositArrives(group: readonly Customer[], amount: string): Promise<void> {
  await eventually(
    'every deposit is funded',
    async () => {
      await stage.sweep();
      const states = (await Promise.all(group.map((customer) => customer.deposits()))).flatMap((rows) =>
        rows.map(({ status, waiting_for }) => `${status} ${waiting_for}`),
      );
      const open = states.filter((state) => state !== 'broker_funded null');
      if (states.length < group.length || open.length > 0) {
        const rows = await openInRows(stack.database.pool);
        const words = rows.map(({ workflow, at }) => `${workflow} is ${at}`);
        throw new Error(`${states.length} of ${group.length} seen; ${words.join('; ')}`);
      }
      return true;
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
  for (const customer of group) {
    const [deposit, ...more] = await customer.deposits();
    expect(more).toEqual([]);
    expect(deposit?.amount_usd).toBe(amount);
    const paid = await paymentsFor(stack, deposit?.id ?? '');
    expect(paid.map(({ company, amount: usd, effective }) => [company, usd, effective])).toEqual([
      ['circle', amount, true],
      ['alpaca', amount, true],
    ]);
  }
  await expectCleanLedger(stack.database.pool);
  const { ours, theirs } = await mirrors(stack, customers);
  expect(ours).toEqual(theirs);
}
