/** Kill switches on running lifecycles: they hold before the next provider call, say so, and go on by themselves. */
import { apply, newCustomer, onboardingOf, setOnboardingPolicy } from '../support/applicant.ts';
import { expectCleanLedger, payments, paymentsFor } from '../support/books.ts';
import { type Customer, createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { clearFaults, plant, reviewOpens, setDepositPolicy } from '../support/trouble.ts';

let stack: TestStack;
let customer: Customer;
let admin: string;

beforeAll(async () => {
  stack = await startStack();
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '10000.00' });
  const { rows } = await stack.database.pool.query<{ id: string }>(
    `insert into users (auth_provider_id, role) values ('test:admin', 'admin') returning id`,
  );
  admin = await stack.token(rows[0]?.id ?? '', 'admin');
});
beforeEach(async () => {
  // Look-ups an hour apart: whatever goes on at once was told.
  await setDepositPolicy(stack, { retryAfterSeconds: [3600] });
  customer = await createCustomer(stack);
});
afterEach(async () => {
  await stack.database.pool.query('update switches set off = false');
  await clearFaults(stack);
  await expectCleanLedger(stack.database.pool);
});
afterAll(() => stack?.stop());

const set = (key: string, off: boolean, reason = 'an outage at the company') =>
  stack.call('PUT', `/v1/admin/switches/${key}`, { token: admin, body: { off, reason } });

const held = () =>
  eventually('the deposit is held', async () => {
    const row = (await customer.deposits()).at(-1);
    return row?.waiting_for === 'paused' && row;
  });

const heldBy = async (key: string) => {
  const { body } = await stack.call('GET', '/v1/admin/switches', { token: admin });
  return body.data.find((row: { key: string }) => row.key === key).held;
};

const RAILS_OF_CONVERSION = ['deposits', 'circle', 'mint', 'chain:ethereum'];

test.each(RAILS_OF_CONVERSION)(
  '%s off: the deposit is credited, holds before the transfer, and goes on',
  async (key) => {
    expect((await set(key, true)).body).toMatchObject({ key, off: true, reason: 'an outage at the company' });
    await customer.receive({ amount: '12.00' });
    const { id, status } = await held();
    expect(status).toBe('confirmed_on_chain');
    expect(await paymentsFor(stack, id)).toEqual([]);
    expect(await heldBy(key)).toEqual([
      expect.objectContaining({
        lifecycle: 'deposit',
        state: 'confirmed_on_chain',
        count: 1,
        amount: '12.00',
      }),
    ]);
    const { body } = await stack.call('GET', `/v1/deposits/${id}`, { token: await stack.token(customer.id) });
    expect(body.message).toMatch(/stopped transfers of this kind for a moment/);
    await set(key, false, 'the outage is over');
    await customer.depositReaches('broker_funded');
    expect(await heldBy(key)).toEqual([]);
  },
);

test('a switch of another chain holds nothing', async () => {
  await set('chain:solana', true);
  await customer.receive({ amount: '3.00' });
  await customer.depositReaches('broker_funded');
});

test('alpaca off while the dollars are converted: the deposit holds before the journal', async () => {
  await set('alpaca', true);
  await customer.receive({ amount: '13.00' });
  const { id, status } = await held();
  expect(status).toBe('off_ramp_complete');
  expect((await paymentsFor(stack, id)).filter(({ company }) => company === 'alpaca')).toEqual([]);
  await set('alpaca', false);
  await customer.depositReaches('broker_funded');
});

test('held by two switches it waits for both', async () => {
  await Promise.all([set('deposits', true), set('circle', true)]);
  await customer.receive({ amount: '4.00' });
  const { id } = await held();
  await set('deposits', false);
  expect(await heldBy('circle')).toEqual([expect.objectContaining({ count: 1 })]);
  expect(await paymentsFor(stack, id)).toEqual([]);
  await set('circle', false);
  await customer.depositReaches('broker_funded');
});

