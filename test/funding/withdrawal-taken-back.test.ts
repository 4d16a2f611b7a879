/** Withdrawals that something is taken back from: by the broker, which corrects journals, or by the chain. */
import { setTimeout as sleep } from 'node:timers/promises';
import { balanceOf } from '../support/books.ts';
import { eventually } from '../support/eventually.ts';
import { receivedAt, type Spender, setWithdrawalPolicy } from '../support/money-out.ts';
import { CASH, spendingStage } from '../support/spending-stage.ts';
import type { TestStack } from '../support/stack.ts';
import { decide, moveJournal, plant, reviewOpens } from '../support/trouble.ts';

const stage = spendingStage();
const { cash, sameBooks } = stage;

let stack: TestStack;
let customer: Spender;
beforeEach(() => {
  ({ stack, customer } = stage);
});

/** The journals of a withdrawal as our records have them. */
const operations = async (id: string) => {
  const { rows } = await stack.database.pool.query<{ step: string; state: string }>(
    `select step, state from provider_operations where subject_id = $1 and step ~ '^(journal|refund):' order by step`,
    [id],
  );
  return rows.map(({ step, state }) => `${step} ${state}`);
};

test('a journal corrected after the end is owed until it is made again', async () => {
  const { id } = await customer.withdraw({ amount: '60.00' });
  const { broker_withdrawal_ref } = await customer.withdrawalReaches(id, 'complete');
  await moveJournal(stack, broker_withdrawal_ref, 'correct');
  const review = await reviewOpens(stack, id, 'journal_corrected');
  expect(await cash()).toBe(40_000_000n);
  await sameBooks();
  // Its answer is lost: that nobody knows whether there is one is written down, and is over with it.
  await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'cut_after' });
  expect((await decide(stack, review.id, 'retry')).status).toBe(200);
  await customer.owesNothing(id);
  expect(await customer.withdrawal(id)).toMatchObject({ status: 'complete', waiting_for: null });
  await sameBooks();
});

test('a journal made again that Alpaca holds is not lost sight of, whoever closes the question', async () => {
  await setWithdrawalPolicy(stack, { reviewAfterSeconds: 0.5 });
  const { id } = await customer.withdraw({ amount: '60.00' });
  const { broker_withdrawal_ref } = await customer.withdrawalReaches(id, 'complete');
  await moveJournal(stack, broker_withdrawal_ref, 'correct');
  const review = await reviewOpens(stack, id, 'journal_corrected');
  await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'pending' });
  expect((await decide(stack, review.id, 'retry')).status).toBe(200);
  const overdue = await reviewOpens(stack, id, 'journal_overdue');
  expect((await decide(stack, overdue.id, 'close')).status).toBe(200);
  const { rows } = await stack.database.pool.query<{ state: string; provider_reference: string }>(
    `select state, provider_reference from provider_operations where subject_id = $1 and step = 'journal:2'`,
    [id],
  );
  expect(rows).toEqual([{ state: 'accepted', provider_reference: expect.any(String) }]);
  expect((await customer.withdrawal(id)).owed_journal).toBe('journal');
  await moveJournal(stack, rows[0]?.provider_reference ?? '', 'executed');
  await customer.owesNothing(id);
  await sameBooks();
});

test('a journal made again, unclear and then clearly refused: nothing hangs, and a person may close it', async () => {
  const { id } = await customer.withdraw({ amount: '60.00' });
  const { broker_withdrawal_ref } = await customer.withdrawalReaches(id, 'complete');
  await moveJournal(stack, broker_withdrawal_ref, 'correct');
  const review = await reviewOpens(stack, id, 'journal_corrected');
  const lost = { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'cut_before' };
  await plant(stack, lost);
  const body = { code: 40310000, message: 'insufficient balance: the amount is not available' };
  await plant(stack, { ...lost, kind: 'refuse', status: 403, body });
  expect((await decide(stack, review.id, 'retry')).status).toBe(200);
  const again = await eventually('it is asked again', async () => {
    const open = await reviewOpens(stack, id, 'journal_corrected');
    return open.id !== review.id && open;
  });
  expect(again.detail).toMatch(/could not be made again yet: .*not available/);
  expect(await customer.withdrawal(id)).toMatchObject({ waiting_for: null, owed_journal: 'journal' });
  expect(await operations(id)).toEqual(['journal:1 failed', 'journal:2 failed', 'journal:3 intended']);
  expect((await decide(stack, again.id, 'close')).status).toBe(200);
  await sameBooks();
});

test('a journal corrected on the way: the rest goes on, and the question comes back at the end', async () => {
  await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'pending' });
  const { id } = await customer.withdraw({ amount: '60.00' });
  const row = await customer.withdrawalReaches(id, 'transfer_initiated');
  await moveJournal(stack, row.broker_withdrawal_ref, 'correct');
  await reviewOpens(stack, id, 'journal_corrected');
  await stack.sandbox.control('POST', `/control/circle/transactions/${row.circle_transfer_ref}/state`, {
    state: 'QUEUED',
  });
  await customer.withdrawalReaches(id, 'complete');
  const review = await reviewOpens(stack, id, 'journal_corrected');
  expect((await decide(stack, review.id, 'retry')).status).toBe(200);
  await customer.owesNothing(id);
  await sameBooks();
});

