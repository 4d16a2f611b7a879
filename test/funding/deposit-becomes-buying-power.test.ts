/** USDC on chain becomes buying power, with every step on record. */
import { balanceOf, expectCleanLedger, paymentsOf } from '../support/books.ts';
import { createCustomer } from '../support/customer.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({ env: { LOG_LEVEL: 'debug' } });
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '100000.00' });
});
afterAll(() => {
  console.log(stack.logs());
  return stack.stop();
});

test('a transfer of 100.12 USDC ends as 100.12 dollars of buying power, and the sandbox paid exactly that', async () => {
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
  await expectCleanLedger(stack.database.pool);
  console.log(JSON.stringify(await paymentsOf(stack), null, 1));
});
