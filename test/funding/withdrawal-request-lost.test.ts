/**
 * A worker writes a withdrawal down and dies, and Temporal forgets the request that it had not answered: the row, with
 * its hold, begins all the same.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { createWithdrawalActivities } from '../../activities/funding/withdrawal.ts';
import { openDatabase } from '../../db/client.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { WORKFLOWS } from '../../workflows/contract.ts';
import { expectCleanLedger, paymentsFor } from '../support/books.ts';
import { createSpender, setWithdrawalPolicy } from '../support/money-out.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { sweepNow } from '../support/sweep.ts';

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

test.each(['whose workflow waits for it', 'whose workflow is lost too'])('a request %s', async (what) => {
  const spender = await createSpender(stack, temporal, '50.00');
  const id = randomUUID();
  if (what === 'whose workflow waits for it') {
    await temporal.workflow.start(WORKFLOWS.withdrawal.type, {
      workflowId: `withdrawal:${id}`,
      taskQueue: stack.config.temporal.taskQueue,
      args: [{ withdrawal_id: id }],
    });
  }
  const database = openDatabase({ url: stack.config.database.url, maxConnections: 1 });
  const request = await spender.requestOf({ amount: '20.00' });
  await createWithdrawalActivities({ database }).recordWithdrawalRequested({ ...request, withdrawal_id: id });
  await database.query(
    `update withdrawals set created_at = created_at - interval '5 minutes' where id = $1`,
    [id],
  );
  await database.close();
  expect((await spender.withdrawal(id)).status).toBe('pending');

  await sweepNow(stack, temporal);
  expect(await spender.withdrawalReaches(id, 'complete')).toMatchObject({ net_usd: '19.50' });
  expect((await paymentsFor(stack, id)).filter(({ effective }) => effective)).toHaveLength(2);
  await expectCleanLedger(stack.database.pool);
});
