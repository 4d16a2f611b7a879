/** The worker of the bare workflow, with the options of worker.ts that make it fast and nothing else. */
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { trimWorkflowThreads } from '../../temporal/workflow-threads.ts';
import { BARE_QUEUE } from './bare-queue.ts';

const WORKFLOWS = fileURLToPath(new URL('./bare-workflow.ts', import.meta.url));

trimWorkflowThreads();
const connection = await NativeConnection.connect({
  address: process.env.TEMPORAL_ADDRESS ?? '',
  grpcCompression: { codec: 'none' },
});
const worker = await Worker.create({
  connection,
  taskQueue: BARE_QUEUE,
  workflowsPath: WORKFLOWS,
  bundlerOptions: { preloadModules: [WORKFLOWS] },
  maxCachedWorkflows: 2_000,
});
const running = worker.run();
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
await running;
await connection.close();
