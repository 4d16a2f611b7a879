/** The broker's event streams: everything is stored once and passed on, whatever the connection goes through. */
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import fc from 'fast-check';
import { pino } from 'pino';
import { createBrokerEventActivities } from '../../activities/platform/broker-events.ts';
import { createEventBatches } from '../../activities/platform/event-batches.ts';
import { firstUlidAt, ulidBefore, ulidTime } from '../../activities/platform/ulid-time.ts';
import { type Database, openDatabase } from '../../db/client.ts';
import type {
  BrokerEventPolicy,
  BrokerEventsRound,
  BrokerStream,
} from '../../domain/platform/broker-events.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { newCustomer } from '../support/applicant.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';

const POLICY: BrokerEventPolicy = {
  roundSeconds: 60,
  muteAfterSeconds: 1.5,
  heartbeatTimeoutSeconds: 10,
  overlapSeconds: 60,
  firstLookBackSeconds: 3600,
};

let stack: TestStack;
let client: Client;
let database: Database;

beforeAll(async () => {
  stack = await startStack({ start: [] });
  client = await createTemporalClient(stack.config);
  database = openDatabase({ url: stack.database.url });
  await stack.sandbox.control('PATCH', '/control/settings', { 'alpaca.heartbeat_ms': 200 });
});
afterAll(async () => {
  await database?.close();
  await client?.connection.close();
  await stack?.stop();
});

/** Runs an activity without a server; attempts that end with a failure are part of these tests and not logged. */
const quietEnvironment = () => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

/** Reads a stream in this process until `stop` is called; `stop` answers what the round saw. */
function read(stream: BrokerStream, policy: BrokerEventPolicy = POLICY) {
  const stopping = new AbortController();
  const environment = quietEnvironment();
  const { readBrokerEvents } = createBrokerEventActivities({
    ...{ database, temporal: client, config: stack.config, stopping: stopping.signal },
    log: pino({ level: 'silent' }),
  });
  const heartbeats: unknown[] = [];
  environment.on('heartbeat', (details) => heartbeats.push(details));
  const round = environment.run(readBrokerEvents, { stream, policy }) as Promise<BrokerEventsRound>;
  round.catch(() => undefined);
  return { round, heartbeats, stop: () => stopping.abort() };
}

const send = (data: object, stream: BrokerStream = 'accounts') =>
  stack.sandbox.control('POST', '/control/alpaca/events', { stream, data });

async function stored(
  reference: string,
): Promise<{ message: { state: string }; workflow_id: string | null; open: boolean }[]> {
  const { rows } = await stack.database.pool.query(
    `select message, workflow_id, processed_at is null as open from inbound_events where reference = $1
     order by provider_event_id`,
    [reference],
  );
  return rows;
}

const storedStates = async (reference: string) =>
  (await stored(reference)).map((event) => event.message.state);

/** A customer whose account stands at the broker. */
async function withAccount(accountId: string): Promise<string> {
  const { id } = await newCustomer(stack);
  await stack.database.pool.query(
    "update users set alpaca_account_id = $2, kyc_status = 'pending' where id = $1",
    [id, accountId],
  );
  return id;
}

test('an event is stored once and told to the onboarding that waits for it', async () => {
  const account = '11111111-1111-4111-8111-111111111111';
  const userId = await withAccount(account);
  const reader = read('accounts');
  await send({ account_id: account, status_from: 'SUBMITTED', status_to: 'ACTION_REQUIRED' });
  const events = await eventually('the event is stored', async () => {
    const rows = await stored(account);
    return rows.length > 0 && rows;
  });
  expect(events).toEqual([expect.objectContaining({ workflow_id: `onboarding:${userId}`, open: true })]);
  await eventually('the onboarding was started', () =>
    client.workflow.getHandle(`onboarding:${userId}`).describe(),
  );
  reader.stop();
  await expect(reader.round).rejects.toMatchObject({ type: 'WorkerStopping' });
});

test('steps on the way and other people’s accounts wake nobody', async () => {
  const account = '22222222-2222-4222-8222-222222222222';
  const stranger = '33333333-3333-4333-8333-333333333333';
  await withAccount(account);
  const reader = read('accounts');
  await send({ account_id: account, status_from: 'SUBMITTED', status_to: 'APPROVED' });
  await send({ account_id: stranger, status_from: 'SUBMITTED', status_to: 'ACTIVE' });
  await eventually(
    'both are stored',
    async () => (await stored(account)).length + (await stored(stranger)).length === 2,
  );
  expect(await stored(account)).toEqual([expect.objectContaining({ open: false })]);
  // Whose it is may be known later: it stays open, and nobody is told.
  expect(await stored(stranger)).toEqual([expect.objectContaining({ open: true, workflow_id: null })]);
  reader.stop();
  await reader.round.catch(() => undefined);
});

