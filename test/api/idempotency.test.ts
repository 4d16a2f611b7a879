/** Every write once: replays, conflicts, crowds, and processes that die in the middle. */
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';
import { APPLICATION } from './examples.ts';

let api: ApiUnderTest;
let admin: { id: string; token: string };
beforeAll(async () => {
  api = await startApi();
  admin = await api.user('admin');
});
afterAll(() => api.stop());

const suspend = (userId: string, idempotencyKey: string, reason = 'a reason') =>
  api.call('POST', `/v1/admin/users/${userId}/suspend`, {
    token: admin.token,
    idempotencyKey,
    body: { reason },
  });
const lastOperationId = () => (api.asked.at(-1) as { request: { operationId: string } }).request.operationId;
const auditRows = async (userId: string) =>
  (await api.database.pool.query('select 1 from audit_log where subject_id = $1', [userId])).rowCount;

test('a write without a key is refused', async () => {
  const { id } = await api.user();
  const response = await fetch(`${api.url}/v1/admin/users/${id}/suspend`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
    body: '{"reason":"a reason"}',
  });
  expect(await response.json()).toMatchObject({ status: 400, code: 'idempotency_key_missing' });
  expect(await auditRows(id)).toBe(0);
});

test.each(['x'.repeat(129), 'has space', 'ümlaut'])('a malformed key is refused', async (key) => {
  const { id } = await api.user();
  expect((await suspend(id, key)).body.code).toBe('idempotency_key_malformed');
});

test('the same key and body get the same answer, marked as a replay', async () => {
  const { id } = await api.user();
  const key = randomUUID();
  const first = await suspend(id, key);
  const again = await suspend(id, key);
  expect(first.status).toBe(200);
  expect(first.headers.has('idempotent-replayed')).toBe(false);
  expect(again).toMatchObject({ status: 200, body: first.body });
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
  expect(await auditRows(id)).toBe(1);
});

test('the order of fields in the body does not matter', async () => {
  const { token } = await api.user();
  const key = randomUUID();
  const first = await api.call('PATCH', '/v1/me', {
    token,
    idempotencyKey: key,
    body: { full_name: 'A', email: null },
  });
  const again = await api.call('PATCH', '/v1/me', {
    token,
    idempotencyKey: key,
    body: { email: null, full_name: 'A' },
  });
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
});

test('the same key with another body or path is refused', async () => {
  const { id } = await api.user();
  const key = randomUUID();
  await suspend(id, key);
  expect(await suspend(id, key, 'another reason')).toMatchObject({
    status: 422,
    body: { code: 'idempotency_key_reused' },
  });
  const other = await api.user();
  expect((await suspend(other.id, key)).status).toBe(422);
});

test('two callers may use the same key', async () => {
  const key = randomUUID();
  const [one, two] = [await api.user(), await api.user()];
  for (const { token } of [one, two]) {
    const answer = await api.call('PATCH', '/v1/me', {
      token,
      idempotencyKey: key,
      body: { full_name: 'Same' },
    });
    expect(answer.headers.has('idempotent-replayed')).toBe(false);
  }
});

test('of fifty at once one runs; the others wait or get its answer', async () => {
  const { id } = await api.user();
  const key = randomUUID();
  const answers = await Promise.all(Array.from({ length: 50 }, () => suspend(id, key)));
  const ran = answers.filter(({ status, headers }) => status === 200 && !headers.has('idempotent-replayed'));
  expect(ran).toHaveLength(1);
  for (const { status, body, headers } of answers) {
    if (status === 409)
      expect([body.code, headers.get('retry-after')]).toEqual(['idempotency_in_progress', '1']);
    else expect(body).toEqual(ran[0]?.body);
  }
  expect(await auditRows(id)).toBe(1);
});

test('a refusal is kept too', async () => {
  const key = randomUUID();
  const missing = randomUUID();
  const first = await suspend(missing, key);
  const again = await suspend(missing, key);
  expect(first.body.code).toBe('not_found');
  expect(again.body).toEqual(first.body);
  expect(again.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(again.headers.get('idempotent-replayed')).toBe('true');
});

test('a failure of ours is not kept: the same key works once it is over', async () => {
  let broken = true;
  const sent: string[] = [];
  const flaky = await startApi({
    sms: {
      send: async ({ to }) => {
        if (broken) throw new Error('defect');
        sent.push(to);
      },
    },
  });
  try {
    const request = { idempotencyKey: randomUUID(), body: { phone_number: '+15550009999' } };
    expect((await flaky.call('POST', '/v1/auth/phone/start', request)).status).toBe(500);
    broken = false;
    expect((await flaky.call('POST', '/v1/auth/phone/start', request)).status).toBe(202);
    expect(sent).toEqual(['+15550009999']);
  } finally {
    await flaky.stop();
  }
});

test('a key whose process died is busy until its lease ends, then runs again under the same name', async () => {
  const { token } = await api.user();
  const key = randomUUID();
  const submit = () => api.call('POST', '/v1/me/kyc', { token, idempotencyKey: key, body: APPLICATION });
  expect((await submit()).status).toBe(202);
  const named = lastOperationId();
  const undo = (lease: string) =>
    api.database.pool.query(
      `update idempotency_keys set status = null, body = null, leased_until = now() + $2::interval where key = $1`,
      [key, lease],
    );
  await undo('1 minute');
  expect((await submit()).body.code).toBe('idempotency_in_progress');
  await undo('-1 second');
  expect((await submit()).status).toBe(202);
  expect(lastOperationId()).toBe(named);
});

test('a write that takes too long is answered, goes on, and its answer is fetched with the same key', async () => {
  let runs = 0;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const slow = await startApi({
    answerDeadlineMs: 1_000,
    onboarding: {
      submit: async () => {
        runs += 1;
        await finished;
        return 'accepted';
      },
      addDocument: async () => 'not_open',
    },
  });
  try {
    const { token } = await slow.user();
    const submit = () =>
      slow.call('POST', '/v1/me/kyc', { token, idempotencyKey: 'slow', body: APPLICATION });
    const late = await submit();
    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '2']);
    expect((await submit()).body.code).toBe('idempotency_in_progress');
    finish();
    const answer = await eventually('the kept answer', async () => {
      const again = await submit();
      return again.status === 202 && again;
    });
    expect(answer.headers.get('idempotent-replayed')).toBe('true');
    expect(runs).toBe(1);
  } finally {
    await slow.stop();
  }
});

test('a write costs two round trips beside its own', async () => {
  const { token } = await api.user();
  const before = api.deps.database.roundTrips();
  await api.call('PATCH', '/v1/me', { token, body: { full_name: 'Counted' } });
  expect(api.deps.database.roundTrips() - before).toBe(3);
});
