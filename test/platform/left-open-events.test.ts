/** What an API had stored and told nobody when it died is told as soon as another one starts. */
import { createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { setDepositPolicy } from '../support/trouble.ts';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({ firmCash: '1000.00' });
  // Nothing is looked up meanwhile, and the sweep tells only what has been open for longer than this test lasts.
  await setDepositPolicy(stack, { lookUpAfterSeconds: [3_600], retryAfterSeconds: [3_600] });
});
afterAll(() => stack?.stop());

test('it does not wait for look-ups or the sweep', async () => {
  const { pool } = stack.database;
  const customer = await createCustomer(stack);
  await customer.receive({ amount: '5.00' });
  const { id } = await customer.depositReaches('broker_funded');
  await stack.api.kill();
  const open = await pool.query<{ id: string }>(
    `update inbound_events set processed_at = null, received_at = now() - interval '3 seconds'
     where workflow_id = 'deposit:' || $1 and kind = 'circle.inbound' and message ->> 'state' = 'complete'
     returning id`,
    [id],
  );
  expect(open.rows).toHaveLength(1);
  await stack.api.restart();
  await eventually(
    'it is told, and used',
    async () => {
      const { rows } = await pool.query('select from inbound_events where processed_at is null and id = $1', [
        open.rows[0]?.id,
      ]);
      return rows.length === 0;
    },
    { timeoutMs: 40_000 },
  );
  expect((await customer.deposits()).map(({ status }) => status)).toEqual(['broker_funded']);
});
