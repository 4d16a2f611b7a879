/** Onboarding while Alpaca, Circle and our own processes fail: one account, one wallet per chain, nothing told away. */

import type { Client } from '@temporalio/client';
import { temporal as wire } from '@temporalio/proto';
import { createTemporalClient } from '../../temporal/client.ts';
import {
  apply,
  expectOneOfEach,
  newCustomer,
  onboardingOf,
  QUICK_ONBOARDING,
  reached,
  setOnboardingPolicy,
  walletsActive,
} from '../support/applicant.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let client: Client;

beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'trace' } });
  await setOnboardingPolicy(stack);
  client = await createTemporalClient(stack.config);
  await client.workflow.getHandle('provider-setup:main').result();
});
afterAll(async () => {
  await client?.connection.close();
  await stack?.stop();
});
afterEach(async () => {
  await stack.sandbox.control('DELETE', '/control/faults');
});

const fault = (operation: string, kind: string, more: object = {}) =>
  stack.sandbox.control('POST', '/control/faults', {
    company: operation.split('.')[0],
    operation,
    kind,
    count: 1,
    ...more,
  });

test.each([
  ['an error', 'error'],
  ['cut before the effect', 'cut_before'],
  ['cut after the effect', 'cut_after'],
  ['an error after the effect', 'error_after'],
])(
  'calls that make wallets end with %s, again and again: there is one wallet per chain',
  async (_name, kind) => {
    const customer = await newCustomer(stack);
    await fault('circle.createWallets', kind, { count: 6 });
    await apply(stack, customer);
    await reached(stack, customer, 'approved');
    await walletsActive(stack, customer);
    await expectOneOfEach(stack, customer);
  },
);

test('Circle is down for longer than the limit: a person is told, and the wallets come when it is back', async () => {
  await setOnboardingPolicy(stack, { ...QUICK_ONBOARDING, giveUpAfterSeconds: 1 });
  const customer = await newCustomer(stack);
  await fault('circle.createWallets', 'unavailable', { count: 10_000 });
  await apply(stack, customer);
  await reached(stack, customer, 'approved');
  await eventually('a person is told', async () => {
    const { reviews } = await onboardingOf(stack, customer);
    return reviews.filter((reason) => reason === 'wallet_unclear').length === 4;
  });
  await stack.sandbox.control('DELETE', '/control/faults');
  await walletsActive(stack, customer);
  expect((await onboardingOf(stack, customer)).reviews).toEqual([]);
  await setOnboardingPolicy(stack);
  await expectOneOfEach(stack, customer);
});

test('a worker that is killed in the middle loses and doubles nothing', async () => {
  const customers = await Promise.all(Array.from({ length: 4 }, () => newCustomer(stack)));
  await Promise.all(customers.map((customer) => apply(stack, customer)));
  await stack.worker.kill();
  await stack.worker.restart();
  for (const customer of customers) {
    await reached(stack, customer, 'approved', 60_000);
    await walletsActive(stack, customer, 60_000);
    await expectOneOfEach(stack, customer);
  }
}, 120_000);

test('an application whose worker died before it told anybody is found', async () => {
  await fault('alpaca.createAccount', 'unavailable', { count: 1_000 });
  const customer = await newCustomer(stack);
  await apply(stack, customer);
  // The request is in the database, and a run of the workflow knows nothing of it.
  const handle = client.workflow.getHandle(`onboarding:${customer.id}`);
  await handle.terminate('a test');
  await stack.sandbox.control('DELETE', '/control/faults');
  const { taskQueue } = stack.config.temporal;
  await client.workflow.start('onboarding', {
    ...{ workflowId: handle.workflowId, taskQueue, args: [{ user_id: customer.id }] },
  });
  await reached(stack, customer, 'approved', 60_000);
  await walletsActive(stack, customer);
  await expectOneOfEach(stack, customer);
});

test('a customer who signs up again while the worker is down is served when it is back', async () => {
  const customer = await newCustomer(stack);
  await stack.worker.kill();
  const applied = apply(stack, customer);
  await stack.worker.restart();
  await applied;
  await reached(stack, customer, 'approved', 60_000);
  await walletsActive(stack, customer, 60_000);
  await expectOneOfEach(stack, customer);
}, 120_000);