test('two questions at once: an answer about the journal clears nobody of a sanctions list', async () => {
  await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'deny' });
  const { id, address } = await customer.withdraw({ amount: '60.00' });
  const denied = await reviewOpens(stack, id, 'transfer_denied');
  await stack.database.pool.query(
    `insert into sanctioned_addresses (address_key, list, reference) values (lower($1), 'TEST LIST', '3')`,
    [address],
  );
  const { broker_withdrawal_ref } = await customer.withdrawal(id);
  await moveJournal(stack, broker_withdrawal_ref, 'correct');
  await eventually('the broker has told us', async () => {
    const { rows } = await stack.database.pool.query(
      `select from inbound_events where reference = $1 and message ->> 'state' = 'correct'`,
      [broker_withdrawal_ref],
    );
    return rows.length > 0;
  });
  expect((await decide(stack, denied.id, 'retry')).status).toBe(200);
  const ofJournal = await reviewOpens(stack, id, 'journal_corrected');
  const ofList = await reviewOpens(stack, id, 'sanctions_hit');
  expect((await decide(stack, ofJournal.id, 'retry')).status).toBe(200);
  // Long enough for a transfer that nobody has allowed: the steps before it took less.
  await sleep(1_000);
  expect(await customer.withdrawal(id)).toMatchObject({ status: 'on_ramp_complete', waiting_for: 'review' });
  expect(await receivedAt(stack, 'base', address)).toBe(0n);
  expect((await decide(stack, ofList.id, 'retry')).status).toBe(200);
  await customer.withdrawalReaches(id, 'complete');
  await customer.owesNothing(id);
  await sameBooks();
});

describe('both journals of a withdrawal that went back', () => {
  /** Refunded: the transfer of its USDC was denied, and a person gave it up. */
  async function refunded(): Promise<{ id: string; out: string; back: string }> {
    await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'deny' });
    const { id } = await customer.withdraw({ amount: '60.00' });
    const question = await reviewOpens(stack, id, 'transfer_denied');
    expect((await decide(stack, question.id, 'refund')).status).toBe(200);
    const row = await customer.withdrawalReaches(id, 'refunded');
    return { id, out: row.broker_withdrawal_ref ?? '', back: row.refund_ref ?? '' };
  }
  test.each(['the one back first', 'the one out first'])(
    'are corrected, %s: they cancel out',
    async (order) => {
      const { id, out, back } = await refunded();
      const [first, second] = order.startsWith('the one back') ? [back, out] : [out, back];
      await moveJournal(stack, first, 'correct');
      const question = await reviewOpens(stack, id, 'journal_corrected');
      await sameBooks();
      await moveJournal(stack, second, 'correct');
      await customer.owesNothing(id);
      expect(await cash()).toBe(CASH);
      await sameBooks();
      // Nothing is left to decide, and nothing is made again.
      expect((await decide(stack, question.id, 'retry')).status).toBe(409);
      expect((await operations(id)).filter((one) => !one.endsWith(' failed'))).toEqual([]);
    },
  );

  test('are corrected while the first is being made again: the second is owed after that', async () => {
    const { id, out, back } = await refunded();
    await moveJournal(stack, back, 'correct');
    const first = await reviewOpens(stack, id, 'journal_corrected');
    await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'pending' });
    expect((await decide(stack, first.id, 'retry')).status).toBe(200);
    const held = await eventually('it is asked for again', async () => {
      const { rows } = await stack.database.pool.query<{ ref: string }>(
        `select provider_reference as ref from provider_operations
         where subject_id = $1 and step = 'refund:2' and state = 'accepted'`,
        [id],
      );
      return rows[0]?.ref;
    });
    await moveJournal(stack, out, 'correct');
    await moveJournal(stack, held, 'executed');
    await eventually(
      'the other one is owed',
      async () => (await customer.withdrawal(id)).owed_journal === 'journal',
    );
    const second = await reviewOpens(stack, id, 'journal_corrected');
    expect((await decide(stack, second.id, 'retry')).status).toBe(200);
    await customer.owesNothing(id);
    expect(await operations(id)).toEqual([
      ...['journal:1 failed', 'journal:2 succeeded'],
      ...['refund:1 failed', 'refund:2 succeeded'],
    ]);
    expect(await cash()).toBe(CASH);
    await sameBooks();
  });
});

// The last one: the sandbox takes its word back, and not the transfer itself.
test('a final transfer that the chain drops is in the treasury wallet again; a person refunds it', async () => {
  const { id } = await customer.withdraw({ amount: '60.00' });
  const { circle_transfer_ref } = await customer.withdrawalReaches(id, 'complete');
  await stack.sandbox.control('POST', `/control/circle/transactions/${circle_transfer_ref}/state`, {
    state: 'FAILED',
    error_reason: 'REORG',
  });
  const review = await reviewOpens(stack, id, 'reorganised');
  const row = await customer.withdrawal(id);
  expect(row.status).toBe('on_ramp_complete');
  expect(await balanceOf(stack.database.pool, 'customer_outgoing', customer.id)).toBe(59_500_000n);
  expect((await decide(stack, review.id, 'refund')).status).toBe(200);
  await customer.withdrawalReaches(id, 'refunded');
  expect(await cash()).toBe(CASH);
});
