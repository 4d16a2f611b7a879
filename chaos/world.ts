/** The whole product as its real processes: two workers, two APIs, Temporal, Postgres and the sandbox. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createTokenAuthority } from '../api/auth/tokens.ts';
import { type Control, controlOf } from '../bench/world/control.ts';
import { type Config, loadConfig } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import type { Role } from '../domain/platform/user.ts';
import { type Child, startChild } from '../scripts/stack/child.ts';
import {
  applicationEnvironment,
  type SandboxFacts,
  sandboxEnvironment,
} from '../scripts/stack/environment.ts';
import { freePort } from '../scripts/stack/ports.ts';
import { type Postgres, startPostgres } from '../scripts/stack/postgres.ts';
import { createSecrets } from '../scripts/stack/secrets.ts';
import { startTemporal, type Temporal } from '../scripts/stack/temporal.ts';
import { findTemporal } from '../scripts/stack/temporal-binary.ts';
import { watchOver } from '../scripts/stack/watch-over.ts';
import { bundleWorkflows } from '../temporal/workflow-bundle.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { startFront } from './front.ts';

const DATABASE = 'chaos';
/** Enough dollars at the broker and at Mint that no float ends before the run does. */
const FLOAT_USD = '900000000.00';
const COMPANIES = ['control', 'circle', 'mint', 'alpaca', 'sms'] as const;
const DAY_SECONDS = 24 * 3_600;
const SETUP_POLLS = 1_200;
const SETUP_POLL_MS = 50;

export interface World {
  readonly config: Config;
  readonly fleet: Fleet;
  /** The campaign's own connections, which fail while Postgres is away. */
  readonly pool: pg.Pool;
  readonly control: Control;
  /** One address for all copies of the API. */
  readonly api: string;
  /** Where the logs of the processes stand. */
  readonly folder: string;
  token(userId: string, role: Role): Promise<string>;
  /** What the passcode gives: the right to move money for a while. */
  stepUp(userId: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts everything and waits until the companies know where to call back. */
export async function startWorld(say: (line: string) => void): Promise<World> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-chaos-'));
  // Under root another user runs Postgres and must be able to walk in.
  chmodSync(folder, 0o755);
  const fleet = createFleet(say);
  const database = await addPostgres(fleet, folder);
  const [temporal, sandbox] = await Promise.all([addTemporal(fleet, folder, say), addSandbox(fleet, folder)]);
  const control = controlOf(sandbox.control.base_url);
  await control('POST', '/control/alpaca/firm/deposit', { amount: FLOAT_USD });
  await control('POST', '/control/mint/balance', { amount: FLOAT_USD });
  // As in the image of production: a worker that is killed again and again does not bundle again and again.
  const bundle = path.join(folder, 'workflows.bundle.js');
  await bundleWorkflows(bundle);
  const apiPorts = [await freePort(), await freePort()] as const;
  const front = await startFront(apiPorts);
  const api = `http://127.0.0.1:${front.port}`;
  const secrets = createSecrets();
  const environmentFor = (port: number) => ({
    ...applicationEnvironment({ databaseUrl: database, temporal, api: { port } }, sandbox, secrets),
    PUBLIC_URL: api,
    API_RATE_LIMIT_PER_MINUTE: '100000000',
    API_CREDENTIALS_LIMIT_PER_MINUTE: '100000000',
    LOG_LEVEL: 'warn',
    WORKER_WORKFLOW_BUNDLE: bundle,
  });
  for (const [index, port] of apiPorts.entries()) {
    const env = environmentFor(port);
    const number = (index + 1) as 1 | 2;
    await addProgram(fleet, folder, `api-${number}`, 'api/server.ts', env);
    await addProgram(fleet, folder, `worker-${number}`, 'worker.ts', env);
  }
  const pool = new pg.Pool({ connectionString: database, max: 6, connectionTimeoutMillis: 3_000 });
  pool.on('error', () => undefined);
  await providersReady(pool);
  const config = loadConfig(environmentFor(apiPorts[0]));
  const authority = await createTokenAuthority(config.auth);
  return {
    ...{ config, fleet, pool, control, api, folder },
    token: async (userId, role) => (await authority.issue({ userId, role }, 'access', DAY_SECONDS)).token,
    stepUp: async (userId) => (await authority.issue({ userId, role: 'user' }, 'step_up', DAY_SECONDS)).token,
    stop: async () => {
      await pool.end();
      await fleet.stop();
      await front.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function addPostgres(fleet: Fleet, folder: string): Promise<string> {
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const start = () =>
    startPostgres({
      ...{ port, password, durable: true, onSpawn: watchOver },
      dataDir: path.join(folder, 'postgres'),
      logFile: path.join(folder, 'postgres.log'),
    });
  const postgres = (await fleet.add('postgres', start)) as Postgres;
  await postgres.ensureDatabase(DATABASE);
  await migrate(postgres.url(DATABASE));
  return postgres.url(DATABASE);
}

async function addTemporal(fleet: Fleet, folder: string, say: (line: string) => void) {
  const program = await findTemporal(say);
  const port = await freePort();
  const stateFile = path.join(folder, 'temporal', 'state.db');
  const logFile = path.join(folder, 'temporal.log');
  const temporal = await fleet.add('temporal', () =>
    startTemporal({ program, port, stateFile, logFile, onSpawn: watchOver }),
  );
  return { address: (temporal as Temporal).address, namespace: 'default', taskQueue: 'sluice' };
}

async function addSandbox(fleet: Fleet, folder: string): Promise<SandboxFacts> {
  const ports = Object.fromEntries(
    await Promise.all(COMPANIES.map(async (name) => [name, await freePort()] as const)),
  );
  const data = path.join(folder, 'sandbox');
  mkdirSync(data);
  const sandbox = await fleet.add('sandbox', () =>
    startChild({
      ...{ name: 'sandbox', file: 'sandbox/server.ts', graceMs: 2_000, onSpawn: watchOver },
      env: sandboxEnvironment(data, 'instant', ports),
      logFile: path.join(folder, 'sandbox.log'),
    }),
  );
  return (sandbox as Child).ready as unknown as SandboxFacts;
}

async function addProgram(
  fleet: Fleet,
  folder: string,
  name: `${'api' | 'worker'}-${1 | 2}`,
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const logFile = path.join(folder, `${name}.log`);
  await fleet.add(name, () => startChild({ name, file, env, logFile, onSpawn: watchOver }));
}

async function providersReady(pool: pg.Pool): Promise<void> {
  for (let poll = 0; poll < SETUP_POLLS; poll += 1) {
    const { rows } = await pool.query<{ ready: boolean }>(
      `select (select count(*) from mint_deposit_addresses) >= 4
         and (select count(*) from provider_facts where name like '%subscription') = 2 as ready`,
    );
    if (rows[0]?.ready) return;
    await sleep(SETUP_POLL_MS);
  }
  throw new Error('the providers were not set up in time');
}
