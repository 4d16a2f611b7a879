/** Withdrawals that people change their mind about, hold up, or must decide on. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { createMintClient } from '../../activities/providers/mint/client.ts';
import { askToCancel } from '../../temporal/signal-withdrawal.ts';
import { approveByTwo } from '../support/approval.ts';
import { balanceOf, movedAt, paymentsFor } from '../support/books.ts';
import { eventually } from '../support/eventually.ts';
import { receivedAt, type Spender, setWithdrawalPolicy } from '../support/money-out.ts';
import { CASH, spendingStage } from '../support/spending-stage.ts';
import type { TestStack } from '../support/stack.ts';
import { clearFaults, confirm, decide, plant, reviewOpens } from '../support/trouble.ts';

const stage = spendingStage();
const { cash, sameBooks } = stage;

let stack: TestStack;
let temporal: Client;
let customer: Spender;
beforeEach(() => {
  ({ stack, temporal, customer } = stage);
});
afterEach(() => stack.database.pool.query('update switches set off = false'));

const cancel = (id: string) =>
  askToCancel(temporal, id, { requested_by: customer.id, request_id: `cancel-${id}` });
const moved = (id: string) => movedAt(stack, id);

/** Staff stop a rail, or open it again. */
async function stop(key: string, off = true): Promise<void> {
  await stack.database.pool.query(
    `insert into switches (key, off, reason) values ($1, $2, 'a test')
     on conflict (key) do update set off = excluded.off`,
    [key, off],
  );
}

const approve = (id: string) => approveByTwo(stack, temporal, id);

/** A withdrawal that waits for approval, so that something can be arranged before it goes on. */
const asked = () => customer.withdraw({ amount: '60.00', fee: '0.50', needsApproval: true });

/** Everything that Mint holds for us goes to our own treasury wallet on Polygon. */
async function emptyMint(): Promise<void> {
  const mint = createMintClient(stack.config.mint);
  const { available } = await mint.balances();
  const [recipient] = (await mint.listRecipientAddresses()).items.filter(({ chain }) => chain === 'polygon');
  const amount = available.find(({ currency }) => currency === 'USD')?.amount ?? '0';
  await mint.createTransfer({ idempotencyKey: randomUUID(), addressId: recipient?.id ?? '', amount });
}

describe('the customer cancels', () => {
  test('while it waits for approval: the hold is released, and nothing had moved', async () => {
    const { id } = await asked();
    expect(await cash()).toBe(40_000_000n);
    expect(await cancel(id)).toMatchObject({ canceled: true, facts: { status: 'canceled' } });
    expect(await cash()).toBe(CASH);
    expect(await paymentsFor(stack, id)).toEqual([]);
  });

  test('while Alpaca holds the journal: it is taken back there', async () => {
    await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'pending' });
    const { id } = await customer.withdraw({ amount: '60.00' });
    await customer.withdrawalReaches(id, 'broker_withdrawal_initiated', 'broker_approval');
    expect(await cancel(id)).toMatchObject({ canceled: true, facts: { status: 'canceled' } });
    expect(await cash()).toBe(CASH);
    expect((await paymentsFor(stack, id)).map(({ status }) => status)).toEqual(['canceled']);
    await sameBooks();
  });

  test('while staff hold it up before Mint: the dollars come back, the fee included', async () => {
    await plant(stack, {
      company: 'alpaca',
      operation: 'alpaca.createJournal',
      kind: 'slow',
      delay_ms: 1_500,
    });
    const { id } = await customer.withdraw({ amount: '60.00' });
    await stop('mint');
    await customer.withdrawalReaches(id, 'broker_withdrawal_complete', 'paused');
    expect(await cancel(id)).toMatchObject({ canceled: true });
    const row = await customer.withdrawalReaches(id, 'refunded');
    expect(row.failure_reason).toBe('Canceled by the customer.');
    expect(await cash()).toBe(CASH);
    expect(await moved(id)).toEqual(['alpaca', 'alpaca']);
    await sameBooks();
  });

  test('too late: the answer says so, and it arrives', async () => {
    await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'pending' });
    const { id, address } = await customer.withdraw({ amount: '60.00' });
    const { circle_transfer_ref } = await customer.withdrawalReaches(id, 'transfer_initiated');
    const answer = await cancel(id);
    expect(answer).toMatchObject({ canceled: false, code: 'withdrawal_under_way' });
    expect(answer.detail).toMatch(/^This withdrawal is under way/);
    await stack.sandbox.control('POST', `/control/circle/transactions/${circle_transfer_ref}/state`, {
      state: 'QUEUED',
    });
    await customer.withdrawalReaches(id, 'complete');
    expect(await receivedAt(stack, 'base', address)).toBe(59_500_000n);
  });
});

