/** USDC on chain becomes buying power, with every step on record. */
import { balanceOf, expectCleanLedger, paymentsFor } from '../support/books.ts';
import { createCustomer } from '../support/customer.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '100000.00' });
});
afterAll(() => stack?.stop());

test('100.12 USDC end as 100.12 dollars of buying power, and exactly that was paid', async () => {
  const customer = await createCustomer(stack);
  const hash = await customer.receive({ amount: '100.12' });
  const deposit = await customer.depositReaches('broker_funded');

  expect(deposit).toMatchObject({
    amount_usd: '100.12',
    tx_hash: hash,
    waiting_for: null,
    failure_reason: null,
  });
  const { body } = await stack.call('GET', '/v1/balance', { token: await stack.token(customer.id) });
  expect(body).toMatchObject({ buying_power_usd: '100.12', pending_broker_deposits_usd: '0.00' });
  expect(await balanceOf(stack.database.pool, 'alpaca_customer', customer.id)).toBe(100_120_000n);
  const paid = await paymentsFor(stack, deposit.id);
  expect(paid.map(({ company, amount, effective }) => ({ company, amount, effective }))).toEqual([
    { company: 'circle', amount: '100.12', effective: true },
    { company: 'alpaca', amount: '100.12', effective: true },
  ]);
  await expectCleanLedger(stack.database.pool);
});

test('the API tells the story in order, in sentences', async () => {
  const customer = await createCustomer(stack);
  await customer.receive({ amount: '5.00', chain: 'solana' });
  const { id } = await customer.depositReaches('broker_funded');
  const { body } = await stack.call('GET', `/v1/deposits/${id}`, { token: await stack.token(customer.id) });

  expect(body.timeline.map(({ status }: { status: string }) => status)).toEqual([
    'pending_confirmation',
    'confirmed_on_chain',
    'off_ramp_initiated',
    'off_ramp_complete',
    'broker_funded',
  ]);
  expect(body.message).toBe('Done: the dollars are in your account, ready to invest.');
});

test.each(['ethereum', 'solana', 'base', 'polygon'] as const)('a deposit on %s arrives', async (chain) => {
  const customer = await createCustomer(stack);
  await customer.receive({ amount: '1.01', chain });
  expect(await customer.depositReaches('broker_funded')).toMatchObject({ amount_usd: '1.01' });
});
