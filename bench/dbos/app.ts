/** The DBOS version's one process: takes the same webhooks and stream events as Sluice, and runs the workflows. */
import { DBOS } from '@dbos-inc/dbos-sdk';
import express from 'express';
import { toBrokerEventRow } from '../../activities/platform/broker-event-mapping.ts';
import { createEventBatches } from '../../activities/platform/event-batches.ts';
import { createProviderSetupActivities } from '../../activities/platform/provider-setup.ts';
import { firstUlidAt } from '../../activities/platform/ulid-time.ts';
import { createAlpacaClient } from '../../activities/providers/alpaca/client.ts';
import type { AlpacaEvent } from '../../activities/providers/alpaca/events.ts';
import { createAlpacaStream } from '../../activities/providers/alpaca/stream.ts';
import { createCircleClient } from '../../activities/providers/circle/client.ts';
import { createMintClient } from '../../activities/providers/mint/client.ts';
import { loadConfig } from '../../config.ts';
import { openDatabase } from '../../db/client.ts';
import { receiveBrokerEvents } from '../../db/platform/broker-event-queries.ts';
import { type DepositPorts, registerDeposit } from './deposit.ts';
import { type Signal, webhookRouter } from './webhooks.ts';

const config = loadConfig(process.env);
const database = openDatabase({ url: config.database.url, applicationName: 'dbos-app' });
const circle = createCircleClient(config.circle);
const alpaca = createAlpacaClient(config.alpaca);
const ports: DepositPorts = { database, circle, alpaca, config };
const deposit = registerDeposit(ports);
DBOS.setConfig({ name: 'deposits', systemDatabaseUrl: config.database.url, logLevel: 'error' });
await DBOS.launch();

/** Begins the workflow where the event is a deposit's first, then sends the event; both know repeats. */
async function tell({ workflow_id, message }: Signal): Promise<void> {
  if (message.source === 'circle.inbound') {
    await DBOS.startWorkflow(deposit, { workflowID: workflow_id })(workflow_id.replace('deposit:', ''));
  }
  await DBOS.send(workflow_id, message, message.source, message.event_id);
}

const app = express();
app.use('/v1/webhooks', webhookRouter(config, database, tell));
const server = app.listen(config.api.port, config.api.host);

const setup = createProviderSetupActivities({
  database,
  circle,
  alpaca,
  config,
  mint: createMintClient(config.mint),
});
await setup.ensureWalletSet();
await setup.ensureMintDepositAddresses();
await setup.ensureCircleSubscription();
await setup.ensureMintSubscription();
await setup.openFirmFloat();
await setup.openMintFloat();

const stopping = new AbortController();
let cursor = firstUlidAt(Date.now());
const batches = createEventBatches<AlpacaEvent>({
  limit: 200,
  store: async (events) => {
    const rows = events.map(toBrokerEventRow).filter((row) => row !== undefined);
    cursor = rows.at(-1)?.provider_event_id ?? cursor;
    // What the workflow learned from the journal's answer needs no message; the events are stored all the same.
    await receiveBrokerEvents(database, 'journals', cursor, rows);
  },
  onError: (error) => process.stderr.write(`${String(error)}\n`),
});
const reading = createAlpacaStream(config.alpaca).readEvents({
  stream: 'journals',
  since: { eventId: cursor },
  signal: stopping.signal,
  muteAfterMs: 3_600_000,
  onEvent: (event) => batches.push(event),
  onHeartbeat: () => undefined,
});

process.once('SIGTERM', async () => {
  stopping.abort();
  server.closeAllConnections();
  server.close();
  await reading.catch(() => undefined);
  await DBOS.shutdown();
  await database.close();
  process.exit(0);
});
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
