/** Circle and Mint in trouble: unclear answers are looked up, clear failures booked back, people decide the rest. */
import { balanceOf, expectCleanLedger, movedAt } from '../support/books.ts';
import { type Customer, createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { clearFaults, decide, plant, reviewOpens, setDepositPolicy } from '../support/trouble.ts';

let stack: TestStack;
let customer: Customer;
beforeAll(async () => {
  stack = await startStack();
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '100000.00' });
  await setDepositPolicy(stack);
});
beforeEach(async () => {
  customer = await createCustomer(stack);
});
afterEach(async () => {
  await clearFaults(stack);
  await expectCleanLedger(stack.database.pool);
});
afterAll(() => stack?.stop());

const moved = (depositId: string) => movedAt(stack, depositId);

test('Circle refuses the transfer: support reads why, says retry, and it goes on', async () => {
  const body = { code: 155229, message: 'not eligible for operation' };
  await plant(stack, {
    company: 'circle',
    operation: 'circle.createTransfer',
    kind: 'refuse',
    status: 422,
    body,
  });
  await customer.receive({ amount: '20.00' });
  const { id } = await customer.depositReaches('confirmed_on_chain');
  const review = await reviewOpens(stack, id, 'off_ramp_refused');
  expect(review.detail).toMatch(/^Circle refused the transfer to Mint/);
  expect((await decide(stack, review.id, 'close')).body).toMatchObject({ code: 'decision_refused' });
  expect((await decide(stack, review.id, 'retry')).status).toBe(200);
  await customer.depositReaches('broker_funded');
  expect((await decide(stack, review.id, 'close')).status).toBe(409);
  expect(await moved(id)).toEqual(['circle', 'alpaca']);
});

test('a transfer that fails is sent anew by itself; the books follow each step', async () => {
  await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'fail' });
  await customer.receive({ amount: '30.00' });
  const deposit = await customer.depositReaches('broker_funded');
  expect(deposit.off_ramp_attempt).toBe(2);
  const { rows } = await stack.database.pool.query(
    `select step, state from provider_operations where subject_id = $1 and provider = 'circle' order by step`,
    [deposit.id],
  );
  expect(rows).toEqual([
    { step: 'off_ramp:1', state: 'failed' },
    { step: 'off_ramp:2', state: 'succeeded' },
  ]);
});

test('a transfer that keeps failing waits for a person; the USDC is in the wallet meanwhile', async () => {
  await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'fail', count: 2 });
  await customer.receive({ amount: '40.00' });
  const { id } = await customer.depositReaches('confirmed_on_chain');
  const review = await reviewOpens(stack, id, 'off_ramp_failed');
  expect(await balanceOf(stack.database.pool, 'circle_wallet', customer.wallets.ethereum.id)).toBe(
    40_000_000n,
  );
  await decide(stack, review.id, 'retry');
  await customer.depositReaches('broker_funded');
});

test('a denied transfer is never repeated without a person', async () => {
  await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'deny' });
  await customer.receive({ amount: '41.00' });
  const { id } = await customer.depositReaches('confirmed_on_chain');
  await reviewOpens(stack, id, 'off_ramp_denied');
  expect((await customer.deposits())[0]).toMatchObject({ waiting_for: 'review', off_ramp_attempt: 2 });
});

test('a stuck transfer is accelerated and arrives', async () => {
  await stack.sandbox.control('PATCH', '/control/settings', { 'circle.stuck': 300 });
  await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'stuck' });
  await customer.receive({ amount: '42.00' });
  const deposit = await customer.depositReaches('broker_funded');
  expect(await moved(deposit.id)).toEqual(['circle', 'alpaca']);
  const requests = await stack.sandbox.control<{ data: { path: string }[] }>(
    'GET',
    '/control/requests?company=circle',
  );
  expect(requests.data.some(({ path }) => path.endsWith('/accelerate'))).toBe(true);
});

test('Mint reports the transfer as failed: nothing is posted, a person is asked', async () => {
  await plant(stack, { company: 'mint', operation: 'mint.inbound', kind: 'fail' });
  await customer.receive({ amount: '43.00' });
  const { id } = await customer.depositReaches('off_ramp_initiated');
  await reviewOpens(stack, id, 'mint_transfer_failed');
  expect(await balanceOf(stack.database.pool, 'customer_converting', customer.id)).toBe(43_000_000n);
  expect(await balanceOf(stack.database.pool, 'customer_pending', customer.id)).toBe(0n);
});

test('while Mint says nothing for too long a person is told, and waiting goes on', async () => {
  await setDepositPolicy(stack, { reviewAfterSeconds: 1 });
  await plant(stack, { company: 'mint', operation: 'mint.inbound', kind: 'pending' });
  await customer.receive({ amount: '44.00' });
  const { id } = await customer.depositReaches('off_ramp_initiated');
  const review = await reviewOpens(stack, id, 'mint_credit_overdue');
  const { data } = await stack.sandbox.control<{ data: { id: string; company: string; amount: string }[] }>(
    'GET',
    '/control/payments?company=mint',
  );
  expect(data).toBeDefined();
  expect((await decide(stack, review.id, 'close')).status).toBe(200);
  await setDepositPolicy(stack);
});

test('the customer reads that we are checking while an answer is unclear', async () => {
  await plant(stack, { company: 'circle', operation: 'circle.createTransfer', kind: 'cut_after' });
  await plant(stack, {
    company: 'circle',
    operation: 'circle.listTransactions',
    kind: 'unavailable',
    count: 3,
  });
  await plant(stack, {
    company: 'circle',
    operation: 'circle.event*',
    kind: 'drop_event',
    match: { transactionType: 'OUTBOUND' },
    count: 9,
  });
  await customer.receive({ amount: '45.00' });
  const { id } = await customer.depositReaches('confirmed_on_chain');
  const token = await stack.token(customer.id);
  await eventually('it says so', async () => {
    const { body } = await stack.call('GET', `/v1/deposits/${id}`, { token });
    return (
      body.waiting_for === 'circle_answer' && /We are checking with our payment partner/.test(body.message)
    );
  });
  await clearFaults(stack);
  await customer.depositReaches('broker_funded', 40_000);
  expect(await moved(id)).toEqual(['circle', 'alpaca']);
});

test('an answer that stays unclear opens a review; retry looks it up first and pays once', async () => {
  await setDepositPolicy(stack, { giveUpAfterSeconds: 1 });
  await plant(stack, { company: 'circle', operation: 'circle.createTransfer', kind: 'cut_after' });
  await plant(stack, {
    company: 'circle',
    operation: 'circle.listTransactions',
    kind: 'unavailable',
    count: 30,
  });
  await plant(stack, {
    company: 'circle',
    operation: 'circle.event*',
    kind: 'drop_event',
    match: { transactionType: 'OUTBOUND' },
    count: 9,
  });
  await plant(stack, { company: 'mint', operation: 'mint.event*', kind: 'drop_event', count: 9 });
  await customer.receive({ amount: '46.00' });
  const { id } = await customer.depositReaches('confirmed_on_chain');
  const review = await reviewOpens(stack, id, 'off_ramp_unclear');
  await clearFaults(stack);
  await setDepositPolicy(stack);
  expect((await decide(stack, review.id, 'retry')).status).toBe(200);
  await customer.depositReaches('broker_funded', 40_000);
  expect(await moved(id)).toEqual(['circle', 'alpaca']);
});