test('a suspended customer: the deposit holds, and goes on when the customer is active again', async () => {
  const user = (verb: string) =>
    stack.call('POST', `/v1/admin/users/${customer.id}/${verb}`, {
      token: admin,
      body: { reason: 'a check' },
    });
  await user('suspend');
  await customer.receive({ amount: '14.00' });
  const { id } = await held();
  expect(await paymentsFor(stack, id)).toEqual([]);
  await user('activate');
  await customer.depositReaches('broker_funded');
});

test('the word of the release is lost: the deposit finds out by itself', async () => {
  await setDepositPolicy(stack, { retryAfterSeconds: [0.3] });
  await set(`user:${customer.id}`, true);
  await customer.receive({ amount: '15.00' });
  await held();
  await stack.database.pool.query('update switches set off = false');
  await customer.depositReaches('broker_funded');
});

test('held for unusually long, a person is told; the deposit still goes on by itself', async () => {
  await setDepositPolicy(stack, { retryAfterSeconds: [0.2], reviewAfterSeconds: 0.4 });
  await set('deposits', true, 'an audit');
  await customer.receive({ amount: '16.00' });
  const { id } = await held();
  expect((await reviewOpens(stack, id, 'paused_long')).detail).toContain('deposits (an audit)');
  await set('deposits', false);
  await customer.depositReaches('broker_funded');
});

test('switched off while Circle is down: nothing is sent before the release, and then once', async () => {
  await plant(stack, {
    company: 'circle',
    operation: 'circle.createTransfer',
    kind: 'unavailable',
    count: 1000,
  });
  await customer.receive({ amount: '17.00' });
  const { id } = await eventually('the transfer is tried', async () => {
    const row = await customer.depositReaches('confirmed_on_chain');
    const { rows } = await stack.database.pool.query(
      `select from provider_operations where subject_id = $1 and step = 'off_ramp:1'`,
      [row.id],
    );
    return rows.length === 1 && row;
  });
  await set('circle', true);
  await held();
  await clearFaults(stack);
  expect(await paymentsFor(stack, id)).toEqual([]);
  await set('circle', false);
  await customer.depositReaches('broker_funded');
  const transfers = (await paymentsFor(stack, id)).filter(({ company }) => company === 'circle');
  expect(transfers).toHaveLength(1);
});

test('a changed policy holds for deposits that begin later, not for one that is under way', async () => {
  await set('deposits', true);
  await customer.receive({ amount: '18.00' });
  const { id } = await held();
  const change = { value: { retryAfterSeconds: [0.2] }, reason: 'a test' };
  await stack.call('PUT', '/v1/admin/settings/deposit_policy', { token: admin, body: change });
  const later = await createCustomer(stack);
  await later.receive({ amount: '19.00' });
  await eventually(
    'the later one is held',
    async () => (await later.deposits())[0]?.waiting_for === 'paused',
  );
  // Nobody is told: only a look-up can find out.
  await stack.database.pool.query('update switches set off = false');
  await later.depositReaches('broker_funded');
  expect(await held()).toMatchObject({ id, status: 'confirmed_on_chain' });
  await set('deposits', true);
  await set('deposits', false);
  await customer.depositReaches('broker_funded');
});

test('alpaca and circle off: an application is taken, and account and wallets follow the release', async () => {
  await setOnboardingPolicy(stack);
  await Promise.all([set('alpaca', true), set('circle', true)]);
  const before = (await payments(stack)).length;
  const applicant = await newCustomer(stack);
  await apply(stack, applicant);
  const row = await onboardingOf(stack, applicant);
  expect(row.alpaca_account_id).toBeNull();
  await Promise.all([set('alpaca', false), set('circle', false)]);
  await eventually('account and wallets are there', async () => {
    const now = await onboardingOf(stack, applicant);
    return now.alpaca_account_id !== null && now.wallets.every(({ status }) => status === 'active');
  });
  expect((await payments(stack)).length).toBe(before);
});
