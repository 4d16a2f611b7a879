/** What our own people read and do: users, lifecycles, reviews, the audit log. */
import { randomUUID } from 'node:crypto';
import { type ApiUnderTest, startApi } from './api-under-test.ts';
import { confirmDeposit, customer, seenDeposit } from './money-fixture.ts';

let api: ApiUnderTest;
let support: { id: string; token: string };
let admin: { id: string; token: string };
beforeAll(async () => {
  api = await startApi();
  support = await api.user('support');
  admin = await api.user('admin');
});
afterAll(() => api.stop());

const get = (path: string, token = support.token) => api.call('GET', path, { token });

test('users are found by e-mail address, phone number and state', async () => {
  const { id } = await api.user('user', { email: 'find@example.com', phone_number: '+15557770001' });
  for (const search of ['find@example.com', 'FIND@example.com', '+15557770001']) {
    const { body } = await get(`/v1/admin/users?search=${encodeURIComponent(search)}`);
    expect(body.data.map((user: { id: string }) => user.id)).toEqual([id]);
  }
  expect((await get('/v1/admin/users?kyc_status=approved')).body.data).toEqual([]);
  expect((await get(`/v1/admin/users/${id}`)).body).toMatchObject({
    id,
    email: 'find@example.com',
    kyc_results: null,
  });
  expect((await get(`/v1/admin/users/${randomUUID()}`)).status).toBe(404);
});

test('suspending and activating is written to the audit log with who, why and which request, once', async () => {
  const { id } = await api.user();
  const change = (verb: string, reason: string) =>
    api.call('POST', `/v1/admin/users/${id}/${verb}`, { token: admin.token, body: { reason } });
  const suspended = await change('suspend', 'a lost phone');
  expect(suspended.body.status).toBe('suspended');
  expect((await change('suspend', 'again')).body.status).toBe('suspended');
  expect((await change('activate', 'found it')).body.status).toBe('active');
  const { body } = await get(`/v1/admin/audit-log?subject_id=${id}`, admin.token);
  expect(body.data.map(({ action, detail }: { action: string; detail: object }) => [action, detail])).toEqual(
    [
      ['user_activated', { reason: 'found it' }],
      ['user_suspended', { reason: 'a lost phone' }],
    ],
  );
  expect(body.data[1]).toMatchObject({
    actor_id: admin.id,
    actor_role: 'admin',
    request_id: suspended.headers.get('x-request-id'),
  });
});

test('a lifecycle is explained with its events, ledger and workflow, without personal data', async () => {
  const bob = await customer(api, 'solana', { full_name: 'Hidden Name', passcode_hash: 'hidden-hash' });
  const id = await seenDeposit(api, bob, '12.34');
  await confirmDeposit(api, id);
  const { body } = await get(`/v1/admin/lifecycles/deposit/${id}`);
  expect(body).toMatchObject({
    user_id: bob.id,
    status: 'confirmed_on_chain',
    waits_for: 'circle',
    workflow_id: `deposit:${id}`,
    workflow_url: `http://127.0.0.1:8233/namespaces/default/workflows/deposit%3A${id}`,
    row: { amount_usd: '12.34', chain: 'solana' },
  });
  expect(body.events.map(({ event }: { event: string }) => event)).toEqual(['seen', 'confirmed']);
  const sum = body.ledger.reduce(
    (total: bigint, { amount }: { amount: string }) => total + BigInt(amount),
    0n,
  );
  expect([body.ledger.length > 0, sum]).toEqual([true, 0n]);
  const onboarding = await get(`/v1/admin/lifecycles/kyc/${bob.id}`);
  expect(onboarding.body.workflow_id).toBe(`onboarding:${bob.id}`);
  expect(JSON.stringify(onboarding.body)).not.toMatch(/Hidden Name|hidden-hash/);
  expect((await get(`/v1/admin/lifecycles/wallet/${bob.walletId}`)).body.status).toBe('active');
  expect((await get(`/v1/admin/lifecycles/deposit/${randomUUID()}`)).status).toBe(404);
});

describe('reviews', () => {
  async function openReview(userId: string) {
    const { rows } = await api.database.pool.query(
      `insert into reviews (lifecycle, subject_id, user_id, reason, detail, due_at)
       values ('deposit', $1, $2, 'off_ramp_failed', 'Decide: retry or refund.', now() + interval '1 hour')
       returning id`,
      [randomUUID(), userId],
    );
    return rows[0].id as string;
  }

  test('are listed by state and user', async () => {
    const { id } = await api.user();
    const review = await openReview(id);
    const { body } = await get(`/v1/admin/reviews?state=open&user_id=${id}`);
    expect(body.data).toMatchObject([{ id: review, reason: 'off_ramp_failed', decided_at: null }]);
    expect((await get(`/v1/admin/reviews?state=decided&user_id=${id}`)).body.data).toEqual([]);
    expect((await get(`/v1/admin/reviews/${review}`)).body.id).toBe(review);
  });

  test('a decision is handed to the lifecycle with who decided and why', async () => {
    const decisions: object[] = [];
    const deciding = await startApi({
      reviews: {
        decide: async (decision) => {
          decisions.push(decision);
          return decisions.length === 1 ? 'decided' : 'already_decided';
        },
      },
    });
    try {
      const { id, token } = await deciding.user('support');
      const { rows } = await deciding.database.pool.query(
        `insert into reviews (lifecycle, subject_id, reason, detail, due_at)
         values ('deposit', gen_random_uuid(), 'x', 'y', now()) returning id`,
      );
      const decide = () =>
        deciding.call('POST', `/v1/admin/reviews/${rows[0].id}/decision`, {
          token,
          body: { decision: 'retry', note: 'Circle is back.' },
        });
      expect((await decide()).body.id).toBe(rows[0].id);
      expect(decisions[0]).toMatchObject({
        reviewId: rows[0].id,
        decision: 'retry',
        note: 'Circle is back.',
        decidedBy: id,
      });
      expect(await decide()).toMatchObject({ status: 409, body: { code: 'review_closed' } });
    } finally {
      await deciding.stop();
    }
  });
});
