/** Outgoing webhooks end to end: signed, tried again, given up, turned off, sent again; nobody waits for another. */
import { createTemporalClient } from '../../temporal/client.ts';
import { createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { type Receiver, startReceiver, verifies } from '../support/webhook-receiver.ts';

let stack: TestStack;
let admin: string;
let adminId: string;
let receiver: Receiver;

beforeAll(async () => {
  stack = await startStack();
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '10000.00' });
  const { rows } = await stack.database.pool.query<{ id: string }>(
    `insert into users (auth_provider_id, role) values ('test:admin', 'admin') returning id`,
  );
  adminId = rows[0]?.id ?? '';
  admin = await stack.token(adminId, 'admin');
});
beforeEach(async () => {
  await setPolicy({});
  receiver = await startReceiver();
});
afterEach(async () => {
  await stack.database.pool.query(`update webhook_endpoints set status = 'disabled'`);
  await receiver.stop();
});
afterAll(() => stack?.stop());

/** Tries that follow each other in a moment instead of over days. */
async function setPolicy(change: Record<string, number>): Promise<void> {
  const value = { firstRetrySeconds: 0.1, longestRetrySeconds: 0.4, timeoutSeconds: 1, ...change };
  await stack.call('PUT', '/v1/admin/settings/webhook_policy', {
    token: admin,
    body: { value, reason: 'a test' },
  });
}

const call = (method: string, path: string, body?: unknown) =>
  stack.call(method, `/v1/webhook-endpoints${path}`, {
    token: admin,
    ...(body === undefined ? {} : { body }),
  });

async function register(event_types: string[], url = `${receiver.url}/hook`) {
  const { status, body } = await call('POST', '', { url, event_types });
  expect(status).toBe(201);
  return body as { id: string; secret: string };
}

const delivery = async (endpoint: string, id: string) =>
  (await call('GET', `/${endpoint}/deliveries/${id}`)).body;

/** Sends a test event, and waits until its delivery looks like that. */
async function tested(endpoint: string, what: string, fits: (found: Delivery) => boolean): Promise<Delivery> {
  const { body } = await call('POST', `/${endpoint}/test`);
  return eventually(what, async () => {
    const found: Delivery = await delivery(endpoint, body.delivery_id);
    if (!fits(found)) throw new Error(JSON.stringify(found));
    return found;
  });
}

interface Delivery {
  readonly id: string;
  readonly message_id: string;
  readonly state: string;
  readonly attempts: number;
  readonly log: readonly { http_status: number | null; error: string | null; answer: string | null }[];
}

const delivered = ({ state }: Delivery) => state === 'delivered';
const triedTwice = ({ attempts }: Delivery) => attempts >= 2;

test('the steps of a deposit arrive signed, each once, and only those that were asked for', async () => {
  const { secret } = await register(['deposit.confirmed_on_chain', 'deposit.broker_funded']);
  const customer = await createCustomer(stack);
  await customer.receive({ amount: '25.00' });
  const { id } = await customer.depositReaches('broker_funded');
  await eventually('both events have arrived', () => receiver.received.length >= 2);
  const events = receiver.received.map(({ body }) => JSON.parse(body));
  expect(events.map(({ type }) => type).sort()).toEqual([
    'deposit.broker_funded',
    'deposit.confirmed_on_chain',
  ]);
  const funded = events.find(({ type }) => type === 'deposit.broker_funded');
  expect(funded).toEqual({
    type: 'deposit.broker_funded',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    data: {
      ...{ id, user_id: customer.id, lifecycle: 'deposit', event: 'broker_funded' },
      ...{ state: 'broker_funded', previous_state: 'off_ramp_complete' },
    },
  });
  for (const one of receiver.received) {
    expect(verifies(one, secret)).toBe(true);
    expect(one.headers['content-type']).toBe('application/json');
  }
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
});

test('a changed body, another secret, another time and another id do not verify', async () => {
  const { id, secret } = await register(['*']);
  await tested(id, 'the test is delivered', delivered);
  const [one] = receiver.received;
  if (!one) throw new Error('nothing has arrived');
  expect(verifies(one, secret)).toBe(true);
  expect(verifies({ ...one, body: `${one.body} ` }, secret)).toBe(false);
  expect(verifies(one, `whsec_${Buffer.alloc(32, 7).toString('base64')}`)).toBe(false);
  expect(verifies(one, secret, Date.now() / 1000 + 301)).toBe(false);
  expect(verifies({ ...one, headers: { ...one.headers, 'webhook-id': 'msg_other' } }, secret)).toBe(false);
});

