/** The broker takes a funded deposit back: what was spent is owed, and a person decides where the dollars go. */
import { balanceOf, expectCleanLedger, paymentsFor } from '../support/books.ts';
import { type Customer, createCustomer } from '../support/customer.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { clearFaults, decide, moveJournal, reviewOpens, setDepositPolicy } from '../support/trouble.ts';

let stack: TestStack;
let customer: Customer;
beforeAll(async () => {
  stack = await startStack();
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '10000.00' });
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

const balance = (kind: string) => balanceOf(stack.database.pool, kind, customer.id);

/** A funded deposit that the broker corrects after the customer has put some of it into an order. */
async function returned(amount: string, spent = 0n): Promise<{ id: string; reviewId: string }> {
  await customer.receive({ amount });
  const { id, broker_journal_ref } = await customer.depositReaches('broker_funded');
  if (spent > 0n) {
    const postings = [
      { account: 'customer_cash', owner: customer.id, amount: spent.toString() },
      { account: 'customer_held', owner: customer.id, amount: (-spent).toString() },
    ];
    await stack.database.pool.query(`select ledger_post($1, 'test', null, 'spent', $2)`, [
      `spent:${id}`,
      JSON.stringify(postings),
    ]);
  }
  await moveJournal(stack, broker_journal_ref, 'correct');
  await customer.depositReaches('returned');
  return { id, reviewId: (await reviewOpens(stack, id, 'journal_corrected')).id };
}

test('retry journals the dollars again under a new number, and it is done once more', async () => {
  const { id, reviewId } = await returned('40.00');
  expect((await decide(stack, reviewId, 'close')).body).toMatchObject({ code: 'decision_refused' });
  expect((await decide(stack, reviewId, 'retry')).status).toBe(200);
  await customer.depositReaches('broker_funded');
  expect(await balance('customer_cash')).toBe(40_000_000n);
  expect(await balance('customer_pending')).toBe(0n);
  const { rows } = await stack.database.pool.query(
    `select step, state from provider_operations where subject_id = $1 and provider = 'alpaca' order by step`,
    [id],
  );
  expect(rows).toEqual([
    { step: 'journal:1', state: 'failed' },
    { step: 'journal:2', state: 'succeeded' },
  ]);
});

test('what was spent is owed: the customer is told, and the next dollars settle it', async () => {
  const { reviewId } = await returned('50.00', 20_000_000n);
  expect([await balance('customer_cash'), await balance('customer_receivable')]).toEqual([0n, 20_000_000n]);
  // The order in flight keeps what it holds.
  expect(await balance('customer_held')).toBe(20_000_000n);
  const token = await stack.token(customer.id);
  const told = await stack.call('GET', '/v1/notifications', { token });
  expect(told.body.data[0]).toMatchObject({ kind: 'deposit.returned' });
  expect(told.body.data[0].body).toMatch(/You have used 20\.00 US dollars of it already/);
  await decide(stack, reviewId, 'retry');
  await customer.depositReaches('broker_funded');
  expect([await balance('customer_cash'), await balance('customer_receivable')]).toEqual([30_000_000n, 0n]);
});

test('a second correction takes the second journal back as well', async () => {
  const { id, reviewId } = await returned('60.00');
  await decide(stack, reviewId, 'retry');
  const { broker_journal_ref } = await customer.depositReaches('broker_funded');
  await moveJournal(stack, broker_journal_ref, 'correct');
  await customer.depositReaches('returned');
  expect([await balance('customer_cash'), await balance('customer_pending')]).toEqual([0n, 60_000_000n]);
  const again = await reviewOpens(stack, id, 'journal_corrected');
  const { rows } = await stack.database.pool.query<{ address: string }>(
    `select address from treasury_wallets where chain = 'ethereum'`,
  );
  await stack.sandbox.control('POST', '/control/chain/transfers', {
    blockchain: customer.wallets.ethereum.blockchain,
    ...{ to: rows[0]!.address, amount: '100', token: 'USDC' },
  });
  const evidence = { sender_confirmed: 'The customer asked for it in writing.' };
  expect((await decide(stack, again.id, 'refund', evidence)).status).toBe(200);
  await customer.depositReaches('refunded');
  expect(await balance('customer_pending')).toBe(0n);
  const sent = (await paymentsFor(stack, id)).filter(({ reference }) => reference?.includes(':refund:'));
  expect(sent).toMatchObject([{ amount: '60', effective: true }]);
});
