/** The case page: everything about one customer's money in one answer, and nothing about who they are. */
import { randomUUID } from 'node:crypto';
import { type ApiUnderTest, startApi } from '../api/api-under-test.ts';
import { confirmDeposit, customer, move, seenDeposit } from '../api/money-fixture.ts';

let api: ApiUnderTest;
let support: { id: string; token: string };
beforeAll(async () => {
  api = await startApi();
  support = await api.user('support');
});
afterAll(() => api.stop());

const caseOf = (id: string, token = support.token) =>
  api.call('GET', `/v1/admin/users/${id}/case`, { token });

test('joins lifecycles, ledger, operations, workflows, notices, reviews and audit of one customer', async () => {
  const bob = await customer(api, 'base', { full_name: 'Hidden Name', email: 'hidden@example.com' });
  const other = await customer(api, 'base');
  await seenDeposit(api, other, '99.00');
  const id = await seenDeposit(api, bob, '12.34');
  await confirmDeposit(api, id);
  await move(api, id, 'off_ramp_started', {
    operations: [
      { step: 'off_ramp:1', provider: 'circle', key: randomUUID(), state: 'accepted', reference: 'c-1' },
    ],
    review: { reason: 'mint_credit_overdue', detail: 'Mint is silent.', due_seconds: 3600 },
    notice: { kind: 'deposit.off_ramp_initiated', body: 'Your USDC is being converted to dollars.' },
  });
  const { rows } = await api.database.pool.query<{ id: string }>(
    'select id from reviews where subject_id = $1',
    [id],
  );
  await api.call('POST', `/v1/admin/reviews/${rows[0]!.id}/claim`, { token: support.token });

  const { status, body } = await caseOf(bob.id);
  expect(status).toBe(200);
  expect(body.user).toMatchObject({ id: bob.id, status: 'active', kyc_status: 'not_started' });
  expect(body.lifecycles.map(({ kind }: { kind: string }) => kind).sort()).toEqual([
    'deposit',
    'kyc',
    'wallet',
  ]);
  expect(body.lifecycles.find(({ kind }: { kind: string }) => kind === 'deposit')).toMatchObject({
    id,
    status: 'off_ramp_initiated',
    amount: '12.34',
    final: false,
    open_reviews: 1,
    happening: expect.stringMatching(/^Circle accepted the transfer/),
    why_path: `/v1/admin/lifecycles/${id}/why`,
    workflow_id: `deposit:${id}`,
    workflow_url: `http://127.0.0.1:8233/namespaces/default/workflows/deposit%3A${id}`,
  });
  expect(body.lifecycles.find(({ kind }: { kind: string }) => kind === 'wallet').workflow_id).toBe(
    `onboarding:${bob.id}`,
  );
  expect(body.accounts).toContainEqual(
    expect.objectContaining({ account: 'customer_converting', owner_id: bob.id, units: '12340000' }),
  );
  expect(body.operations).toMatchObject([{ subject_id: id, step: 'off_ramp:1', reference: 'c-1' }]);
  expect(body.ledger[0]).toMatchObject({ event: 'confirmed', postings: expect.any(Array) });
  expect(body.reviews).toMatchObject([
    { reason: 'mint_credit_overdue', owner_id: support.id, overdue: false },
  ]);
  expect(body.notices[0]).toMatchObject({ kind: 'deposit.off_ramp_initiated', read: false });
  expect(body.audit).toMatchObject([{ action: 'review.claim', actor_id: support.id }]);
  expect(JSON.stringify(body)).not.toMatch(/Hidden Name|hidden@example/);
});

test('a customer who has done nothing yet has a case; somebody who does not exist has none', async () => {
  const { id } = await api.user();
  expect((await caseOf(id)).body).toMatchObject({ ledger: [], reviews: [], lifecycles: [{ kind: 'kyc' }] });
  expect((await caseOf(randomUUID())).status).toBe(404);
});

test('customers see no case, not even their own', async () => {
  const { id, token } = await api.user();
  expect((await caseOf(id, token)).body.code).toBe('role_required');
});