test('a notice reaches the backend unless the customer turned that off', async () => {
  await register(['notification.created']);
  const customer = await createCustomer(stack);
  await stack.call('PUT', '/v1/me/notification-preferences', {
    token: await stack.token(customer.id),
    body: { preferences: [{ kind: 'deposit.confirmed_on_chain', webhook: false }] },
  });
  await customer.receive({ amount: '5.00' });
  const { id } = await customer.depositReaches('broker_funded');
  const ofDeposit = () =>
    receiver.received.map(({ body }) => JSON.parse(body).data).filter(({ subject_id }) => subject_id === id);
  await eventually('a notice has arrived', () => ofDeposit().length > 0);
  expect(ofDeposit()).toEqual([
    {
      id: expect.any(String),
      ...{ user_id: customer.id, subject_id: id, kind: 'deposit.broker_funded', title: 'Deposit complete' },
      body: 'Done: the dollars are in your account, ready to invest.',
    },
  ]);
});

test('after a rotation both secrets sign, and after its time only the new one', async () => {
  await setPolicy({ rotationSeconds: 3600 });
  const { id, secret: old } = await register(['*']);
  const { body: rotated } = await call('POST', `/${id}/rotate-secret`);
  expect([rotated.secrets, rotated.secret === old]).toEqual([2, false]);
  await tested(id, 'the test is delivered', delivered);
  const both = receiver.received.at(-1);
  expect([both && verifies(both, old), both && verifies(both, rotated.secret)]).toEqual([true, true]);
  await stack.database.pool.query(
    `update webhook_endpoints set secrets = jsonb_set(secrets, '{1,expires_at}', '"2020-01-01T00:00:00Z"')
     where id = $1`,
    [id],
  );
  await tested(id, 'the test is delivered', delivered);
  const later = receiver.received.at(-1);
  expect([later && verifies(later, old), later && verifies(later, rotated.secret)]).toEqual([false, true]);
  expect((await call('GET', `/${id}`)).body.secrets).toBe(1);
});

test.each([
  ['a 500', (response) => response.writeHead(500).end('we are sorry'), 500, /^It answered 500\.$/],
  ['a 404', (response) => response.writeHead(404).end(), 404, /^It answered 404\.$/],
  [
    'a redirect',
    (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    302,
    /not followed/,
  ],
  ['a cut connection', (response) => response.destroy(), null, /^The connection was cut\.$/],
  ['no answer', () => undefined, null, /^No answer within 1 s\.$/],
] as [string, Parameters<Receiver['answer']>[0], number | null, RegExp][])(
  '%s: it is tried again under the same id until it is taken',
  async (_what, how, http_status, error) => {
    receiver.answer((response, request) => {
      if (receiver.received.length === 1) how(response, request);
      else response.writeHead(200).end('thank you');
    });
    const { id } = await register(['*']);
    const done = await tested(id, 'the test is delivered', delivered);
    expect(done.log).toEqual([
      expect.objectContaining({ http_status, error: expect.stringMatching(error) }),
      expect.objectContaining({ http_status: 200, error: null, answer: 'thank you' }),
    ]);
    expect(receiver.received.map(({ headers, path }) => [headers['webhook-id'], path])).toEqual([
      [done.message_id, '/hook'],
      [done.message_id, '/hook'],
    ]);
    expect(receiver.received[0]?.body).toBe(receiver.received[1]?.body);
  },
);

test('an endless answer is cut off; its status counts', async () => {
  receiver.answer((response) => {
    response.writeHead(200);
    const chunk = 'x'.repeat(64 * 1024);
    const push = () => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', push);
    };
    push();
  });
  const { id } = await register(['*']);
  const done = await tested(id, 'the test is delivered', delivered);
  expect(done.log[0]?.answer?.length).toBeLessThanOrEqual(500);
});

test('an endpoint that is silent holds up no other one', async () => {
  await setPolicy({ timeoutSeconds: 30 });
  const silent = await startReceiver();
  try {
    silent.answer(() => undefined);
    const stuck = await register(['*'], `${silent.url}/hook`);
    await call('POST', `/${stuck.id}/test`);
    await eventually('the silent one is being tried', () => silent.received.length > 0);
    const { id } = await register(['*']);
    await tested(id, 'the other one is delivered', delivered);
    expect((await call('GET', `/${stuck.id}/deliveries`)).body.data[0].state).toBe('pending');
  } finally {
    await silent.stop();
  }
});

test('500 events at once arrive once each', async () => {
  const { id } = await register(['*']);
  await stack.database.pool.query(
    `select queue_webhook('deposit.failed', gen_random_uuid(), jsonb_build_object('n', n))
     from generate_series(1, 500) n`,
  );
  await eventually('all are delivered', async () => {
    const { rows } = await stack.database.pool.query(
      `select state, count(*)::int as n from webhook_deliveries where endpoint_id = $1 group by state`,
      [id],
    );
    expect(rows).toEqual([{ state: 'delivered', n: 500 }]);
    return true;
  });
  const numbers = receiver.received.map(({ body }) => JSON.parse(body).data.n as number);
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
});

