/**
 * Run as a process beside one Jest run: starts Postgres and Temporal when the first test asks for them, and
 * ends both when its standard input closes, which happens however the Jest run ends, kill -9 included.
 *
 * Answers on the Unix socket of its first argument: GET /database, GET /temporal and GET /bundle.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate } from '../../db/migrate.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { type Postgres, startPostgres } from '../../scripts/stack/postgres.ts';
import { signal } from '../../scripts/stack/processes.ts';
import { startTemporal, type Temporal } from '../../scripts/stack/temporal.ts';
import { findTemporal } from '../../scripts/stack/temporal-binary.ts';
import { bundleWorkflows } from '../../temporal/workflow-bundle.ts';

const TEMPLATE = 'sluice_template';
const socket = process.argv[2] ?? '';
const folder = mkdtempSync(path.join(tmpdir(), 'sluice-test-'));
// Under root another user runs Postgres and must be able to walk in.
chmodSync(folder, 0o755);

let postgres: Postgres | undefined;
let temporal: Temporal | undefined;

/** The server with one migrated database that tests clone; nothing of it survives the run. */
async function database(): Promise<{ adminUrl: string; template: string }> {
  postgres = await startPostgres({
    dataDir: path.join(folder, 'postgres'),
    port: await freePort(),
    password: randomBytes(12).toString('hex'),
    logFile: path.join(folder, 'postgres.log'),
    durable: false,
  });
  await postgres.ensureDatabase(TEMPLATE);
  await migrate(postgres.url(TEMPLATE));
  return { adminUrl: postgres.adminUrl, template: TEMPLATE };
}

/** Each test file gets one of its own: system workflows and schedules have the same ids in every stack. */
const namespaces = Array.from({ length: 60 }, (_, index) => `test-${index + 1}`);

async function temporalServer(): Promise<{ address: string }> {
  const program = await findTemporal((line) => process.stderr.write(`${line}\n`));
  temporal = await startTemporal({
    program,
    port: await freePort(),
    logFile: path.join(folder, 'temporal.log'),
    namespaces,
  });
  return { address: temporal.address };
}

/** Each service is started once, by whoever asks first; later ones get the same answer or the same error. */
function once<Answer>(start: () => Promise<Answer>): () => Promise<Answer> {
  let started: Promise<Answer> | undefined;
  return () => {
    started ??= start();
    return started;
  };
}

/** The workflow code, bundled once for all workers of the run. */
async function bundle(): Promise<{ file: string }> {
  const file = path.join(folder, 'workflows.bundle.js');
  await bundleWorkflows(file);
  return { file };
}

const temporalOnce = once(temporalServer);
const free = [...namespaces];
const services: Record<string, () => Promise<unknown>> = {
  '/database': once(database),
  '/bundle': once(bundle),
  '/temporal': async () => {
    const namespace = free.shift();
    if (namespace === undefined) throw new Error('More test stacks than namespaces: raise their number.');
    return { ...(await temporalOnce()), namespace };
  },
};

const server = createServer((request, response) => {
  const start = services[request.url ?? ''] ?? (() => Promise.reject(new Error(`No service ${request.url}`)));
  start().then(
    (answer) => response.end(JSON.stringify(answer)),
    (error: Error) => response.writeHead(500).end(error.stack ?? error.message),
  );
});
server.listen(socket);

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  server.close();
  if (temporal !== undefined) signal(temporal.pid, 'SIGKILL');
  await postgres?.abandon();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}
process.stdin.resume();
process.stdin.once('end', () => void end());
process.stdin.once('error', () => void end());
process.once('SIGTERM', () => void end());
// Ctrl-C reaches the whole terminal group; the Jest run decides when this process ends.
process.on('SIGINT', () => undefined);
