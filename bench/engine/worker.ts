/** The engine variant's worker: the options of worker.ts, activities that return at once, and no database. */
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { activityInfo } from '@temporalio/activity';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import pino from 'pino';
import { loadConfig } from '../../config.ts';
import { activityInterceptor } from '../../temporal/activity-interceptor.ts';
import { createPayloadCodec } from '../../temporal/codec.ts';
import { trimWorkflowThreads } from '../../temporal/workflow-threads.ts';
import { readSetup } from './setup.ts';
import type { LocalInput } from './workflow.ts';

const INTERCEPTORS = fileURLToPath(new URL('../../workflows/runtime/interceptors.ts', import.meta.url));
/** The bundle's entry lies in the run's own folder, from where its packages are not found. */
const PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url));

const config = loadConfig(process.env);
const { script, workflowsPath, port } = readSetup(process.env.ENGINE_SETUP ?? '');
const log = pino({ level: config.log.level }, pino.destination({ fd: 2, sync: false }));
Runtime.install({ shutdownSignals: [] });

/** Hears which step of which deposit has run, and sends the signals that come after it. */
const sender = connect({ host: '127.0.0.1', port, noDelay: true });
const tell = (depositId: string, step: number) => sender.write(`${depositId} ${step}\n`);

const activities = Object.fromEntries(
  script.steps.flatMap((step, index) => {
    if (step.kind === 'local activity') {
      const run = async (input: LocalInput) => {
        tell(input.deposit_id, input.step);
        const same = script.steps[input.step];
        return same?.kind === 'local activity' ? same.result : null;
      };
      return [[step.name, run] as const];
    }
    if (step.kind !== 'activity') return [];
    const run = async () => {
      tell(activityInfo().workflowExecution?.workflowId.replace('deposit:', '') ?? '', index);
      return step.result;
    };
    return [[step.name, run] as const];
  }),
);

trimWorkflowThreads();
const connection = await NativeConnection.connect({
  address: config.temporal.address,
  grpcCompression: { codec: 'none' },
});
const worker = await Worker.create({
  connection,
  namespace: config.temporal.namespace,
  taskQueue: config.temporal.taskQueue,
  workflowsPath,
  bundlerOptions: {
    preloadModules: [workflowsPath],
    webpackConfigHook: (webpack) => {
      const modules = [...(webpack.resolve?.modules ?? []), PACKAGES];
      return { ...webpack, resolve: { ...webpack.resolve, modules } };
    },
  },
  activities,
  dataConverter: { payloadCodecs: [createPayloadCodec(config.payload)] },
  interceptors: { workflowModules: [INTERCEPTORS], activity: [activityInterceptor(log)] },
  shutdownGraceTime: '5 seconds',
  maxCachedWorkflows: 2_000,
});
process.once('SIGTERM', () => worker.shutdown());
const running = worker.run();
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
await running;
sender.end();
await connection.close();
