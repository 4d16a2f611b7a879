/** Deposits that go back to their sender: by a person's decision only, once, whatever Circle answers. */
import { balanceOf, expectCleanLedger, paymentsFor } from '../support/books.ts';
import { type Customer, createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { clearFaults, confirm, decide, plant, reviewOpens, setDepositPolicy } from '../support/trouble.ts';

const SENDER = { sender_confirmed: 'The customer wrote from their own wallet.' };
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

const balance = (kind: string, owner: string | null = null) => balanceOf(stack.database.pool, kind, owner);
const wallet = () => customer.wallets.ethereum.id;

/** A deposit that Circle does not want to send to Mint: its USDC lies in the wallet, and a person is asked. */
async function refusedDeposit(amount: string): Promise<{ id: string; reviewId: string }> {
  const body = { code: 155229, message: 'not eligible for operation' };
  const fault = { company: 'circle', operation: 'circle.createTransfer', kind: 'refuse', status: 422, body };
  await plant(stack, fault);
  const before = (await customer.deposits()).length;
  await customer.receive({ amount });
  await eventually('Circle has told of it', async () => (await customer.deposits()).length > before);
  const { id } = await customer.depositReaches('confirmed_on_chain');
  return { id, reviewId: (await reviewOpens(stack, id, 'off_ramp_refused')).id };
}

/** Refunds of one deposit that Circle took, and whether money moved. */
async function refunds(id: string): Promise<boolean[]> {
  const paid = await paymentsFor(stack, id);
  return paid.filter(({ reference }) => reference?.includes(':refund:')).map(({ effective }) => effective);
}

test('support sends an unconverted deposit back: the sender has all of it, the books have none', async () => {
  const { id, reviewId } = await refusedDeposit('25.005');
  expect((await decide(stack, reviewId, 'refund')).body).toMatchObject({ code: 'decision_refused' });
  expect((await decide(stack, reviewId, 'refund', SENDER)).status).toBe(200);
  await customer.depositReaches('refunded');
  expect(await refunds(id)).toEqual([true]);
  // The step that wrote the decision down is tried again when its answer is lost: it hears yes, and nothing changes.
  const { rows } = await stack.database.pool.query(
    `select (deposit_refund_decided($1, jsonb_build_object('review_id', $2::text, 'decision', 'refund',
       'decided_by', actor_id, 'request_id', request_id)) ->> 'accepted')::boolean as accepted
     from audit_log where subject_id = $2 and action = 'review.decide'`,
    [id, reviewId],
  );
  expect(rows).toEqual([{ accepted: true }]);
  // So is the step that wrote down that Circle took it, by a worker that takes over from a dead one.
  const repeated = await stack.database.pool.query(
    `select deposit_refund_sent(id, jsonb_build_object('transfer_id', refund_ref)) ->> 'waiting_for' as waiting_for
     from deposits where id = $1`,
    [id],
  );
  expect(repeated.rows).toEqual([{ waiting_for: null }]);
  for (const [kind, owner] of [
    ['circle_wallet', wallet()],
    ['customer_incoming', wallet()],
    ['customer_converting', customer.id],
    ['circle_out_transit', null],
  ] as const)
    expect([kind, await balance(kind, owner)]).toEqual([kind, 0n]);
  const token = await stack.token(customer.id);
  const { body } = await stack.call('GET', '/v1/notifications', { token });
  expect(body.data[0]).toMatchObject({
    kind: 'deposit.refunded',
    body: expect.stringMatching(/^We sent this deposit back to where it came from\. 25\.005 USDC went to 0x/),
  });
});

test("dust that the deposit had taken along stays the customer's and joins the next one", async () => {
  await customer.receive({ amount: '0.006' });
  await customer.depositReaches('confirmed_on_chain');
  const { reviewId } = await refusedDeposit('10.004');
  expect(await balance('customer_incoming', wallet())).toBe(0n);
  await decide(stack, reviewId, 'refund', SENDER);
  await customer.depositReaches('refunded');
  expect(await balance('customer_incoming', wallet())).toBe(6_000n);
  expect((await customer.deposits())[0]).toMatchObject({ waiting_for: 'next_deposit' });
  await customer.receive({ amount: '3.004' });
  const next = await customer.depositReaches('broker_funded');
  expect(next.amount_usd).toBe('3.01');
  expect((await customer.deposits())[0]).toMatchObject({ status: 'broker_funded' });
});

test('Circle tells that the refund is final: nobody has to look', async () => {
  await setDepositPolicy(stack, { lookUpAfterSeconds: [600] });
  const { id, reviewId } = await refusedDeposit('12.50');
  await decide(stack, reviewId, 'refund', SENDER);
  await customer.depositReaches('refunded');
  expect(await refunds(id)).toEqual([true]);
  await setDepositPolicy(stack);
});

test('a refund that is stuck is found by the look-up, accelerated, and arrives', async () => {
  await stack.sandbox.control('PATCH', '/control/settings', { 'circle.stuck': 300 });
  const { id, reviewId } = await refusedDeposit('12.75');
  await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'stuck' });
  await decide(stack, reviewId, 'refund', SENDER);
  await customer.depositReaches('refunded');
  expect((await customer.deposits()).find((deposit) => deposit.id === id)).toMatchObject({
    waiting_for: null,
  });
  expect(await refunds(id)).toEqual([true]);
  const { data } = await stack.sandbox.control<{ data: unknown[] }>(
    'GET',
    '/control/requests?operation=circle.accelerateTransaction',
  );
  expect(data).toHaveLength(1);
});

