/** Webhooks that are lost, repeated, late, out of order or forged change nothing about the outcome. */
import { pino } from 'pino';
import { sendSignal } from '../../api/webhooks/delivery.ts';
import { openDatabase } from '../../db/client.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { balanceOf, expectCleanLedger, movedAt } from '../support/books.ts';
import { type Customer, createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { sweepNow } from '../support/sweep.ts';
import { clearFaults, plant, setDepositPolicy } from '../support/trouble.ts';

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

/** The deposit is done, and each effect happened once. */
async function endsOnce(amount: string): Promise<void> {
  const deposit = await customer.depositReaches('broker_funded');
  expect(deposit.amount_usd).toBe(amount);
  expect(await customer.deposits()).toHaveLength(1);
  expect(await movedAt(stack, deposit.id)).toEqual(['circle', 'alpaca']);
}

test('when no webhook ever comes, the sweep finds the transfer', async () => {
  await plant(stack, { company: 'circle', operation: 'circle.event*', kind: 'drop_event', count: 100 });
  await plant(stack, { company: 'mint', operation: 'mint.event*', kind: 'drop_event', count: 100 });
  await customer.receive({ amount: '8.88' });
  const temporal = await createTemporalClient(stack.config);
  await temporal.schedule.getHandle('sweep-every-minute').trigger();
  await endsOnce('8.88');
  await temporal.connection.close();
});

test('a token that is not USDC is found by the sweep too, and the customer is told', async () => {
  await plant(stack, { company: 'circle', operation: 'circle.event*', kind: 'drop_event', count: 100 });
  await customer.receive({ amount: '8.89', token: 'FAKEUSDC' });
  const temporal = await createTemporalClient(stack.config);
  await sweepNow(stack, temporal);
  await temporal.connection.close();
  expect(await customer.depositReaches('failed')).toMatchObject({ amount_usd: null, waiting_for: null });
});

test('CONFIRMED that another copy of the API held back until the deposit was over', async () => {
  const temporal = await createTemporalClient(stack.config);
  await customer.receive({ amount: '8.87' });
  const { id } = await customer.depositReaches('broker_funded');
  const run = temporal.workflow.getHandle(`deposit:${id}`);
  await run.result();
  const { runId } = await run.describe();
  const { rows } = await stack.database.pool.query<{ id: string; message: { source: string } }>(
    `update inbound_events set processed_at = null where workflow_id = $1
       and message ->> 'source' = 'circle.inbound' and message ->> 'state' = 'confirmed'
     returning id::text, message`,
    [`deposit:${id}`],
  );
  const [event] = rows;
  const database = openDatabase({ url: stack.config.database.url, maxConnections: 1 });
  const deps = {
    database,
    temporal,
    taskQueue: stack.config.temporal.taskQueue,
    log: pino({ enabled: false }),
  };
  const message = { source: '', ...event?.message, event_id: event?.id ?? '' };
  await sendSignal(deps, { workflow_id: `deposit:${id}`, user_id: customer.id, message, reopens: false });

  expect((await run.describe()).runId).toBe(runId);
  const { rows: open } = await stack.database.pool.query('select from unused_events where workflow_id = $1', [
    `deposit:${id}`,
  ]);
  expect(open).toHaveLength(0);
  await database.close();
  await temporal.connection.close();
  await endsOnce('8.87');
});

test('CONFIRMED after COMPLETE', async () => {
  await plant(stack, {
    company: 'circle',
    operation: 'circle.event.transactions.inbound',
    kind: 'delay_event',
    match: { state: 'CONFIRMED' },
    delay_ms: 700,
  });
  await customer.receive({ amount: '3.21' });
  await endsOnce('3.21');
  await eventually('the late event is stored and done with', async () => {
    const { rows } = await stack.database.pool.query(
      `select processed_at from inbound_events where kind = 'circle.inbound' and message ->> 'state' = 'confirmed'
       order by id desc limit 1`,
    );
    return rows[0]?.processed_at !== null;
  });
});

test('a forged webhook credits nothing and is not stored', async () => {
  const before = await stack.database.pool.query('select count(*)::int as n from inbound_events');
  await stack.sandbox.control('POST', '/control/circle/events/forge', {
    type: 'transactions.inbound',
    notification: {
      id: '6d2ab7b6-3d2b-4c7e-9d0e-0c4a9a3f0001',
      blockchain: 'ETH-SEPOLIA',
      walletId: customer.wallets.ethereum.circleWalletId,
      transactionType: 'INBOUND',
      state: 'COMPLETE',
      amounts: ['1000000'],
      createDate: '2026-01-15T18:24:10Z',
      updateDate: '2026-01-15T18:24:10Z',
    },
  });
  await customer.receive({ amount: '1.00' });
  await endsOnce('1.00');
  const { rows } = await stack.database.pool.query(
    `select count(*)::int as n from inbound_events where message ->> 'amount' = '1000000'`,
  );
  expect(rows[0].n).toBe(0);
  expect(before.rows[0].n).toBeGreaterThanOrEqual(0);
});

test('a rotated signing key is fetched and believed', async () => {
  await stack.sandbox.control('POST', '/control/circle/events/rotate_key');
  await customer.receive({ amount: '2.22' });
  await endsOnce('2.22');
});

test('a transfer that a reorganisation removes before it is final is closed, and nothing is credited', async () => {
  await plant(stack, { company: 'chain', operation: 'chain.finalize', kind: 'reorg' });
  await customer.receive({ amount: '6.66' });
  const deposit = await customer.depositReaches('failed');
  expect(deposit.failure_reason).toMatch(/the network dropped it/);
  expect(await balanceOf(stack.database.pool, 'customer_incoming', customer.wallets.ethereum.id)).toBe(0n);
});

test('a transfer that comes before its wallet is known here is taken up by the sweep', async () => {
  const { pool } = stack.database;
  const { id, circleWalletId } = customer.wallets.ethereum;
  await pool.query(`update wallets set circle_wallet_id = 'not yet' where id = $1`, [id]);
  await customer.receive({ amount: '5.25' });
  await eventually('its events are stored', async () => {
    const { rows } = await pool.query(
      `select from inbound_events where message ->> 'circle_wallet_id' = $1 and processed_at is null`,
      [circleWalletId],
    );
    return rows.length === 2;
  });
  await pool.query('update wallets set circle_wallet_id = $2 where id = $1', [id, circleWalletId]);
  const temporal = await createTemporalClient(stack.config);
  await sweepNow(stack, temporal, '1 hour');
  await endsOnce('5.25');
  await temporal.connection.close();
});
