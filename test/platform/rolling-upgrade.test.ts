/**
 * Workers of one version hand over to workers of another while lifecycles are open at every step: none is stuck.
 * `UPGRADE_LIFECYCLES=1000` opens more of them.
 */
import { BROKER_STREAMS } from '../../domain/platform/broker-events.ts';
import { apply, newCustomer, onboardingOf, reached } from '../support/applicant.ts';
import { expectCleanLedger } from '../support/books.ts';
import { type Customer, createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { leftOpen } from '../support/left-open.ts';
import { mirrors } from '../support/mirrors.ts';
import { executeJournals, type OpenLifecycles, openLifecycles } from '../support/open-lifecycles.ts';
import { providersReady, startStack, type TestStack } from '../support/stack.ts';
import { sweepNow } from '../support/sweep.ts';
import { clearFaults, plant } from '../support/trouble.ts';
import { type Receiver, startReceiver } from '../support/webhook-receiver.ts';
import { type Build, versionOf, type WorkerVersions, workerVersions } from '../support/worker-versions.ts';

const COUNT = Number(process.env.UPGRADE_LIFECYCLES ?? 32);
const PATIENCE_MS = 240_000 + COUNT * 1_000;
/** What has not ended by then is named before the test is cut off. */
const ALL_END_MS = 120_000 + COUNT * 250;
/** Three builds run beside each other: on a busy machine each step takes its time. */
const PATIENT = { timeoutMs: 90_000, everyMs: 200 } as const;
/** They end on the version that they began with. */
const PINNED = ['deposit', 'withdrawal'];
/** They may last for days, and go on in the version that is current. */
const GOING = ['onboarding', 'address', 'wire', 'webhookDelivery'];

/** Another step in a deposit, for those that have not passed that place yet. */
const SAFE = [
  {
    file: 'workflows/funding/deposit.ts',
    from: 'import { allHandlersFinished, condition, setHandler }',
    to: 'import { allHandlersFinished, condition, patched, setHandler }',
  },
  {
    file: 'workflows/funding/deposit.ts',
    from: '  run.begin(opened);\n',
    to: "  run.begin(opened);\n  if (patched('looks-again')) run.moveTo(await database.noteDeposit(run.step()));\n",
  },
];
/** Other steps for everybody: also for those that have passed that place without them. */
const UNSAFE = [
  {
    file: 'workflows/funding/deposit.ts',
    from: '  run.begin(opened);\n',
    to: '  run.begin(opened);\n  run.moveTo(await database.noteDeposit(run.step()));\n',
  },
  {
    file: 'workflows/funding/onboarding.ts',
    from: '  for (;;) {\n    wallets.tend();\n',
    to: '  await database.readOnboarding({ user_id: run.id });\n  for (;;) {\n    wallets.tend();\n',
  },
];

let stack: TestStack;
let workers: WorkerVersions;
let a: Build;
let b: Build;
let backend: Receiver;
let opened: OpenLifecycles;
const customers: Customer[] = [];

beforeAll(async () => {
  stack = await startStack({ start: ['api'], env: versionOf('none'), firmCash: '500000.00' });
  await stack.sandbox.control('POST', '/control/mint/balance', { amount: '500000.00' });
  workers = await workerVersions(stack);
  backend = await startReceiver();
  a = await workers.build('a');
  expect(await a.versions('first')).toEqual({ said: 'a is current.\n', ok: true });
  await providersReady(stack.database.pool);
}, PATIENCE_MS);
afterAll(async () => {
  await workers?.stop();
  await backend?.stop();
  await stack?.stop();
});

test(
  'lifecycles stand open at every step, on the first version',
  async () => {
    opened = await openLifecycles(stack, workers.temporal, COUNT, backend);
    // The engine is asked, not its search, which may miss one for minutes on a busy machine: see docs/upgrades.md.
    expect(await workers.elsewhere(pinnedOnes(), 'a')).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'the second version comes up beside it, and gets nothing before it is made current',
  async () => {
    b = await workers.build('b', SAFE);
    expect(await b.versions('first')).toEqual({ said: 'a is current, and stays so.\n', ok: true });
    expect(await workers.usedBy(await funded())).toBe('a');
  },
  PATIENCE_MS,
);

test(
  'once it is current new lifecycles begin on it; those of the first version stay there',
  async () => {
    expect(await b.versions('promote')).toEqual({ said: 'b is current.\n', ok: true });
    const id = await funded();
    expect(await workers.usedBy(id)).toBe('b');
    // Its code has a step that the code of the first version does not know.
    const history = await workers.temporal.workflow.getHandle(id).fetchHistory();
    expect(JSON.stringify(history)).toMatch(/core_patch/);
    expect(await workers.elsewhere(pinnedOnes(), 'a')).toEqual([]);
    await eventually('they are shown', async () => Number(await workers.pinnedTo('a')) > 0, PATIENT);
    expect((await b.versions()).said).toMatch(/^a +\d+ pinned {2}draining$/m);
  },
  PATIENCE_MS,
);

test(
  'every lifecycle ends: what is pinned on the first version, what lasts for days on the second',
  async () => {
    await Promise.all(opened.standing.map(({ goOn }) => goOn()));
    await eventually(
      'nothing is pinned to version a',
      async () => {
        expect(await leftOpen(stack.database.pool, workers.temporal)).toEqual([]);
        expect(await workers.pinnedTo('a')).toBe(0);
        for (const [version, types] of [['a', PINNED] as const, ['b', GOING] as const])
          for (const type of types)
            expect(await workers.count(version, 'Completed', type)).toBeGreaterThanOrEqual(countOf(type));
        return true;
      },
      { timeoutMs: ALL_END_MS, everyMs: 500 },
    );
  },
  PATIENCE_MS,
);

test(
  'the first version is drained and stopped; what runs for ever goes on in the second',
  async () => {
    expect((await b.versions()).said).toMatch(/^a +0 pinned {2}drained: may be stopped$/m);
    await a.worker.stop();
    await eventually(
      'nothing is left on version a',
      async () => {
        expect(await workers.count('a', 'Running')).toBe(0);
        expect(await workers.count('b', 'Running', 'brokerEvents')).toBe(BROKER_STREAMS.length);
        expect(await workers.count('b', 'Running', 'webhookDispatch')).toBe(1);
        return true;
      },
      PATIENT,
    );
    await funded();
    await booksAgree();
  },
  PATIENCE_MS,
);

test(
  'rolled back, and then lost: what is pinned to a version that cannot come back is moved',
  async () => {
    await a.worker.restart();
    expect(await b.versions('promote', 'a')).toEqual({ said: 'a is current.\n', ok: true });
    const standing = await depositsWithBroker(3);
    // One more is just being tried again when the worker dies.
    const trouble = { company: 'circle', operation: 'circle.createTransfer', kind: 'unavailable' };
    await plant(stack, { ...trouble, count: 1_000, match: { 'amounts.0': '7.77' } });
    const trying = await depositor();
    await trying.receive({ amount: '7.77' });
    const { id } = await trying.depositReaches('confirmed_on_chain', PATIENT.timeoutMs);
    await eventually('it is pinned', async () => (await workers.usedBy(`deposit:${id}`)) === 'a', PATIENT);
    await a.worker.kill();
    await clearFaults(stack);
    await b.versions('promote');
    await executeJournals(stack, 'deposits', 'broker_journal_ref', standing);
    // A round of the sweep may have died with it; it is moved along.
    await eventually('four are pinned to a', async () => Number(await workers.pinnedTo('a')) >= 4, PATIENT);
    const { said, ok } = await b.versions('move', 'a');
    expect({ said, ok }).toEqual({ said: expect.stringMatching(/^\d+ moved from a to b\.\n$/), ok: true });
    await trying.depositReaches('broker_funded', PATIENT.timeoutMs);
    await eventually('nothing is pinned to a', async () => (await workers.pinnedTo('a')) === 0, PATIENT);
    for (const one of [...standing, id]) expect(await workers.usedBy(`deposit:${one}`)).toBe('b');
    await booksAgree();
  },
  PATIENCE_MS,
);

test(
  'a version with an unsafe change stops what it cannot continue, and loses nothing',
  async () => {
    const applicant = await newCustomer(stack, { family_name: 'ApprovalPending' });
    await apply(stack, applicant);
    const account = await eventually(
      'the broker has the application',
      async () => {
        const { alpaca_account_id, wallets } = await onboardingOf(stack, applicant);
        return wallets.every(({ status }) => status === 'active') && (alpaca_account_id ?? false);
      },
      PATIENT,
    );
    const standing = await depositsWithBroker(2);
    const c = await workers.build('c', UNSAFE);
    await c.versions('promote');
    await stack.sandbox.control('POST', `/control/alpaca/accounts/${account}/status`, { status: 'APPROVED' });
    await eventually(
      'its next step is refused',
      async () => {
        const run = workers.temporal.workflow.getHandle(`onboarding:${applicant.id}`);
        const { events } = await run.fetchHistory();
        const failed = events?.flatMap(
          ({ workflowTaskFailedEventAttributes: failure }) => failure?.cause ?? [],
        );
        return failed?.includes(NON_DETERMINISTIC);
      },
      PATIENT,
    );
    expect((await onboardingOf(stack, applicant)).kyc_status).toBe('pending');
    const { said, ok } = await c.versions('move', 'b');
    expect({ first: said.split('\n')[0], ok }).toEqual({ first: '0 moved from b to c.', ok: false });
    for (const id of standing)
      expect(said).toMatch(new RegExp(`^deposit:${id} stays: .*nondeterminism`, 'im'));
    // Those are pinned to the version before, and do not feel it.
    await executeJournals(stack, 'deposits', 'broker_journal_ref', standing);
    await eventually('nothing is pinned to b', async () => (await workers.pinnedTo('b')) === 0, PATIENT);
    await c.versions('promote', 'b');
    await reached(stack, applicant, 'approved', PATIENT.timeoutMs);
    await booksAgree();
  },
  PATIENCE_MS,
);

/** The protocol's WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR. */
const NON_DETERMINISTIC = 24;

const pinnedOnes = () => opened.standing.flatMap(({ pinned }) => pinned ?? []);
const countOf = (workflow: string) =>
  opened.standing.filter((one) => one.workflow === workflow).reduce((sum, { count }) => sum + count, 0);

/** No money is under way, every event is used, and our ledger says what the companies' books say. */
async function booksAgree(): Promise<void> {
  const { pool } = stack.database;
  await eventually(
    'nothing is open',
    async () => {
      await sweep();
      // An account that was opened without an onboarding is news for nobody.
      const { rows } = await pool.query<{ open: string }>(
        `select kind || ' for ' || coalesce(workflow_id, 'nobody') as open from inbound_events
         where processed_at is null and (workflow_id is not null or kind <> 'alpaca.account')`,
      );
      expect([...(await leftOpen(pool, workers.temporal)), ...rows]).toEqual([]);
      return true;
    },
    { ...PATIENT, everyMs: 1_000 },
  );
  await expectCleanLedger(pool);
  const { ours, theirs } = await mirrors(stack, [...opened.customers, ...customers]);
  expect(ours).toEqual(theirs);
}

/** A round that finds what was told before we knew whom it was for; every open event is old enough for it. */
const sweep = () => sweepNow(stack, workers.temporal);

async function depositor(): Promise<Customer> {
  const customer = await createCustomer(stack);
  customers.push(customer);
  return customer;
}

/** Somebody's deposit that meets no trouble; answers its workflow's id. */
async function funded(): Promise<string> {
  const customer = await depositor();
  await customer.receive({ amount: '3.00' });
  return `deposit:${(await customer.depositReaches('broker_funded', PATIENT.timeoutMs)).id}`;
}

/** Deposits whose journals the broker holds; answers their ids. */
async function depositsWithBroker(count: number): Promise<string[]> {
  await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'stuck', count });
  const group = await Promise.all(Array.from({ length: count }, depositor));
  await Promise.all(group.map((customer) => customer.receive({ amount: '5.00' })));
  return eventually(
    'the broker holds their journals',
    async () => {
      const rows = (await Promise.all(group.map((customer) => customer.deposits()))).flat();
      const held = rows.filter(({ waiting_for }) => waiting_for === 'broker_answer');
      return held.length === count && held.map(({ id }) => id);
    },
    PATIENT,
  );
}