test('a refund that fails is booked back; a person sends it anew, or lets the deposit go on', async () => {
  const { id, reviewId } = await refusedDeposit('13.00');
  await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'fail' });
  await decide(stack, reviewId, 'refund', SENDER);
  const failed = await reviewOpens(stack, id, 'refund_failed');
  // Who takes over from a dead worker writes again that Circle took it: the deposit still waits for a person.
  const { rows: repeated } = await stack.database.pool.query(
    `select deposit_refund_sent($1, '{"transfer_id": "again"}') ->> 'waiting_for' as waiting_for`,
    [id],
  );
  expect(repeated).toEqual([{ waiting_for: 'review' }]);
  expect([await balance('circle_wallet', wallet()), await balance('circle_out_transit')]).toEqual([
    13_000_000n,
    0n,
  ]);
  await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'deny' });
  await decide(stack, failed.id, 'refund', SENDER);
  const denied = await reviewOpens(stack, id, 'refund_denied');
  expect((await decide(stack, denied.id, 'retry')).status).toBe(200);
  await customer.depositReaches('broker_funded');
  expect(await refunds(id)).toEqual([false, false]);
  expect(await balance('customer_cash', customer.id)).toBe(13_000_000n);
});

test('to an address on a sanctions list nothing goes back; the review stays open', async () => {
  const { id, reviewId } = await refusedDeposit('14.00');
  await stack.database.pool.query(
    `insert into sanctioned_addresses (address_key, list, reference)
     select lower(source_address), 'OFAC', 'test' from deposits where id = $1`,
    [id],
  );
  expect((await decide(stack, reviewId, 'refund', SENDER)).body).toMatchObject({
    status: 409,
    detail: 'The address that the deposit came from is on a sanctions list: nothing may be sent there.',
  });
  await decide(stack, reviewId, 'retry');
  await customer.depositReaches('broker_funded');
});

test('once it is dollars, our treasury wallet pays the sender and the dollars are ours', async () => {
  const { pool } = stack.database;
  const { rows } = await pool.query<{ id: string; address: string }>(
    `select id, address from treasury_wallets where chain = 'ethereum'`,
  );
  await stack.sandbox.control('POST', '/control/chain/transfers', {
    blockchain: customer.wallets.ethereum.blockchain,
    to: rows[0]!.address,
    amount: '100',
    token: 'USDC',
  });
  const before = { float: await balance('company_float'), usdc: await balance('company_float_usdc') };
  await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'reject' });
  await customer.receive({ amount: '15.00' });
  const { id } = await customer.depositReaches('off_ramp_complete');
  const review = await reviewOpens(stack, id, 'journal_rejected');
  expect((await decide(stack, review.id, 'refund', SENDER)).status).toBe(200);
  await customer.depositReaches('refunded');
  expect(await refunds(id)).toEqual([true]);
  expect(await balance('customer_pending', customer.id)).toBe(0n);
  expect((await balance('company_float')) - before.float).toBe(15_000_000n);
  expect((await balance('company_float_usdc')) - before.usdc).toBe(-15_000_000n);
});

test('what Mint credited without telling us counts when two persons vouch for it', async () => {
  await setDepositPolicy(stack, { reviewAfterSeconds: 1 });
  await plant(stack, { company: 'mint', operation: 'mint.inbound', kind: 'pending' });
  await customer.receive({ amount: '16.00' });
  const { id } = await customer.depositReaches('off_ramp_initiated');
  const review = await reviewOpens(stack, id, 'mint_credit_overdue');
  await setDepositPolicy(stack);
  const evidence = { mint_transfer_id: 'from-the-mint-console' };
  expect((await decide(stack, review.id, 'force_complete', evidence)).status).toBe(202);
  expect((await confirm(stack, review.id)).status).toBe(200);
  await customer.depositReaches('broker_funded');
  expect(await balance('customer_cash', customer.id)).toBe(16_000_000n);
  const { rows } = await stack.database.pool.query(
    `select evidence from lifecycle_events where subject_id = $1 and event = 'off_ramp_completed'`,
    [id],
  );
  expect(rows).toEqual([
    { evidence: { mint_transfer_id: 'from-the-mint-console', forced_by_review: review.id } },
  ]);
});
