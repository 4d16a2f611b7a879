/** The worker process: runs workflows and activities until it is told to stop. As many copies as wanted. */
import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import pino from 'pino';
import { createActivities } from './activities/index.ts';
import { createAlpacaClient } from './activities/providers/alpaca/client.ts';
import { createCircleClient } from './activities/providers/circle/client.ts';
import { createMintClient } from './activities/providers/mint/client.ts';
import { type Config, loadConfig } from './config.ts';
import { openDatabase } from './db/client.ts';
import { activityInterceptor } from './temporal/activity-interceptor.ts';
import { createTemporalClient } from './temporal/client.ts';
import { createPayloadCodec } from './temporal/codec.ts';
import { startSystemWorkflows } from './temporal/system-workflows.ts';
import { workflowCode } from './temporal/workflow-bundle.ts';
import { trimWorkflowThreads } from './temporal/workflow-threads.ts';

async function main(config: Config): Promise<void> {
  // Standard output carries the ready line alone; logs go to standard error without blocking.
  const log = pino(
    { level: config.log.level, base: { process: 'worker' } },
    pino.destination({ fd: 2, sync: false }),
  );
  // Signals are handled below: the worker drains what it has begun before it goes.
  Runtime.install({ shutdownSignals: [], logger: engineLogger(log) });
  const database = openDatabase({
    url: config.database.url,
    maxConnections: config.database.connections,
    applicationName: 'sluice-worker',
  });
  const temporal = await createTemporalClient(config);
  // What travels is mostly ciphertext, which compression makes no smaller.
  const connection = await NativeConnection.connect({
    address: config.temporal.address,
    grpcCompression: { codec: 'none' },
  });
  // Long-running activities end at once when the process is told to stop, and go on in another worker.
  const stopping = new AbortController();
  const ports = {
    stopping: stopping.signal,
    database,
    temporal,
    config,
    log,
    circle: createCircleClient(config.circle),
    mint: createMintClient(config.mint),
    alpaca: createAlpacaClient(config.alpaca),
  };
  trimWorkflowThreads();
  const { workflowModules, ...code } = workflowCode(config.worker.workflowBundle);
  const worker = await Worker.create({
    connection,
    namespace: config.temporal.namespace,
    taskQueue: config.temporal.taskQueue,
    ...code,
    activities: createActivities(ports),
    dataConverter: { payloadCodecs: [createPayloadCodec(config.payload)] },
    interceptors: { workflowModules, activity: [activityInterceptor(log)] },
    ...deployment(config),
    shutdownGraceTime: '10 seconds',
    // News for a workflow that a dead worker held goes to another one after this; the SDK would wait for ten seconds.
    stickyQueueScheduleToStartTimeout: '5 seconds',
    maxCachedWorkflows: 2_000,
    maxConcurrentWorkflowTaskExecutions: config.worker.workflowTasks,
  });
  const stop = () => {
    stopping.abort();
    worker.shutdown();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  const running = worker.run();
  await startSystemWorkflows(temporal, config);
  process.stdout.write(`${JSON.stringify({ ready: true, worker: process.pid })}\n`);
  await running;
  await Promise.all([database.close(), temporal.connection.close(), connection.close()]);
}

/**
 * Where versions are configured, a workflow stays on the version that it began with, unless its own options
 * say otherwise: money on its way never changes its rules. A version gets work once it is made current.
 */
function deployment({ worker }: Config): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  const { deploymentName, buildId } = worker;
  if (deploymentName === undefined || buildId === undefined) return {};
  const version = { deploymentName, buildId };
  return {
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version,
      defaultVersioningBehavior: 'PINNED',
    },
  };
}

/** The engine's own log lines in our format. */
function engineLogger(log: pino.Logger) {
  const at = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (message: string, meta?: object) =>
    log[level]({ ...meta }, message);
  return {
    log: (level: string, message: string, meta?: object) =>
      at(level === 'ERROR' ? 'error' : 'debug')(message, meta),
    trace: at('trace'),
    debug: at('debug'),
    info: at('debug'),
    warn: at('warn'),
    error: at('error'),
  };
}

try {
  await main(loadConfig(process.env));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
