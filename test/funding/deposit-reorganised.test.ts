/** The chain takes a transfer back: before it was final, after it was credited, after it had become dollars. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../../temporal/client.ts';
import { balanceOf, expectCleanLedger } from '../support/books.ts';
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
let temporal: Client;
beforeAll(async () => {
  stack = await startStack();
  temporal = await createTemporalClient(stack.config);
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
afterAll(async () => {
  await temporal?.connection.close();
  await stack?.stop();
});

const balance = (kind: string, owner: string | null = null) => balanceOf(stack.database.pool, kind, owner);

/** Circle takes its word about the inbound transfer back, without a webhook; the next round of the sweep finds it. */
async function undo(depositId: string, state = 'FAILED'): Promise<void> {
  const { rows } = await stack.database.pool.query<{ circle_transaction_id: string }>(
    'select circle_transaction_id from deposits where id = $1',
    [depositId],
  );
  const path = `/control/circle/transactions/${rows[0]!.circle_transaction_id}/state`;
  await stack.sandbox.control('POST', path, { state, error_reason: 'BLOCK_REORGANIZED' });
  await temporal.schedule.getHandle('sweep-every-minute').trigger();
}

/** A deposit whose USDC lies in the wallet while a person is asked. */
async function heldInWallet(amount: string): Promise<string> {
  await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'deny' });
  await customer.receive({ amount });
  const { id } = await customer.depositReaches('confirmed_on_chain');
  await reviewOpens(stack, id, 'off_ramp_denied');
  return id;
}

/** Circle's webhook about the inbound transfer comes again, with another word. */
async function sayFailed(depositId: string): Promise<void> {
  const { rows } = await stack.database.pool.query<{ payload: { notification: object } }>(
    `select payload from inbound_events where kind = 'circle.inbound' and message ->> 'state' = 'complete'
       and message ->> 'circle_transaction_id' = (select circle_transaction_id from deposits where id = $1)`,
    [depositId],
  );
  const notification = { ...rows[0]!.payload.notification, state: 'FAILED' };
  await stack.sandbox.control('POST', '/control/circle/events/send', { notification });
}

test('before it was final nothing had been credited, and nothing is', async () => {
  await plant(stack, { company: 'chain', operation: 'chain.finalize', kind: 'reorg' });
  await customer.receive({ amount: '10.00' });
  const deposit = await customer.depositReaches('failed');
  expect(deposit.failure_reason).toMatch(/the network dropped it/);
  const { rows } = await stack.database.pool.query(
    'select 1 from ledger_transactions where subject_id = $1',
    [deposit.id],
  );
  expect(rows).toEqual([]);
});

test('credited and still in the wallet: the books take it back, the customer and support are told', async () => {
  const id = await heldInWallet('20.004');
  await undo(id);
  const deposit = await customer.depositReaches('failed');
  expect(deposit.failure_reason).toMatch(/the chain took it back/);
  const review = await reviewOpens(stack, id, 'reorganised');
  for (const [kind, owner] of [
    ['circle_wallet', customer.wallets.ethereum.id],
    ['customer_incoming', customer.wallets.ethereum.id],
    ['customer_converting', customer.id],
  ] as const)
    expect([kind, await balance(kind, owner)]).toEqual([kind, 0n]);
  const token = await stack.token(customer.id);
  const { body } = await stack.call('GET', '/v1/notifications', { token });
  expect(body.data[0].body).toMatch(/The network took it back after it had arrived/);
  expect((await decide(stack, review.id, 'close')).status).toBe(200);
});

test('a late word about what is final again changes nothing', async () => {
  const id = await heldInWallet('21.00');
  await sayFailed(id);
  await eventually('the word was used', async () => {
    const used = await stack.database.pool.query(
      `select 1 from inbound_events where message ->> 'state' = 'failed' and processed_at is not null
         and workflow_id = 'deposit:' || $1`,
      [id],
    );
    return used.rows.length > 0;
  });
  const review = await reviewOpens(stack, id, 'off_ramp_denied');
  expect((await decide(stack, review.id, 'retry')).status).toBe(200);
  await customer.depositReaches('broker_funded');
});

test("dollars that are not at the broker yet are not the customer's any more", async () => {
  const before = await balance('reconciliation_suspense_usd');
  await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'reject' });
  await customer.receive({ amount: '22.00' });
  const { id } = await customer.depositReaches('off_ramp_complete');
  await reviewOpens(stack, id, 'journal_rejected');
  await undo(id, 'CANCELLED');
  await customer.depositReaches('failed');
  expect(await balance('customer_pending', customer.id)).toBe(0n);
  expect((await balance('reconciliation_suspense_usd')) - before).toBe(22_000_000n);
});

test('what is buying power already is owed to us, and the next deposit settles it first', async () => {
  await customer.receive({ amount: '23.00' });
  const { id } = await customer.depositReaches('broker_funded');
  await undo(id);
  await customer.depositReaches('failed');
  await reviewOpens(stack, id, 'reorganised');
  expect(await balance('customer_receivable', customer.id)).toBe(23_000_000n);
  expect(await balance('customer_cash', customer.id)).toBe(23_000_000n);
  await customer.receive({ amount: '30.00' });
  await eventually('the second one arrived', async () => (await customer.deposits()).length === 2);
  await customer.depositReaches('broker_funded');
  expect(await balance('customer_receivable', customer.id)).toBe(0n);
  expect(await balance('customer_cash', customer.id)).toBe(30_000_000n);
  const token = await stack.token(customer.id);
  const { body } = await stack.call('GET', '/v1/notifications', { token });
  expect(body.data[0].body).toMatch(/Of it 23\.00 US dollars settled what you owed us\.$/);
});

