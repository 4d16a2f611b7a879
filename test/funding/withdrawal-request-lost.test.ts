/**
 * A worker writes a withdrawal down and dies, and Temporal forgets the request that it had not answered: the row, with
 * its hold, begins all the same.
 */
import { randomUUID } from 'node:crypto';
import { createWithdrawalActivities } from '../../activities/funding/withdrawal.ts';
import { openDatabase } from '../../db/client.ts';
import { WORKFLOWS } from '../../workflows/contract.ts';
import { paymentsFor } from '../support/books.ts';
import { spendingStage } from '../support/spending-stage.ts';
import { sweepNow } from '../support/sweep.ts';

const stage = spendingStage();

test.each(['whose workflow waits for it', 'whose workflow is lost too'])('a request %s', async (what) => {
  const { stack, temporal, customer } = stage;
  const id = randomUUID();
  if (what === 'whose workflow waits for it') {
    await temporal.workflow.start(WORKFLOWS.withdrawal.type, {
      workflowId: `withdrawal:${id}`,
      taskQueue: stack.config.temporal.taskQueue,
      args: [{ withdrawal_id: id }],
    });
  }
  const database = openDatabase({ url: stack.config.database.url, maxConnections: 1 });
  const request = await customer.requestOf({ amount: '20.00' });
  await createWithdrawalActivities({ database }).recordWithdrawalRequested({ ...request, withdrawal_id: id });
  await database.query(
    `update withdrawals set created_at = created_at - interval '5 minutes' where id = $1`,
    [id],
  );
  await database.close();
  expect((await customer.withdrawal(id)).status).toBe('pending');

  await sweepNow(stack, temporal);
  expect(await customer.withdrawalReaches(id, 'complete')).toMatchObject({ net_usd: '19.50' });
  expect((await paymentsFor(stack, id)).filter(({ effective }) => effective)).toHaveLength(2);
});
