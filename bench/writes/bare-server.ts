/** Bare Express handlers that only start a workflow: no sign-in, no schema, no idempotency key, no database. */
import { randomUUID } from 'node:crypto';
import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import express from 'express';
import { BARE_QUEUE } from './bare-queue.ts';
import { ask, type bare } from './bare-workflow.ts';

const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '' });
const client = new Client({ connection });
const app = express();
app.use(express.json());

/** Answers when the server has written the start down. */
app.post('/start', async (_request, response) => {
  const workflowId = `bare:${randomUUID()}`;
  await client.workflow.start<typeof bare>('bare', {
    ...{ workflowId, taskQueue: BARE_QUEUE, args: [{ isAsked: false }] },
  });
  response.status(201).json({ id: workflowId });
});

/** Answers when the workflow has run and said yes, as Sluice's writes do. */
app.post('/update', async (_request, response) => {
  const workflowId = `bare:${randomUUID()}`;
  const startWorkflowOperation = new WithStartWorkflowOperation<typeof bare>('bare', {
    ...{ workflowId, taskQueue: BARE_QUEUE, args: [{ isAsked: true }], workflowIdConflictPolicy: 'FAIL' },
  });
  const args = [{ operation_id: randomUUID() }] as [{ operation_id: string }];
  const answer = await client.workflow.executeUpdateWithStart(ask, { startWorkflowOperation, args });
  response.status(201).json({ id: workflowId, ...answer });
});

const server = app.listen(Number(process.env.BARE_PORT), '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
});
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close();
  void connection.close();
});
