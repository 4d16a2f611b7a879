/** Our own mistakes: a step that the database refuses stops for a person, and never ends the deposit's workflow. */
import { createTemporalClient } from '../../temporal/client.ts';
import { expectCleanLedger, paymentsFor } from '../support/books.ts';
import { createCustomer } from '../support/customer.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { decide, reviewOpens, setDepositPolicy } from '../support/trouble.ts';

const EDGE = `lifecycle = 'deposit' and event = 'broker_funded'`;

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack();
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '100000.00' });
  await setDepositPolicy(stack);
});
afterAll(() => stack?.stop());

test('a step that cannot be recorded waits for a person, and retry records it', async () => {
  const { pool } = stack.database;
  const { rows } = await pool.query(
    `delete from lifecycle_edges e where ${EDGE} returning to_jsonb(e) as edge`,
  );
  const customer = await createCustomer(stack);
  await customer.receive({ amount: '17.00' });
  const { id } = await customer.depositReaches('off_ramp_complete');
  const review = await reviewOpens(stack, id, 'defect');
  expect(review.detail).toMatch(/the database refused: SL001/);
  const temporal = await createTemporalClient(stack.config);
  const { status } = await temporal.workflow.getHandle(`deposit:${id}`).describe();
  await temporal.connection.close();
  expect(status.name).toBe('RUNNING');

  await pool.query(
    'insert into lifecycle_edges select * from jsonb_populate_record(null::lifecycle_edges, $1)',
    [rows[0]?.edge],
  );
  expect((await decide(stack, review.id, 'retry')).status).toBe(200);
  await customer.depositReaches('broker_funded');
  const paid = await paymentsFor(stack, id);
  expect(paid.map(({ company, effective }) => [company, effective])).toEqual([
    ['circle', true],
    ['alpaca', true],
  ]);
  await expectCleanLedger(pool);
});
