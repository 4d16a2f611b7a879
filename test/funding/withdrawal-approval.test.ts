/** Large withdrawals: two people approve, one rejects, the time runs out; who receives is kept sealed. */
import { randomUUID } from 'node:crypto';
import { openCustomerKey, openJson } from '../../db/funding/customer-key.ts';
import { type TravelRule, travelRuleContext } from '../../domain/funding/travel-rule.ts';
import { balanceOf, expectCleanLedger } from '../support/books.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { createWithdrawer, newStaff, setSetting, type Withdrawer, withdraw } from '../support/withdrawer.ts';

const LIMITS = { perHour: 1000, approvalFromUsd: '50.00', travelRuleFromUsd: '60.00' };

/** Looks up at once instead of after half a minute, should an event get lost. */
const QUICK = { lookUpAfterSeconds: [0.5], retryAfterSeconds: [0.5] };

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '100000.00' });
  await setSetting(stack, 'address_policy', { coolDownSeconds: 0, retryAfterSeconds: [0.3] });
  await setSetting(stack, 'withdrawal_limits', LIMITS);
  await setSetting(stack, 'withdrawal_policy', QUICK);
}, 120_000);
afterAll(() => stack.stop());

/** A withdrawal that waits for its approvals. */
async function waiting(): Promise<{ ada: Withdrawer; id: string }> {
  const ada = await createWithdrawer(stack, '100.00');
  const body = { address_id: await ada.usableAddress(), amount_usd: '50.00' };
  const answer = await withdraw(stack, ada, body);
  expect(answer).toMatchObject({
    status: 201,
    body: { status: 'awaiting_approval', estimated_arrival_at: null },
  });
  expect(answer.body.approval_expires_at).not.toBeNull();
  return { ada, id: answer.body.id };
}
const decide = (
  token: string,
  id: string,
  decision: 'approve' | 'reject',
  idempotencyKey: string = randomUUID(),
) =>
  stack.call('POST', `/v1/admin/withdrawals/${id}/approvals`, {
    token,
    idempotencyKey,
    body: { decision, note: 'Looked at by the test.' },
  });
const statusOf = async (ada: Withdrawer, id: string): Promise<string> =>
  (await stack.call('GET', `/v1/withdrawals/${id}`, { token: ada.token })).body.status;
const reaches = (ada: Withdrawer, id: string, status: string) =>
  eventually(
    `the withdrawal is ${status}`,
    async () => {
      const now = await statusOf(ada, id);
      if (now !== status) throw new Error(`it is ${now}`);
      return true;
    },
    { timeoutMs: 40_000 },
  );
const cash = (ada: Withdrawer) => balanceOf(stack.database.pool, 'customer_cash', ada.id);

test('two different people approve; the same person twice counts once, and is told so', async () => {
  const { ada, id } = await waiting();
  const [one, two] = [await newStaff(stack), await newStaff(stack, 'admin')];
  const key = randomUUID();
  expect(await decide(one.token, id, 'approve', key)).toMatchObject({
    status: 200,
    body: { status: 'awaiting_approval', approvals: [{ staff_id: one.id, decision: 'approve' }] },
  });
  expect((await decide(one.token, id, 'approve', key)).headers.get('idempotent-replayed')).toBe('true');
  for (const again of ['approve', 'reject'] as const) {
    expect(await decide(one.token, id, again)).toMatchObject({
      status: 409,
      body: { code: 'approval_refused' },
    });
  }
  expect(await statusOf(ada, id)).toBe('awaiting_approval');
  expect((await decide(two.token, id, 'approve')).body.approvals).toHaveLength(2);
  await reaches(ada, id, 'complete');
  expect(await decide((await newStaff(stack)).token, id, 'reject')).toMatchObject({
    status: 409,
    body: { code: 'approval_not_open' },
  });
  const { rows } = await stack.database.pool.query(
    `select actor_id, action from audit_log where subject_id = $1 and subject_kind = 'withdrawal' order by id`,
    [id],
  );
  expect(rows).toEqual([
    { actor_id: one.id, action: 'withdrawal.approve' },
    { actor_id: two.id, action: 'withdrawal.approve' },
  ]);
  await expectCleanLedger(stack.database.pool);
}, 60_000);

test('two people at the very same moment are two approvals, and the withdrawal goes on once', async () => {
  const { ada, id } = await waiting();
  const people = [await newStaff(stack), await newStaff(stack), await newStaff(stack)];
  const answers = await Promise.all(people.map(({ token }) => decide(token, id, 'approve')));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 409]);
  await reaches(ada, id, 'complete');
}, 60_000);

