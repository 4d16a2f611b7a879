/** Whatever Alpaca does with the journal: approval, rejection, too little float, lost answers, corrections. */
import { balanceOf, expectCleanLedger, paymentsFor } from '../support/books.ts';
import { type Customer, createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import {
  clearFaults,
  decide,
  moveJournal,
  plant,
  reviewOpens,
  setDepositPolicy,
} from '../support/trouble.ts';

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

async function journals(depositId: string) {
  return (await paymentsFor(stack, depositId)).filter(({ company }) => company === 'alpaca');
}

test('a journal that the broker must approve: the customer reads that, and approval funds it', async () => {
  await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'pending' });
  await customer.receive({ amount: '60.00' });
  const { id } = await customer.depositReaches('off_ramp_complete');
  const waiting = await eventually('it waits for approval', async () => {
    const [row] = await customer.deposits();
    return row?.waiting_for === 'broker_approval' && row;
  });
  const { body } = await stack.call('GET', `/v1/deposits/${id}`, { token: await stack.token(customer.id) });
  expect(body.message).toMatch(/Our broker is checking this transfer/);
  await moveJournal(stack, waiting.broker_journal_ref, 'executed');
  await customer.depositReaches('broker_funded');
  expect(await balanceOf(stack.database.pool, 'customer_cash', customer.id)).toBe(60_000_000n);
});

test.each(['reject', 'fail'])(
  'a journal that ends by %s waits for a person; retry asks for a new one',
  async (kind) => {
    await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind });
    await customer.receive({ amount: '61.00' });
    const { id } = await customer.depositReaches('off_ramp_complete');
    const review = await reviewOpens(stack, id, kind === 'reject' ? 'journal_rejected' : 'journal_refused');
    expect(await balanceOf(stack.database.pool, 'customer_pending', customer.id)).toBe(61_000_000n);
    await decide(stack, review.id, 'retry');
    await customer.depositReaches('broker_funded');
    expect((await journals(id)).filter(({ effective }) => effective)).toHaveLength(1);
  },
);

test('without float the deposit says so and goes on when the treasury has refilled it', async () => {
  await customer.receive({ amount: '900000.00' });
  await customer.depositReaches('off_ramp_complete');
  await eventually('it waits for float', async () => (await customer.deposits())[0]?.waiting_for === 'float');
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '900000.00' });
  await customer.depositReaches('broker_funded');
  expect(await balanceOf(stack.database.pool, 'customer_cash', customer.id)).toBe(900_000_000_000n);
});

test('a journal corrected after it had executed: the money is taken back, with a notice and a review', async () => {
  await customer.receive({ amount: '62.00' });
  const { id, broker_journal_ref } = await customer.depositReaches('broker_funded');
  await moveJournal(stack, broker_journal_ref, 'correct');
  await customer.depositReaches('returned');
  const review = await reviewOpens(stack, id, 'journal_corrected');
  const { pool } = stack.database;
  expect(await balanceOf(pool, 'customer_cash', customer.id)).toBe(0n);
  expect(await balanceOf(pool, 'customer_pending', customer.id)).toBe(62_000_000n);
  expect(await balanceOf(pool, 'alpaca_customer', customer.id)).toBe(0n);
  // test/funding/deposit-returned.test.ts tells how it goes on.
  expect((await decide(stack, review.id, 'close')).body).toMatchObject({ code: 'decision_refused' });
});

test('a deposit before the account is open waits for the account', async () => {
  const early = await createCustomer(stack, { kyc: 'pending' });
  await early.receive({ amount: '63.00' });
  await early.depositReaches('off_ramp_complete');
  await eventually(
    'it waits for the account',
    async () => (await early.deposits())[0]?.waiting_for === 'account',
  );
  await stack.sandbox.control('POST', `/control/alpaca/accounts/${early.alpacaAccountId}/status`, {
    status: 'ACTIVE',
  });
  await stack.database.pool.query(`select transition('kyc', $1, 'approved', '1', '{}')`, [early.id]);
  await early.depositReaches('broker_funded');
});