test('a broker that never decides, and a customer who never answers, are brought before a person', async () => {
  await setOnboardingPolicy(stack, {
    ...QUICK_ONBOARDING,
    reviewAfterSeconds: 0.5,
    customerReviewAfterSeconds: 0.5,
  });
  const undecided = await newCustomer(stack, { family_name: 'NeverDecided' });
  const silent = await newCustomer(stack, { family_name: 'ActionRequired' });
  await apply(stack, undecided);
  await apply(stack, silent);
  await setOnboardingPolicy(stack);
  await eventually('a person is asked about both', async () => {
    const [first, second] = [await onboardingOf(stack, undecided), await onboardingOf(stack, silent)];
    return first.reviews.includes('kyc_overdue') && second.reviews.includes('kyc_customer_silent');
  });
  expect((await onboardingOf(stack, undecided)).kyc_status).toBe('pending');
  expect((await onboardingOf(stack, silent)).kyc_status).toBe('action_required');

  // A run that continues another one takes up where that one stood.
  const handle = client.workflow.getHandle(`onboarding:${undecided.id}`);
  await handle.terminate('the test begins another run');
  await client.workflow.start('onboarding', {
    workflowId: `onboarding:${undecided.id}`,
    taskQueue: stack.config.temporal.taskQueue,
    args: [{ user_id: undecided.id, continued: { look_ups: 1, waited_seconds: 1, inbound: [] } }],
  });
  const { alpaca_account_id } = await onboardingOf(stack, undecided);
  await fault('alpaca.event.accounts', 'drop_event', { count: 10 });
  await stack.sandbox.control('POST', `/control/alpaca/accounts/${alpaca_account_id}/status`, {
    status: 'APPROVED',
  });
  await reached(stack, undecided, 'approved');
  expect((await onboardingOf(stack, undecided)).reviews).toEqual([]);
});

test('nothing personal is in the history, and a whole onboarding stays small', async () => {
  const customer = await newCustomer(stack, { given_name: 'Wilhelmina', family_name: 'Quackenbush' });
  await apply(stack, customer);
  await reached(stack, customer, 'approved');
  await walletsActive(stack, customer);
  const handle = client.workflow.getHandle(`onboarding:${customer.id}`);
  await handle.result();
  const history = await handle.fetchHistory();
  const events = history.events ?? [];
  const plain = await decoded(events);
  expect(plain).toContain(customer.id);
  const { tax_id, email_address } = customer.application;
  const { phone } = customer;
  const taxDigits = tax_id.replaceAll('-', '');
  const secrets = ['Wilhelmina', 'Quackenbush', tax_id, taxDigits, email_address, phone];
  for (const secret of secrets) expect(plain).not.toContain(secret);
  // Nor in what the processes log, however much they log.
  const logs = stack.logs();
  expect(logs).toContain(customer.id);
  for (const secret of secrets) expect(logs).not.toContain(secret);

  const Type = wire.api.enums.v1.EventType;
  const count = (type: number) => events.filter((event) => event.eventType === type).length;
  const local = count(Type.EVENT_TYPE_MARKER_RECORDED);
  const actions =
    1 +
    local +
    count(Type.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) +
    count(Type.EVENT_TYPE_TIMER_STARTED) +
    count(Type.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED) +
    count(Type.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED) +
    count(Type.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES);
  process.stderr.write(`onboarding: ${actions} actions, ${events.length} history events\n`);
  expect(actions).toBeLessThanOrEqual(20);
  expect(events.length).toBeLessThanOrEqual(70);
});

/** Everything that staff with the right key can read in a history. */
async function decoded(events: readonly object[]): Promise<string> {
  const { createPayloadCodec } = await import('../../temporal/codec.ts');
  const codec = createPayloadCodec(stack.config.payload);
  const texts: string[] = [];
  const walk = async (value: unknown): Promise<void> => {
    if (typeof value === 'string') texts.push(value);
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
    if ('metadata' in value && 'data' in value && value.data instanceof Uint8Array) {
      const [plain] = await codec.decode([value as never]);
      texts.push(Buffer.from(plain?.data ?? []).toString('utf8'));
      return;
    }
    for (const inner of Object.values(value)) await walk(inner);
  };
  for (const event of events) await walk(event);
  return texts.join('\n');
}