test('one person rejects: nothing has moved, and everything is in the balance again', async () => {
  const { ada, id } = await waiting();
  expect(await cash(ada)).toBe(50_000_000n);
  expect((await decide((await newStaff(stack)).token, id, 'reject')).body).toMatchObject({
    status: 'canceled',
  });
  expect(await cash(ada)).toBe(100_000_000n);
  const { body } = await stack.call('GET', `/v1/withdrawals/${id}`, { token: ada.token });
  expect(body).toMatchObject({ status: 'canceled', final: true, failure_reason: 'It was not approved.' });
});

test('nobody approves their own withdrawal, also not as staff', async () => {
  const { ada, id } = await waiting();
  await stack.database.pool.query(`update users set role = 'admin' where id = $1`, [ada.id]);
  const token = await stack.token(ada.id, 'admin');
  expect(await decide(token, id, 'approve')).toMatchObject({
    status: 409,
    body: { code: 'approval_refused', detail: 'Nobody approves their own withdrawal.' },
  });
  expect((await decide(ada.token, id, 'approve')).body.code).toBe('role_required');
});

test('the customer cancels while it waits, and hears why not when it is too late', async () => {
  const { ada, id } = await waiting();
  const cancel = () => stack.call('POST', `/v1/withdrawals/${id}/cancel`, { token: ada.token });
  expect((await cancel()).body).toMatchObject({ status: 'canceled', final: true });
  expect(await cash(ada)).toBe(100_000_000n);
  expect((await cancel()).status).toBe(200);
  const eve = await createWithdrawer(stack);
  const foreign = await stack.call('POST', `/v1/withdrawals/${id}/cancel`, { token: eve.token });
  expect(foreign.status).toBe(404);
  const other = await withdraw(stack, ada, { address_id: await ada.usableAddress(), amount_usd: '10.00' });
  await reaches(ada, other.body.id, 'complete');
  const late = await stack.call('POST', `/v1/withdrawals/${other.body.id}/cancel`, { token: ada.token });
  expect(late).toMatchObject({
    status: 409,
    body: { code: 'withdrawal_over', detail: 'This withdrawal has ended already: it is complete.' },
  });
}, 60_000);

test('without approvals it is canceled when its time is over', async () => {
  await setSetting(stack, 'withdrawal_policy', { ...QUICK, approvalExpiresSeconds: 1 });
  const { ada, id } = await waiting();
  await setSetting(stack, 'withdrawal_policy', QUICK);
  await reaches(ada, id, 'canceled');
  expect(await cash(ada)).toBe(100_000_000n);
  expect((await decide((await newStaff(stack)).token, id, 'approve')).body.code).toBe('approval_not_open');
});

test('from the threshold on the beneficiary is asked for, and kept sealed', async () => {
  const ada = await createWithdrawer(stack, '100.00');
  const body = { address_id: await ada.usableAddress(), amount_usd: '60.00' };
  expect(await withdraw(stack, ada, body)).toMatchObject({
    status: 422,
    body: { code: 'beneficiary_required', figures: { from_usd: '60.00' } },
  });
  const beneficiary = { kind: 'other', name: 'Grace Hopper', wallet: 'service' };
  expect((await withdraw(stack, ada, { ...body, beneficiary })).body.errors).toEqual([
    {
      in: 'body',
      pointer: '/beneficiary/service_name',
      detail: 'Is needed when a service holds the wallet.',
    },
  ]);
  const full = { ...beneficiary, service_name: 'An Exchange' };
  const { body: taken } = await withdraw(stack, ada, { ...body, beneficiary: full });
  const { rows } = await stack.database.pool.query<{ sealed: Buffer; key_id: string; sealed_key: string }>(
    `select w.sealed_travel_rule as sealed, k.key_id, encode(k.sealed_key, 'hex') as sealed_key
     from withdrawals w join user_keys k on k.user_id = w.user_id where w.id = $1`,
    [taken.id],
  );
  const { sealed, ...stored } = rows[0]!;
  expect(sealed.toString('latin1')).not.toContain('Hopper');
  const key = openCustomerKey(ada.id, stored, stack.config.fields);
  expect(openJson<TravelRule>(key, sealed, travelRuleContext(taken.id))).toMatchObject({
    originator: { account_id: ada.alpacaAccountId },
    beneficiary: full,
    address: taken.destination_address,
    amount_usd: '60.00',
  });
  expect(JSON.stringify(taken)).not.toContain('Hopper');
  expect(stack.logs()).not.toContain('Hopper');
});
