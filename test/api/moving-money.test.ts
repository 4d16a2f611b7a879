/** What every endpoint that moves money has in common: an active user, KYC approved, the passcode given. */
import { randomUUID } from 'node:crypto';
import { defineRoute } from '../../api/route.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';

const moved: string[] = [];
const moveMoney = defineRoute(
  {
    method: 'POST',
    path: '/test/move',
    operationId: 'moveMoney',
    tag: 'test',
    summary: 'Moves money',
    access: ['user'],
    movesMoney: true,
    stepUp: true,
    responses: { 204: { description: 'Moved.' } },
  },
  ({ caller }) => {
    moved.push(caller.userId);
    return { status: 204 };
  },
);

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({}, {}, { routes: [moveMoney] });
});
afterAll(() => api.stop());

async function approvedUser() {
  const user = await api.user();
  for (const event of ['submitted', 'approved']) {
    await api.database.pool.query(`select transition('kyc', $1, $2, '1')`, [user.id, event]);
  }
  return user;
}
const move = (token: string, stepUp?: string, idempotencyKey: string = randomUUID()) =>
  api.call('POST', '/test/move', {
    token,
    idempotencyKey,
    ...(stepUp === undefined ? {} : { headers: { 'step-up-token': stepUp } }),
  });
const stepUpFor = async (userId: string, sessionId?: string) =>
  (await api.deps.tokens.issue({ userId, role: 'user', ...(sessionId ? { sessionId } : {}) }, 'step_up'))
    .token;

test('an approved, active user with a fresh passcode moves money, once', async () => {
  const { id, token } = await approvedUser();
  const [stepUp, key] = [await stepUpFor(id), randomUUID()];
  expect((await move(token, stepUp, key)).status).toBe(204);
  const again = await move(token, stepUp, key);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([204, 'true']);
  expect(moved.filter((userId) => userId === id)).toHaveLength(1);
});

test('without approved KYC nothing moves', async () => {
  const { id, token } = await api.user();
  expect((await move(token, await stepUpFor(id))).body.code).toBe('kyc_required');
});

test('a suspended user moves nothing', async () => {
  const { id, token } = await approvedUser();
  await api.database.pool.query(`update users set status = 'suspended' where id = $1`, [id]);
  expect((await move(token, await stepUpFor(id))).body.code).toBe('account_suspended');
});

test('the passcode must be given, by the same user, in the same sign-in, not long ago', async () => {
  const { id, token } = await approvedUser();
  const other = await approvedUser();
  const { token: expired } = await api.deps.tokens.issue({ userId: id, role: 'user' }, 'step_up', -1);
  for (const stepUp of [
    undefined,
    'x',
    token,
    expired,
    await stepUpFor(other.id),
    await stepUpFor(id, randomUUID()),
  ]) {
    expect((await move(token, stepUp)).body.code).toBe('step_up_required');
  }
  expect(moved).not.toContain(id);
});

test('a request that lacked the passcode goes on with the same key', async () => {
  const { id, token } = await approvedUser();
  const key = randomUUID();
  expect((await move(token, undefined, key)).status).toBe(403);
  expect((await move(token, await stepUpFor(id), key)).status).toBe(204);
});

test('a body for an endpoint that takes none is refused', async () => {
  const { id, token } = await approvedUser();
  const answer = await api.call('POST', '/test/move', {
    token,
    body: { amount: '1' },
    headers: { 'step-up-token': await stepUpFor(id) },
  });
  expect(answer.body.errors).toEqual([
    { in: 'body', pointer: '/amount', detail: 'This field is not known here.' },
  ]);
});

test('support and admin move no money', async () => {
  for (const role of ['support', 'admin'] as const) {
    expect((await move((await api.user(role)).token)).body.code).toBe('role_required');
  }
});
