/** What those who watch can see: one request id from the API into the worker, and money in flight as metrics. */
import { createTemporalClient } from '../../temporal/client.ts';
import { createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { setDepositPolicy } from '../support/trouble.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'debug' } });
  await setDepositPolicy(stack);
});
afterAll(() => stack?.stop());

interface LogLine {
  readonly activity?: string;
  readonly workflow_id?: string;
  readonly request_id?: string;
  readonly trace_id?: string;
  readonly method?: string;
}

function logLines(): LogLine[] {
  return stack
    .logs()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

test('the request that began a deposit is named in its workflow and in the log of its activities', async () => {
  const customer = await createCustomer(stack);
  await customer.receive({ amount: '11.00' });
  const { id } = await customer.depositReaches('off_ramp_complete');
  const step = await eventually('the step is logged', () =>
    logLines().find((line) => line.activity === 'recordDepositSeen' && line.workflow_id === `deposit:${id}`),
  );
  expect(step.request_id).toBeDefined();
  expect(step.trace_id).toMatch(/^[0-9a-f]{32}$/);
  const asked = (requestId: unknown) => () =>
    logLines().some((line) => line.method === 'POST' && line.request_id === requestId);
  await eventually('the API logged the request of the step', asked(step.request_id));
  const temporal = await createTemporalClient(stack.config);
  const { memo } = await temporal.workflow.getHandle(`deposit:${id}`).describe();
  // The first request began the deposit; a later one may have been the last word before the step.
  await eventually('the API logged the request of the memo', asked(memo?.request_id));
  await temporal.connection.close();
});

test('/metrics shows money in flight, by state and by what it waits for', async () => {
  const waiting = async () => (await stack.call('GET', '/metrics')).body as string;
  await eventually('the deposit without float is counted', async () => {
    const text = await waiting();
    return /sluice_deposits_in_flight\{status="off_ramp_complete",waiting_for="float"\} 1\n/.test(text);
  });
  const text = await waiting();
  expect(text).toContain(
    'sluice_deposits_in_flight_usd{status="off_ramp_complete",waiting_for="float"} 11\n',
  );
  expect(text).toContain('sluice_events_unrouted 0\n');
});

test('a transfer to a wallet that nobody here owns is kept and shows as an event without a listener', async () => {
  const { pool } = stack.database;
  await pool.query(
    `insert into inbound_events (provider, provider_event_id, kind, payload, message, received_at)
     values ('circle', 'stray', 'circle.inbound', '{}', '{}', now() - interval '1 hour')`,
  );
  const { body } = await stack.call<string>('GET', '/metrics');
  expect(body).toContain('sluice_events_unrouted 1\n');
});