test('a delivery that fails for too long is given up, and can be sent again under its id', async () => {
  await setPolicy({ giveUpAfterSeconds: 0.5 });
  receiver.answer((response) => response.writeHead(503).end());
  const { id } = await register(['*']);
  const lost = await tested(id, 'it is given up', ({ state }) => state === 'failed');
  expect(lost.attempts).toBeGreaterThan(1);
  receiver.answer((response) => response.writeHead(204).end());
  expect((await call('POST', `/${id}/deliveries/${lost.id}/resend`)).status).toBe(202);
  const again = await eventually('it is delivered', async () => {
    const found: Delivery = await delivery(id, lost.id);
    return delivered(found) && found;
  });
  expect(again.message_id).toBe(lost.message_id);
  expect(receiver.received.at(-1)?.headers['webhook-id']).toBe(lost.message_id);
});

test('a Retry-After is kept, as far as our longest pause', async () => {
  await setPolicy({ longestRetrySeconds: 3600 });
  receiver.answer((response) => response.writeHead(429, { 'retry-after': '600' }).end());
  const { id } = await register(['*']);
  const waiting = await tested(id, 'it waits', ({ log }) => log.length === 1);
  const { next_attempt_at } = await delivery(id, waiting.id);
  const pause = (Date.parse(next_attempt_at) - Date.now()) / 1000;
  expect(pause).toBeGreaterThan(500);
  expect(pause).toBeLessThanOrEqual(600);
});

test('takes nothing for days: it is turned off, its owner is told; on again, it gets what waited', async () => {
  receiver.answer((response) => response.writeHead(500).end());
  const { id } = await register(['*']);
  await tested(id, 'it has failed', triedTwice);
  await stack.database.pool.query(
    `update webhook_endpoints set failing_since = now() - interval '6 days' where id = $1`,
    [id],
  );
  const off = await eventually('it is turned off', async () => {
    const { body } = await call('GET', `/${id}`);
    return body.status === 'disabled' && body;
  });
  expect(off.disabled_reason).toMatch(/^it has taken nothing since \d{4}-/);
  const notices = await stack.call('GET', '/v1/notifications', { token: admin });
  expect(notices.body.data[0]).toMatchObject({ kind: 'webhook_endpoint.disabled', subject_id: id });
  const { body: audit } = await stack.call('GET', `/v1/admin/audit-log?subject_id=${id}`, { token: admin });
  expect(audit.data[0]).toMatchObject({
    action: 'webhook_endpoint_disabled',
    actor_role: 'system',
    actor_id: null,
  });
  expect((await call('POST', `/${id}/test`)).body.code).toBe('webhook_endpoint_off');
  receiver.answer((response) => response.writeHead(204).end());
  expect((await call('PATCH', `/${id}`, { status: 'enabled' })).body).toMatchObject({
    status: 'enabled',
    disabled_reason: null,
    failing_since: null,
  });
  await eventually('what waited is delivered', async () => {
    const { body } = await call('GET', `/${id}/deliveries`);
    return body.data.every(delivered);
  });
});

test('410 Gone turns an endpoint off at once', async () => {
  receiver.answer((response) => response.writeHead(410).end());
  const { id } = await register(['*']);
  await tested(id, 'it is given up', ({ state }) => state === 'failed');
  expect((await call('GET', `/${id}`)).body).toMatchObject({
    status: 'disabled',
    disabled_reason: 'it answered 410 Gone.',
  });
});

test('a worker that dies in the middle of a delivery: the next one delivers it', async () => {
  await setPolicy({ timeoutSeconds: 60 });
  receiver.answer((response) => {
    if (receiver.received.length > 1) response.writeHead(204).end();
  });
  const { id } = await register(['*']);
  const { body } = await call('POST', `/${id}/test`);
  await eventually('it is being sent', () => receiver.received.length === 1);
  await stack.worker.kill();
  await stack.worker.restart();
  await eventually('it is delivered', async () => delivered(await delivery(id, body.delivery_id)), {
    timeoutMs: 90_000,
  });
}, 120_000);

test('the workflow of an endpoint runs only while something is to be delivered; the dispatcher always', async () => {
  const { id } = await register(['*']);
  await tested(id, 'the test is delivered', delivered);
  const temporal = await createTemporalClient(stack.config);
  try {
    const ended = temporal.workflow.getHandle(`webhook-delivery:${id}`);
    await ended.result();
    expect(await ended.describe()).toMatchObject({ type: 'webhookDelivery', status: { name: 'COMPLETED' } });
    const dispatcher = await temporal.workflow.getHandle('webhook-dispatch:main').describe();
    expect(dispatcher).toMatchObject({ type: 'webhookDispatch', status: { name: 'RUNNING' } });
  } finally {
    await temporal.connection.close();
  }
});

test('a deleted endpoint gets nothing more and is gone', async () => {
  const { id } = await register(['*']);
  expect((await call('DELETE', `/${id}`)).status).toBe(204);
  expect((await call('GET', `/${id}`)).status).toBe(404);
  expect((await call('POST', `/${id}/test`)).status).toBe(404);
  const { rows } = await stack.database.pool.query(
    `select queue_webhook('deposit.failed', null, '{}') as id`,
  );
  expect(rows[0].id).toBeNull();
});
