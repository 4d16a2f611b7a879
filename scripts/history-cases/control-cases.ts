/** What staff's controls and outgoing webhooks drive: deposits that are held, releases, deliveries. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULT_WEBHOOK_DISPATCH } from '../../domain/platform/webhook.ts';
import { createCustomer } from '../../test/support/customer.ts';
import { eventually } from '../../test/support/eventually.ts';
import { setDepositPolicy } from '../../test/support/trouble.ts';
import type { Cases, PlayedCase, Stage } from '../record-histories.ts';

async function adminToken({ stack }: Stage): Promise<string> {
  const { rows } = await stack.database.pool.query<{ id: string }>(
    `insert into users (auth_provider_id, role) values ('recorded:admin', 'admin')
     on conflict (auth_provider_id) do update set role = 'admin' returning id`,
  );
  return stack.token(rows[0]?.id ?? '', 'admin');
}

async function set(stage: Stage, key: string, off: boolean): Promise<string> {
  const idempotencyKey = randomUUID();
  const token = await adminToken(stage);
  const body = { off, reason: 'a recording' };
  await stage.stack.call('PUT', `/v1/admin/switches/${key}`, { token, body, idempotencyKey });
  return idempotencyKey;
}

/** A deposit that a switch holds up, until it is on again. */
function held(key: string) {
  return async (stage: Stage): Promise<PlayedCase> => {
    await setDepositPolicy(stage.stack, { retryAfterSeconds: [0.3, 0.3, 3600] });
    await set(stage, key, true);
    const customer = await createCustomer(stage.stack);
    await customer.receive({ amount: '25.00' });
    await eventually('it is held', async () => (await customer.deposits()).at(-1)?.waiting_for === 'paused');
    await set(stage, key, false);
    const { id } = await customer.depositReaches('broker_funded', 60_000);
    return { workflowId: `deposit:${id}`, isOver: true };
  };
}

async function released(stage: Stage): Promise<PlayedCase> {
  await set(stage, 'wires', true);
  await set(stage, 'wires', false);
  return eventually('a release has run', async () => {
    for await (const { workflowId } of stage.temporal.workflow.list({ query: `WorkflowType = 'release'` })) {
      return { workflowId, isOver: true };
    }
    return undefined;
  });
}

/** A backend that refuses the first message and takes the second try. */
async function receiver(): Promise<Server> {
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume();
    calls += 1;
    response.writeHead(calls === 1 ? 500 : 204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function delivered(stage: Stage): Promise<PlayedCase> {
  const server = await receiver();
  try {
    const token = await adminToken(stage);
    const value = { firstRetrySeconds: 0.2 };
    const setting = { token, body: { value, reason: 'a recording' } };
    await stage.stack.call('PUT', '/v1/admin/settings/webhook_policy', setting);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const registration = { token, body: { url, event_types: ['notification.created'] } };
    const { body } = await stage.stack.call('POST', '/v1/webhook-endpoints', registration);
    await stage.stack.call('POST', `/v1/webhook-endpoints/${body.id}/test`, { token });
    await eventually('it is delivered', async () => {
      const log = await stage.stack.call('GET', `/v1/webhook-endpoints/${body.id}/deliveries`, { token });
      return log.body.data[0]?.state === 'delivered';
    });
    const workflowId = `webhook-delivery:${body.id}`;
    await stage.temporal.workflow.getHandle(workflowId).result();
    await stage.stack.call('DELETE', `/v1/webhook-endpoints/${body.id}`, { token });
    return { workflowId, isOver: true };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Short rounds under an id of its own, until the first run goes on as a second one. */
async function dispatchRounds({ stack, temporal }: Stage): Promise<PlayedCase> {
  const workflowId = 'webhook-dispatch:recorded';
  const handle = await temporal.workflow.start('webhookDispatch', {
    workflowId,
    taskQueue: stack.config.temporal.taskQueue,
    args: [{ ...DEFAULT_WEBHOOK_DISPATCH, roundSeconds: 0.05 }],
  });
  await eventually('the second run has begun', async () => {
    const { runId } = await temporal.workflow.getHandle(workflowId).describe();
    return runId !== handle.firstExecutionRunId;
  });
  await temporal.workflow.getHandle(workflowId).terminate('recorded');
  return { workflowId, runId: handle.firstExecutionRunId, isOver: false };
}

/** Deposits that staff hold up belong to the deposits' histories. */
export const heldDepositCases: Cases = {
  'held-before-the-transfer': held('deposits'),
  'held-before-the-journal': held('alpaca'),
};

export const controlCases: Readonly<Record<string, Cases>> = {
  release: { happy: released },
  webhookDelivery: { 'second-try': delivered },
  webhookDispatch: { 'rounds-then-a-new-run': dispatchRounds },
};