describe('approval', () => {
  test('two people release it, and it arrives', async () => {
    const { id } = await asked();
    await customer.withdrawalReaches(id, 'awaiting_approval');
    await approve(id);
    await customer.withdrawalReaches(id, 'complete');
  });

  test('nobody does in time: it is canceled, and the hold is released', async () => {
    const { id } = await customer.withdraw({
      amount: '60.00',
      needsApproval: true,
      approvalExpiresSeconds: 1,
    });
    const row = await customer.withdrawalReaches(id, 'canceled');
    expect(row.failure_reason).toBe('It was not approved in time.');
    expect(await cash()).toBe(CASH);
  });
});

describe('staff hold it up', () => {
  test.each([
    ['alpaca', 'pending'],
    ['withdrawals', 'pending'],
    ['mint', 'broker_withdrawal_complete'],
  ])('%s off: it waits in %s, says so, and goes on when it is on again', async (key, state) => {
    await plant(stack, {
      company: 'alpaca',
      operation: 'alpaca.createJournal',
      kind: 'slow',
      delay_ms: 1_000,
    });
    const { id } = state === 'pending' ? await asked() : await customer.withdraw({ amount: '60.00' });
    await stop(key);
    if (state === 'pending') await approve(id);
    await customer.withdrawalReaches(id, state, 'paused');
    await stop(key, false);
    await customer.withdrawalReaches(id, 'complete', null);
    await sameBooks();
  });
});

describe('people decide', () => {
  test('a denied transfer is refunded: the dollars are back, the USDC stays ours', async () => {
    await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'deny' });
    const { id } = await customer.withdraw({ amount: '60.00' });
    const review = await reviewOpens(stack, id, 'transfer_denied');
    expect((await decide(stack, review.id, 'close')).body).toMatchObject({ code: 'decision_refused' });
    expect((await decide(stack, review.id, 'refund')).status).toBe(200);
    const row = await customer.withdrawalReaches(id, 'refunded');
    expect(row.failure_reason).toMatch(/^Decided by a person/);
    expect(await cash()).toBe(CASH);
    expect(await balanceOf(stack.database.pool, 'customer_outgoing', customer.id)).toBe(0n);
    await sameBooks();
  });

  test('a transfer that nobody settles is completed on evidence, by two', async () => {
    await setWithdrawalPolicy(stack, { reviewAfterSeconds: 0.5 });
    await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'pending' });
    const { id } = await customer.withdraw({ amount: '60.00' });
    const review = await reviewOpens(stack, id, 'transfer_overdue');
    expect((await decide(stack, review.id, 'force_complete')).body.detail).toMatch(/needs evidence/);
    await decide(stack, review.id, 'force_complete', { tx_hash: '0xseen' });
    expect((await customer.withdrawal(id)).status).toBe('transfer_initiated');
    expect((await confirm(stack, review.id)).status).toBe(200);
    const row = await customer.withdrawalReaches(id, 'complete');
    expect(row.tx_hash).toBe('0xseen');
    // What the sandbox still holds is sent now, so that its books follow.
    await stack.sandbox.control('POST', `/control/circle/transactions/${row.circle_transfer_ref}/state`, {
      state: 'QUEUED',
    });
  });
});

