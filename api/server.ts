/** The API process: configuration, connections, listening, one ready line, and a stop that lets requests finish. */
import { createServer } from 'node:http';
import { pino } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { createCircleWebhook } from '../activities/providers/circle/webhook.ts';
import { createMintAccountWebhook } from '../activities/providers/mint/webhook.ts';
import { type Config, loadConfig } from '../config.ts';
import { openDatabase } from '../db/client.ts';
import { deleteExpiredKeys } from '../db/platform/idempotency-key-queries.ts';
import { userOfOutsideSubject } from '../db/platform/user-queries.ts';
import { createTemporalClient } from '../temporal/client.ts';
import { createPayloadCodec } from '../temporal/codec.ts';
import { findTroubledRun } from '../temporal/failed-tasks.ts';
import { createApp } from './app.ts';
import { createSmsSender } from './auth/sms.ts';
import { createTokenAuthority } from './auth/tokens.ts';
import type { ApiDeps } from './deps.ts';
import { createAddressGateway } from './funding/address-gateway.ts';
import { createOnboardingGateway } from './funding/onboarding-gateway.ts';
import { createReconciliationGateway } from './funding/reconciliation-gateway.ts';
import { registerReconciliationMetrics } from './funding/reconciliation-metrics.ts';
import { createWireGateway } from './funding/wire-gateway.ts';
import { createWithdrawalGateway } from './funding/withdrawal-gateway.ts';
import { answerMalformedRequests, listen, stopListening } from './listening.ts';
import { describeCause } from './middleware/error-handler.ts';
import { createControlGateway } from './platform/control-gateway.ts';
import { registerMoneyMetrics } from './platform/money-metrics.ts';
import { createReviewGateway } from './platform/review-gateway.ts';
import { createSealer } from './sealing.ts';
import { LEFT_OPEN_AFTER_SECONDS, sendLeftOpen, sendSignal } from './webhooks/delivery.ts';
import { gatherSignals } from './webhooks/gathering.ts';
import { createWebhooks } from './webhooks/router.ts';

/** Requests get this long to finish after the signal to stop. */
const STOP_GRACE_MS = 10_000;
const EXPIRED_KEYS_EVERY_MS = 60_000;
const EXPIRED_KEYS_PER_SWEEP = 5_000;
/** Never written to a log, wherever they appear in an object. */
const REDACTED_PATHS = [
  'authorization',
  'cookie',
  'token',
  'code',
  'passcode',
  'phone_number',
  'email',
].flatMap((name) => (name === 'code' ? [`body.${name}`] : [name, `*.${name}`, `*.*.${name}`]));

function createLog(config: Config) {
  const options = { level: config.log.level, base: { service: 'api' }, redact: REDACTED_PATHS };
  // Standard output carries the ready line alone; logs go to standard error without blocking.
  return pino(options, pino.destination({ fd: 2, sync: false }));
}

async function connect(config: Config, stopping: AbortSignal) {
  const database = openDatabase({
    url: config.database.url,
    maxConnections: config.database.connections,
    applicationName: 'sluice-api',
  });
  const temporal = await createTemporalClient(config);
  const log = createLog(config);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  registerMoneyMetrics(database, metrics);
  registerReconciliationMetrics(database, metrics);
  const { uiUrl, namespace } = config.temporal;
  const deps: ApiDeps = {
    database,
    temporal,
    tokens: await createTokenAuthority({
      ...config.auth,
      outsideUser: async (subject) => {
        const { id, role } = await userOfOutsideSubject(database, subject);
        return { userId: id, role };
      },
    }),
    sms: createSmsSender(config.sms),
    onboarding: createOnboardingGateway({
      ...{ database, temporal, taskQueue: config.temporal.taskQueue },
      fieldKeys: config.fields,
    }),
    reconciliation: createReconciliationGateway(database, temporal, config.temporal.taskQueue),
    addresses: createAddressGateway({ database, temporal, log, taskQueue: config.temporal.taskQueue }),
    withdrawals: createWithdrawalGateway({
      ...{ database, temporal, taskQueue: config.temporal.taskQueue },
      fieldKeys: config.fields,
    }),
    reviews: createReviewGateway(database, temporal, config.temporal.taskQueue),
    runTrouble: async (workflowId) => {
      const run = await findTroubledRun(temporal, workflowId);
      return run && { tries: run.tries, reason: run.failed[0]?.reason ?? '' };
    },
    wires: createWireGateway(database, temporal, config.temporal.taskQueue),
    outgoing: { fieldKeys: config.fields, allowedNetworks: config.webhooks.allowedNetworks },
    controls: createControlGateway(temporal, config.temporal.taskQueue, log),
    codec: createPayloadCodec(config.payload),
    sealer: createSealer(config.fields.keys, config.fields.activeKeyId, 'api answers'),
    log,
    metrics,
    rateLimits: config.api.rateLimits,
    publicUrl: config.api.publicUrl,
    trustedProxies: config.api.trustedProxies,
    stopping,
    codecOrigins: config.codec.allowedOrigins,
    ...(uiUrl === undefined ? {} : { temporalUi: `${uiUrl}/namespaces/${namespace}` }),
  };
  const taskQueue = config.temporal.taskQueue;
  const gathering = gatherSignals(
    (signal) => sendSignal({ database, temporal, taskQueue, log }, signal),
    config.api.gatherEventsMs,
  );
  const webhooks = {
    ...{ database, temporal, log, taskQueue, gathering },
    circle: createCircleWebhook(config.circle),
    mint: createMintAccountWebhook(config.mint),
  };
  return {
    deps,
    webhooks: createWebhooks(webhooks),
    sendLeftOpen: () => sendLeftOpen(webhooks),
    close: async () => {
      await gathering.flush();
      await Promise.all([database.close(), temporal.connection.close()]);
    },
  };
}

/** Deletes kept answers whose time is over, a few at a time, for as long as the process lives. */
function expireKeys({ database, log }: ApiDeps): NodeJS.Timeout {
  const sweep = () =>
    deleteExpiredKeys(database, EXPIRED_KEYS_PER_SWEEP).catch((error: unknown) =>
      log.warn({ cause: describeCause(error) }, 'expired keys are left to the next sweep'),
    );
  return setInterval(() => void sweep(), EXPIRED_KEYS_EVERY_MS);
}

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const stopSignal = new AbortController();
  const { deps, webhooks, sendLeftOpen: tellLeftOpen, close } = await connect(config, stopSignal.signal);
  const server = createServer(createApp(deps, { webhooks }));
  answerMalformedRequests(server, deps.publicUrl);
  const { port } = await listen(server, config.api.host, config.api.port);
  process.stdout.write(`${JSON.stringify({ ready: true, base_url: `http://${config.api.host}:${port}` })}\n`);
  const sweeps = expireKeys(deps);
  const leftOpen = setTimeout(() => void tellLeftOpen(), LEFT_OPEN_AFTER_SECONDS * 1_000);
  const stop = async () => {
    if (stopSignal.signal.aborted) return;
    deps.log.info('stopping');
    stopSignal.abort();
    clearInterval(sweeps);
    clearTimeout(leftOpen);
    await stopListening(server, STOP_GRACE_MS);
    await close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
}

main().catch((error: unknown) => {
  process.stderr.write(`The API cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
