/** The plain version's worker: the SDK's own defaults, everything around the deposit as in worker.ts. */
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import pino from 'pino';
import { createActivities } from '../../activities/index.ts';
import { createAlpacaClient } from '../../activities/providers/alpaca/client.ts';
import { createCircleClient } from '../../activities/providers/circle/client.ts';
import { createMintClient } from '../../activities/providers/mint/client.ts';
import { loadConfig } from '../../config.ts';
import { openDatabase } from '../../db/client.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { createPayloadCodec } from '../../temporal/codec.ts';
import { startSystemWorkflows } from '../../temporal/system-workflows.ts';
import { createPlainActivities } from './activities.ts';

const config = loadConfig(process.env);
const database = openDatabase({ url: config.database.url, applicationName: 'plain-worker' });
const temporal = await createTemporalClient(config);
const connection = await NativeConnection.connect({ address: config.temporal.address });
const stopping = new AbortController();
const activities = createActivities({
  stopping: stopping.signal,
  database,
  temporal,
  config,
  log: pino({ level: config.log.level }),
  circle: createCircleClient(config.circle),
  mint: createMintClient(config.mint),
  alpaca: createAlpacaClient(config.alpaca),
});
const worker = await Worker.create({
  connection,
  namespace: config.temporal.namespace,
  taskQueue: config.temporal.taskQueue,
  workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
  activities: { ...activities, ...createPlainActivities(database) },
  dataConverter: { payloadCodecs: [createPayloadCodec(config.payload)] },
  shutdownGraceTime: '5 seconds',
});
// The SDK stops the worker on SIGTERM by itself; the stream readers hear of it here.
process.once('SIGTERM', () => stopping.abort());
const running = worker.run();
await startSystemWorkflows(temporal, config);
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
await running;
await Promise.all([database.close(), temporal.connection.close(), connection.close()]);
