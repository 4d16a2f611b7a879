/** The reading of streams survives its worker: another one goes on where the stored cursor stands. */
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({ start: ['worker'] });
});
afterAll(() => stack?.stop());

const ACCOUNT = '88888888-8888-4888-8888-888888888888';
const send = (status_to: string) =>
  stack.sandbox.control('POST', '/control/alpaca/events', {
    stream: 'accounts',
    data: { account_id: ACCOUNT, status_to },
  });

async function states(): Promise<string[]> {
  const { rows } = await stack.database.pool.query<{ state: string }>(
    `select message ->> 'state' as state from inbound_events where reference = $1 order by provider_event_id`,
    [ACCOUNT],
  );
  return rows.map((row) => row.state);
}

test('events that happen while no worker lives are read by the next one, once each', async () => {
  await send('SUBMITTED');
  await eventually('the first is stored', async () => (await states()).length === 1);
  await stack.worker.kill();
  await send('APPROVED');
  await stack.worker.restart();
  await send('ACTIVE');
  await eventually('all are stored', async () => (await states()).length === 3, { timeoutMs: 40_000 });
  expect(await states()).toEqual(['submitted', 'approved', 'active']);
}, 60_000);

test('a worker that is stopped hands the stream on at once', async () => {
  const before = (await states()).length;
  await stack.worker.stop();
  await send('ACCOUNT_UPDATED');
  await stack.worker.restart();
  // Far below the heartbeat's limit of ten seconds: nobody had to be missed first.
  await eventually('it is stored', async () => (await states()).length === before + 1, { timeoutMs: 6_000 });
}, 60_000);
