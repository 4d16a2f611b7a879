/** A worker of a configured version takes work once its version is current, and pins deposits to it. */
import { createTemporalClient } from '../../temporal/client.ts';
import { createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { providersReady, startStack, type TestStack } from '../support/stack.ts';

const VERSION = { deploymentName: 'sluice-test', buildId: 'build-1' };

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({
    env: { WORKER_DEPLOYMENT_NAME: VERSION.deploymentName, WORKER_BUILD_ID: VERSION.buildId },
  });
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '1000.00' });
});
afterAll(() => stack?.stop());

test('a deposit is pinned to the version that it began with', async () => {
  const temporal = await createTemporalClient(stack.config);
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
  await temporal.connection.close();
});