describe('and the broker takes its journal back as well', () => {
  /** Buying power that the chain undid. */
  async function undone(amount: string): Promise<{ id: string; journal: string }> {
    await customer.receive({ amount });
    const { id } = await customer.depositReaches('broker_funded');
    await undo(id);
    await customer.depositReaches('failed');
    const { rows } = await stack.database.pool.query<{ journal: string }>(
      'select broker_journal_ref as journal from deposits where id = $1',
      [id],
    );
    return { id, journal: rows[0]?.journal ?? '' };
  }
  const held = async () => [
    await balance('alpaca_customer', customer.id),
    await balance('customer_cash', customer.id),
    await balance('customer_receivable', customer.id),
    await balance('customer_pending', customer.id),
  ];

  test('the customer owes nothing for it any more, and is told so', async () => {
    const { id, journal } = await undone('24.00');
    const first = await reviewOpens(stack, id, 'reorganised');
    await moveJournal(stack, journal, 'correct');
    await eventually('the books follow', async () => (await balance('alpaca_customer', customer.id)) === 0n);
    expect(await held()).toEqual([0n, 0n, 0n, 0n]);
    const review = await reviewOpens(stack, id, 'reorganised');
    expect(review.id).not.toBe(first.id);
    expect(review.detail).toMatch(/the customer owes nothing for it/);
    const { body } = await stack.call('GET', '/v1/notifications', { token: await stack.token(customer.id) });
    expect(body.data[0].body).toMatch(/you owe us nothing for it any more/);
    expect((await decide(stack, review.id, 'close')).status).toBe(200);
    expect((await customer.depositReaches('failed')).failure_reason).toMatch(/the chain took it back/);
  });

  test('what another deposit has settled of the debt is cash again', async () => {
    const { journal } = await undone('25.00');
    await customer.receive({ amount: '40.00' });
    await eventually('the second one is there', async () => {
      const deposits = await customer.deposits();
      return deposits.some(({ status }) => status === 'broker_funded');
    });
    expect(await held()).toEqual([65_000_000n, 40_000_000n, 0n, 0n]);
    await moveJournal(stack, journal, 'correct');
    await eventually(
      'the books follow',
      async () => (await balance('alpaca_customer', customer.id)) === 40_000_000n,
    );
    expect(await held()).toEqual([40_000_000n, 40_000_000n, 0n, 0n]);
  });
});

test('what went back to its sender already is owed to us, and a person looks', async () => {
  const id = await heldInWallet('26.004');
  const suspense = await balance('reconciliation_suspense_usd');
  const question = await reviewOpens(stack, id, 'off_ramp_denied');
  const evidence = { sender_confirmed: 'They wrote to us.' };
  expect((await decide(stack, question.id, 'refund', evidence)).status).toBe(200);
  await customer.depositReaches('refunded');
  await undo(id);
  await customer.depositReaches('failed');
  const review = await reviewOpens(stack, id, 'reorganised');
  expect(review.detail).toMatch(/The deposit was refunded/);
  expect(await balance('customer_receivable', customer.id)).toBe(26_004_000n);
  expect((await balance('reconciliation_suspense_usd')) - suspense).toBe(26_004_000n);
});

test('what Circle has taken, though nobody knew, is not taken back as if it lay in the wallet', async () => {
  await setDepositPolicy(stack, { giveUpAfterSeconds: 1 });
  const circle = { company: 'circle', kind: 'unavailable', count: 500 };
  await plant(stack, { ...circle, operation: 'circle.createTransfer', kind: 'error_after' });
  await plant(stack, { ...circle, operation: 'circle.listTransactions' });
  await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'reject' });
  await customer.receive({ amount: '27.00' });
  const { id } = await customer.depositReaches('confirmed_on_chain');
  await reviewOpens(stack, id, 'off_ramp_unclear');
  await eventually('Circle has told us that it is complete', async () => {
    const { rows } = await stack.database.pool.query(
      `select from provider_operations where subject_id = $1 and step = 'off_ramp:1' and state = 'succeeded'`,
      [id],
    );
    return rows.length === 1;
  });
  const suspense = await balance('reconciliation_suspense_usd');
  await undo(id);
  await sayFailed(id);
  await eventually('the deposit was told', async () => {
    const { rows } = await stack.database.pool.query(
      `select from inbound_events where message ->> 'state' = 'failed' and workflow_id = 'deposit:' || $1`,
      [id],
    );
    return rows.length > 0;
  });
  await sleep(500);
  await clearFaults(stack);
  await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'reject' });
  await eventually('it is found, and then taken back', async () => {
    const { rows } = await stack.database.pool.query<{ id: string }>(
      'select id from reviews where subject_id = $1 and decided_at is null',
      [id],
    );
    // What Mint tells may answer the question before a person does.
    for (const review of rows) await decide(stack, review.id, 'retry');
    return (await customer.deposits())[0]?.status === 'failed';
  });
  // Dollars at Mint by then: what the chain took back is a loss there, and not USDC that our wallet still had.
  expect((await balance('reconciliation_suspense_usd')) - suspense).toBe(27_000_000n);
  expect(await balance('circle_wallet', customer.wallets.ethereum.id)).toBe(0n);
});
