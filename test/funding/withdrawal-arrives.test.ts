/** Dollars at the broker become USDC at an address of the customer's choice, on every chain. */
import type { Client } from '@temporalio/client';
import { CHAINS } from '../../domain/funding/chain.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { balanceOf, expectCleanLedger, paymentsFor } from '../support/books.ts';
import { mirrors } from '../support/mirrors.ts';
import { createSpender, receivedAt, setWithdrawalPolicy } from '../support/money-out.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let temporal: Client;
beforeAll(async () => {
  stack = await startStack({ firmCash: '10000.00' });
  temporal = await createTemporalClient(stack.config);
  await setWithdrawalPolicy(stack);
});
afterAll(async () => {
  await temporal?.connection.close();
  await stack?.stop();
});

test.each(CHAINS)(
  'on %s: every state with its reference, the fee kept, the rest at the address',
  async (chain) => {
    const customer = await createSpender(stack, temporal, '120.00');
    const { id, answer, address } = await customer.withdraw({ amount: '100.25', fee: '1.25', chain });
    expect(answer).toMatchObject({ status: 'pending', amount_usd: '100.25', net_usd: '99.00' });
    const row = await customer.withdrawalReaches(id, 'complete');
    expect(row.waiting_for).toBeNull();
    for (const reference of [
      'broker_withdrawal_ref',
      'circle_on_ramp_ref',
      'circle_transfer_ref',
      'tx_hash',
    ] as const)
      expect(row[reference]).toEqual(expect.any(String));
    const { rows: events } = await stack.database.pool.query(
      'select event, to_state from lifecycle_events where subject_id = $1 order by id',
      [id],
    );
    expect(events.map(({ event }) => event)).toEqual([
      'requested',
      'broker_withdrawal_started',
      'broker_withdrawal_completed',
      'on_ramp_started',
      'on_ramp_completed',
      'transfer_started',
      'completed',
    ]);
    expect(await receivedAt(stack, chain, address)).toBe(99_000_000n);
    const { pool } = stack.database;
    expect(await balanceOf(pool, 'customer_cash', customer.id)).toBe(19_750_000n);
    for (const claim of ['customer_held', 'customer_withdrawing', 'customer_outgoing'])
      expect([claim, await balanceOf(pool, claim, customer.id)]).toEqual([claim, 0n]);
    const paid = await paymentsFor(stack, id);
    expect(paid.map(({ company, amount, effective }) => [company, amount, effective])).toEqual([
      ['alpaca', '100.25', true],
      ['circle', '99.00', true],
    ]);
    await expectCleanLedger(pool);
    const { ours, theirs } = await mirrors(stack, [customer]);
    expect(ours).toEqual(theirs);
  },
);

test('more than there is: refused with the figure, and neither a row nor a run is left', async () => {
  const customer = await createSpender(stack, temporal, '10.00');
  const { id, answer } = await customer.withdraw({ amount: '10.01' });
  expect(answer).toMatchObject({ refused: { code: 'insufficient_funds' } });
  await expect(customer.withdrawal(id)).rejects.toThrow('there is no withdrawal');
  const run = temporal.workflow.getHandle(`withdrawal:${id}`);
  expect(await run.result()).toEqual({ status: 'refused' });
});

test('the same request again answers the same withdrawal, and pays once', async () => {
  const customer = await createSpender(stack, temporal, '50.00');
  const { id } = await customer.withdraw({ amount: '20.00' });
  await Promise.all([customer.withdraw({ amount: '20.00', id }), customer.withdraw({ amount: '20.00', id })]);
  await customer.withdrawalReaches(id, 'complete');
  await customer.withdraw({ amount: '20.00', id });
  expect(await balanceOf(stack.database.pool, 'customer_cash', customer.id)).toBe(30_000_000n);
  expect((await paymentsFor(stack, id)).map(({ company }) => company)).toEqual(['alpaca', 'circle']);
});