test('what happened while nobody read is read afterwards, and nothing twice', async () => {
  const account = '44444444-4444-4444-8444-444444444444';
  for (const status_to of ['SUBMITTED', 'APPROVED']) await send({ account_id: account, status_to });
  const first = read('accounts');
  await eventually('the first two are stored', async () => (await stored(account)).length === 2);
  first.stop();
  await first.round.catch(() => undefined);
  for (const status_to of ['ACTIVE', 'ACCOUNT_CLOSED']) await send({ account_id: account, status_to });
  const second = read('accounts');
  await eventually('all four are stored', async () => (await stored(account)).length === 4);
  second.stop();
  await second.round.catch(() => undefined);
  expect(await storedStates(account)).toEqual(['submitted', 'approved', 'active', 'account_closed']);
});

test('a connection that breaks or falls silent is made anew, and nothing is missed', async () => {
  const account = '55555555-5555-4555-8555-555555555555';
  const reader = read('accounts', { ...POLICY, roundSeconds: 8 });
  await send({ account_id: account, status_to: 'SUBMITTED' });
  await eventually('the first is stored', async () => (await stored(account)).length === 1);
  await stack.sandbox.control('POST', '/control/alpaca/streams/disconnect', { stream: 'accounts' });
  await send({ account_id: account, status_to: 'APPROVED' });
  await eventually('the second is stored', async () => (await stored(account)).length === 2);
  await stack.sandbox.control('POST', '/control/alpaca/streams/mute', { stream: 'accounts' });
  await send({ account_id: account, status_to: 'ACTIVE' });
  await eventually('the third is stored', async () => (await stored(account)).length === 3);
  const round = await reader.round;
  expect(round.mutes).toBeGreaterThanOrEqual(1);
  expect(round.connections).toBeGreaterThanOrEqual(3);
  expect(reader.heartbeats.length).toBeGreaterThan(0);
  expect(await storedStates(account)).toEqual(['submitted', 'approved', 'active']);
}, 40_000);

test('a burst of events is stored in few round trips, in order', async () => {
  const account = '66666666-6666-4666-8666-666666666666';
  for (let i = 0; i < 300; i += 1) await send({ account_id: account, status_to: `STEP_${i}` });
  const before = database.roundTrips();
  const reader = read('accounts');
  await eventually('all are stored', async () => (await stored(account)).length === 300);
  expect(database.roundTrips() - before).toBeLessThan(60);
  reader.stop();
  await reader.round.catch(() => undefined);
  expect(await storedStates(account)).toEqual(Array.from({ length: 300 }, (_, i) => `step_${i}`));
});

test('a database that refuses a batch loses nothing: the same events come again', async () => {
  const account = '77777777-7777-4777-8777-777777777777';
  await stack.database.pool.query('alter table inbound_events rename to inbound_events_away');
  const reader = read('accounts');
  await send({ account_id: account, status_to: 'SUBMITTED' });
  await eventually('the reader has tried', () => reader.heartbeats.length > 0);
  await stack.database.pool.query('alter table inbound_events_away rename to inbound_events');
  await eventually('the event is stored', async () => (await stored(account)).length === 1);
  reader.stop();
  await reader.round.catch(() => undefined);
});

test('wrong credentials are shown as the failure of the attempt, and tried on', async () => {
  const config = { ...stack.config, alpaca: { ...stack.config.alpaca, secretKey: 'wrong' } };
  const { readBrokerEvents } = createBrokerEventActivities({
    ...{ database, temporal: client, config, stopping: new AbortController().signal },
    log: pino({ level: 'silent' }),
  });
  const attempt = quietEnvironment().run(readBrokerEvents, {
    stream: 'journals' as BrokerStream,
    policy: POLICY,
  });
  await expect(attempt).rejects.toMatchObject({ type: 'Defect', nonRetryable: false });
});

test('a cursor moves back by its time', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 10_000_000, max: 2 ** 42 }),
      fc.integer({ min: 0, max: 10_000 }),
      (millis, seconds) => {
        expect(ulidTime(firstUlidAt(millis))).toBe(millis);
        expect(ulidTime(ulidBefore(firstUlidAt(millis), seconds))).toBe(Math.max(0, millis - seconds * 1000));
      },
    ),
  );
  expect(ulidBefore('no cursor', 60)).toBe('no cursor');
});

test('batches keep the order, and after a failure nothing more is stored', async () => {
  const batches: number[][] = [];
  const errors: unknown[] = [];
  const queue = createEventBatches<number>({
    limit: 3,
    store: async (items) => {
      await Promise.resolve();
      if (items.includes(8)) throw new Error('full');
      batches.push([...items]);
    },
    onError: (error) => errors.push(error),
  });
  for (let i = 1; i <= 7; i += 1) queue.push(i);
  await queue.settled();
  expect(batches.flat()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  for (let i = 8; i <= 20; i += 1) queue.push(i);
  await expect(queue.settled()).rejects.toThrow('full');
  expect(errors).toHaveLength(1);
  expect(batches.flat()).toEqual([1, 2, 3, 4, 5, 6, 7]);
});
