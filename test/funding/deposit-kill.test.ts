/**
 * Worker, API and sandbox are killed with -9 while deposits stand at every step of their way: each statement
 * before it reaches the database and after it has committed, each call before and after a company has acted.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../../temporal/client.ts';
import { type ApplicationProcess, applicationProcess } from '../support/application.ts';
import { expectCleanLedger, paymentsFor } from '../support/books.ts';
import { type Customer, createCustomer } from '../support/customer.ts';
import { type CutLine, cutLine } from '../support/cut-line.ts';
import { eventually } from '../support/eventually.ts';
import { type HeldConnections, holdConnections, type Moment } from '../support/held-connections.ts';
import { mirrors } from '../support/mirrors.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { clearFaults, plant, setDepositPolicy } from '../support/trouble.ts';

const PROGRAMS = ['worker', 'api'] as const;
/** Deposits beyond those that are caught: they pass all steps before and after. */
const SPARE = 2;
/** A call that nobody killed is cut after this long: sooner than its caller would give up. */
const HANGS_MS = 8_000;

/** What each company says last about a deposit. */
const LAST_WORDS = [
  ['circle.inbound', 'complete'],
  ['circle.outbound', 'complete'],
  ['mint.transfer', 'complete'],
  ['alpaca.journal', 'executed'],
] as const;

/** Where a deposit can stand when something dies. */
interface Point {
  readonly at: 'worker' | 'api' | 'company';
  /** A statement of the database, or an operation of a company. */
  readonly step: string;
}

let folder: string;
let stack: TestStack;
let temporal: Client;
let line: CutLine;
let lines: Record<(typeof PROGRAMS)[number], HeldConnections>;
let programs: Record<(typeof PROGRAMS)[number], ApplicationProcess>;
let points: Point[];
const customers: Customer[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-kill-'));
  stack = await startStack({ start: [], killableSandbox: true });
  // Before the programs start, so that they open the books with it.
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '1000000.00' });
  line = await cutLine(stack.config.temporal.address);
  const { url } = stack.database;
  lines = { worker: await holdConnections(url, stepOf), api: await holdConnections(url, stepOf) };
  const start = (name: (typeof PROGRAMS)[number]) => {
    const env = { ...stack.env, DATABASE_URL: lines[name].url, TEMPORAL_ADDRESS: line.address };
    return applicationProcess(name, env, folder);
  };
  const [worker, api] = await Promise.all([start('worker'), start('api')]);
  programs = { worker, api };
  temporal = await createTemporalClient(stack.config);
  await eventually('the providers know us', async () => {
    const { rows } = await stack.database.pool.query(
      `select (select count(*) from mint_deposit_addresses) >= 4
         and (select count(*) from provider_facts where name like '%subscription') = 2 as ready`,
    );
    return rows[0]?.ready;
  });
  // Rounds begin when the test says so; else their statements would be taken for a deposit's.
  for (const schedule of ['sweep', 'treasury'])
    await temporal.schedule.getHandle(`${schedule}-every-minute`).pause();
  points = await stepsOfADeposit();
  await setDepositPolicy(stack);
}, 60_000);

// A test that fails in the middle leaves nothing hanging for the next one.
afterEach(async () => {
  for (const name of PROGRAMS) lines[name].release();
  await clearFaults(stack);
});

afterAll(async () => {
  await temporal?.connection.close();
  await Promise.all(Object.values(programs ?? {}).map((program) => program.stop()));
  await Promise.all(Object.values(lines ?? {}).map((held) => held.stop()));
  await line?.stop();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the steps of a deposit, as one that meets no trouble takes them', () => {
  const named = points.map(({ at, step }) => `${at}: ${step}`);
  expect(named).toEqual(
    expect.arrayContaining([
      ...['api: receive_inbound_transfer complete', 'worker: deposit_seen', 'worker: deposit_confirmed'],
      ...['company: circle.createTransfer', 'worker: deposit_event off_ramp_started'],
      ...['api: receive_outbound_transfer sent', 'api: receive_mint_transfer complete'],
      ...['worker: deposit_event off_ramp_completed', 'company: alpaca.createJournal'],
      ...['worker: deposit_funded', 'worker: receive-journals'],
    ]),
  );
});

describe.each(['before', 'after'] as const)('%s each step', (moment) => {
  test.each(['worker', 'api', 'sandbox'] as const)(
    'the %s is killed: every deposit arrives, paid for once',
    async (victim) => {
      const group = await newCustomers(points.length + SPARE);
      await catchAt(moment);
      await Promise.all(group.map((customer) => customer.receive({ amount: '12.34' })));
      await everyPointIsTaken(moment);
      const program = victim === 'sandbox' ? killableSandbox() : programs[victim];
      await program.kill();
      await program.restart();
      for (const name of PROGRAMS) lines[name].release();
      await clearFaults(stack);
      await everyDepositArrives(group, '12.34');
    },
    90_000,
  );
});