test('a journal that nobody knew of and that Alpaca then refuses for want of cash was not made', async () => {
  const unclear = { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'cut_before' };
  await plant(stack, unclear);
  const body = { code: 40310000, message: 'insufficient balance: the amount is not available' };
  await plant(stack, { ...unclear, kind: 'refuse', status: 403, body });
  const { id } = await customer.withdraw({ amount: '60.00' });
  const row = await customer.withdrawalReaches(id, 'failed');
  expect(row.failure_reason).toMatch(/has not that much free/);
  expect(await cash()).toBe(CASH);
  const { rows } = await stack.database.pool.query(
    'select step, state, last_error from provider_operations where subject_id = $1',
    [id],
  );
  expect(rows).toEqual([{ step: 'journal:1', state: 'failed', last_error: row.failure_reason }]);
});

test('a transfer that Circle has taken is not refunded, though nobody could find it yet', async () => {
  await setWithdrawalPolicy(stack, { giveUpAfterSeconds: 1 });
  await plant(stack, {
    company: 'circle',
    operation: 'circle.createTransfer',
    kind: 'error_after',
    count: 50,
  });
  await plant(stack, {
    company: 'circle',
    operation: 'circle.listTransactions',
    kind: 'unavailable',
    count: 500,
  });
  const { id, address } = await customer.withdraw({ amount: '60.00', fee: '0.50' });
  const question = await reviewOpens(stack, id, 'transfer_unclear');
  await eventually('Circle has told us that it is complete', async () => {
    const { rows } = await stack.database.pool.query(
      `select from provider_operations where subject_id = $1 and step = 'transfer:1' and state = 'succeeded'`,
      [id],
    );
    return rows.length === 1;
  });
  expect((await customer.withdrawal(id)).status).toBe('on_ramp_complete');
  const { rows } = await stack.database.pool.query<{ unclear: string[] }>(
    `select withdrawal_facts(w) -> 'unclear' as unclear from withdrawals w where id = $1`,
    [id],
  );
  expect(rows).toEqual([{ unclear: ['transfer:1'] }]);
  expect((await decide(stack, question.id, 'refund')).status).toBe(409);
  await clearFaults(stack);
  await eventually('it is found, and complete', async () => {
    // What Circle tells may answer the question before a person does.
    await decide(stack, question.id, 'retry');
    return (await customer.withdrawal(id)).status === 'complete';
  });
  expect(await receivedAt(stack, 'base', address)).toBe(59_500_000n);
  expect(await moved(id)).toEqual(['alpaca', 'circle']);
});

describe('what we must provide is missing', () => {
  test('dollars at Mint: it says so, and the transfer is asked for anew', async () => {
    await setWithdrawalPolicy(stack, { retryAfterSeconds: [1] });
    const { id } = await asked();
    // Mint holds what the deposits brought: somebody takes all of it out first.
    await emptyMint();
    await approve(id);
    await customer.withdrawalReaches(id, 'broker_withdrawal_complete', 'mint_float');
    await stack.sandbox.control('POST', '/control/mint/balance', { amount: '1000.00' });
    const row = await customer.withdrawalReaches(id, 'complete');
    expect(row.on_ramp_attempt).toBeGreaterThan(1);
  });

  test('USDC in the treasury wallet: it says so, and the transfer is sent anew', async () => {
    await setWithdrawalPolicy(stack, { retryAfterSeconds: [1] });
    const details = { error_reason: 'INSUFFICIENT_TOKEN' };
    await plant(stack, { company: 'circle', operation: 'circle.transfer', kind: 'fail', details });
    const { id } = await customer.withdraw({ amount: '60.00' });
    await customer.withdrawalReaches(id, 'on_ramp_complete', 'treasury_float');
    const row = await customer.withdrawalReaches(id, 'complete');
    expect(row.transfer_attempt).toBe(2);
  });
});
