/** A worker of a configured version takes work once its version is current, and pins deposits to it. */
import type { Client } from '@temporalio/client';
import { openDatabase } from '../../db/client.ts';
import { openWorkflowIds } from '../../db/platform/open-lifecycle-queries.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { countPinned } from '../../temporal/worker-versions.ts';
import { createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { providersReady, startStack, type TestStack } from '../support/stack.ts';
import { plant } from '../support/trouble.ts';

const VERSION = { deploymentName: 'sluice-test', buildId: 'build-1' };

let stack: TestStack;
let temporal: Client;
beforeAll(async () => {
  stack = await startStack({
    env: { WORKER_DEPLOYMENT_NAME: VERSION.deploymentName, WORKER_BUILD_ID: VERSION.buildId },
  });
  temporal = await createTemporalClient(stack.config);
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '1000.00' });
});
afterAll(async () => {
  await temporal?.connection.close();
  await stack?.stop();
});

test('a deposit is pinned to the version that it began with', async () => {
  const { namespace } = stack.config.temporal;
  await eventually('the version is known and made current', async () => {
    await temporal.workflowService.setWorkerDeploymentCurrentVersion({
      namespace,
      deploymentName: VERSION.deploymentName,
      buildId: VERSION.buildId,
      identity: 'test',
    });
    return true;
  });
  const customer = await createCustomer(stack);
  await providersReady(stack.database.pool);
  await customer.receive({ amount: '3.00' });
  const { id } = await customer.depositReaches('broker_funded');
  const { raw } = await temporal.workflow.getHandle(`deposit:${id}`).describe();
  expect(raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion).toMatchObject(VERSION);
});

test('what is open on a version is counted by our rows and the engine, without its search', async () => {
  const { deploymentName, buildId } = VERSION;
  const customer = await createCustomer(stack);
  await customer.receive({ amount: '4.00' });
  const ended = `deposit:${(await customer.depositReaches('broker_funded')).id}`;
  await plant(stack, { company: 'alpaca', operation: 'alpaca.createJournal', kind: 'pending' });
  await customer.receive({ amount: '5.00' });
  const open = `deposit:${(await customer.depositReaches('off_ramp_complete')).id}`;
  const database = openDatabase({ url: stack.database.url });
  const ids = await openWorkflowIds(database).finally(() => database.close());
  expect(ids).toContain(open);
  expect(ids).not.toContain(ended);
  expect(await countPinned(temporal, deploymentName, ids)).toEqual(new Map([[buildId, 1]]));
  const others = [ended, 'deposit:00000000-0000-4000-8000-000000000000'];
  expect(await countPinned(temporal, deploymentName, others)).toEqual(new Map());
  expect(await countPinned(temporal, 'another-deployment', ids)).toEqual(new Map());
});