test('every connection to Postgres is terminated, again and again', async () => {
  const group = await newCustomers(8);
  await Promise.all(group.map((customer) => customer.receive({ amount: '5.01' })));
  let terminated = 0;
  await eventually('twenty connections in use were terminated', async () => {
    const { rowCount } = await stack.database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like 'sluice-%'`,
    );
    terminated += rowCount ?? 0;
    return terminated >= 20;
  });
  await everyDepositArrives(group, '5.01');
}, 60_000);

test('Temporal is out of reach for a while', async () => {
  const group = await newCustomers(8);
  await Promise.all(group.map((customer) => customer.receive({ amount: '6.02' })));
  line.cut();
  await eventually('webhooks are stored meanwhile', async () => {
    const { rows } = await stack.database.pool.query(
      `select count(*)::int as stored from inbound_events where kind = 'circle.inbound' and processed_at is null`,
    );
    return rows[0]?.stored > 0;
  });
  line.mend();
  await everyDepositArrives(group, '6.02');
}, 60_000);

/** One name for each step: functions that take several events or reports are told apart by them. */
function stepOf(prepared: string, parameters: readonly string[]): string {
  if (prepared === 'deposit_event') return `${prepared} ${parameters[1]}`;
  if (!prepared.startsWith('receive_')) return prepared;
  const state = /"state":"([a-z_]+)"/.exec(parameters[0] ?? '')?.[1];
  return state ? `${prepared} ${state}` : prepared;
}

/** Watches one deposit that meets no trouble, and lists what it asked of the database and of the companies. */
async function stepsOfADeposit(): Promise<Point[]> {
  // The first deposit pays for what is done once, such as fetching the keys of signatures.
  const [customer] = await newCustomers(1);
  if (!customer) throw new Error('no customer was made');
  await fundsAndIsDone(customer);
  for (const name of PROGRAMS) lines[name].statements();
  const before = await requests();
  await fundsAndIsDone(customer);
  const called = (await requests()).slice(0, -before.length || undefined).filter((name) => name !== '');
  return [
    ...PROGRAMS.flatMap((at) => lines[at].statements().map((step) => ({ at, step }))),
    ...[...new Set(called)].map((step) => ({ at: 'company' as const, step })),
  ];
}

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

/** Names of the operations that worker and API asked for, newest first. */
async function requests(): Promise<string[]> {
  const { data } = await stack.sandbox.control<{ data: { company: string; operation: string }[] }>(
    'GET',
    '/control/requests?limit=1000',
  );
  return data.filter(({ company }) => company !== 'control').map(({ operation }) => operation);
}

async function newCustomers(count: number): Promise<Customer[]> {
  const made = await Promise.all(Array.from({ length: count }, () => createCustomer(stack)));
  customers.push(...made);
  return made;
}

function killableSandbox() {
  const { kill, restart } = stack.sandbox;
  if (!kill || !restart) throw new Error('this sandbox is no process');
  return { kill, restart };
}

/** Whoever comes first to a point hangs there. */
async function catchAt(moment: Moment): Promise<void> {
  const kind = `timeout_${moment}`;
  for (const { at, step } of points) {
    if (at === 'company')
      await plant(stack, { company: step.split('.')[0] ?? '', operation: step, kind, delay_ms: HANGS_MS });
    else lines[at].hold(step, moment);
  }
}

async function everyPointIsTaken(moment: Moment): Promise<void> {
  await eventually(
    `a deposit hangs ${moment} each step`,
    async () => {
      const { data } = await stack.sandbox.control<{ data: { operation: string; hits: number }[] }>(
        'GET',
        '/control/faults',
      );
      const free = [
        ...data.filter(({ hits }) => hits === 0).map(({ operation }) => operation),
        ...PROGRAMS.flatMap((name) => lines[name].free()),
      ];
      if (free.length > 0) throw new Error(`nobody hangs at ${free.join(', ')}`);
      return true;
    },
    { timeoutMs: 30_000 },
  );
}

/** Every deposit is buying power, each effect happened once, and our books are those of the companies. */
async function everyDepositArrives(group: readonly Customer[], amount: string): Promise<void> {
  await eventually(
    'every deposit is funded',
    async () => {
      await sweep();
      const states = (await Promise.all(group.map((customer) => customer.deposits()))).flatMap((rows) =>
        rows.map(({ status, waiting_for }) => `${status} ${waiting_for}`),
      );
      const open = states.filter((state) => state !== 'broker_funded null');
      if (states.length < group.length || open.length > 0)
        throw new Error(`${states.length} of ${group.length} seen, open: ${open.join(', ')}`);
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

/** A round of the sweep, for which every open event is old enough. */
async function sweep(): Promise<void> {
  await stack.database.pool.query(
    `update inbound_events set received_at = received_at - interval '1 minute' where processed_at is null`,
  );
  await temporal.schedule.getHandle('sweep-every-minute').trigger();
}
