/** A Postgres and a Temporal server of one test's own, which it can kill and start again on the same data. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { migrate } from '../../db/migrate.ts';
import type { Running } from '../../scripts/stack/child.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { startPostgres } from '../../scripts/stack/postgres.ts';
import { signal } from '../../scripts/stack/processes.ts';
import { startTemporal } from '../../scripts/stack/temporal.ts';
import { findTemporal } from '../../scripts/stack/temporal-binary.ts';
import { forget, watchOver } from '../../scripts/stack/watch-over.ts';
import type { TestDatabase } from './database.ts';
import type { TestTemporal } from './temporal.ts';

const DATABASE = 'own';

/** A server that can be killed with -9 and comes back with what it had. */
interface OwnServer {
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface OwnServers {
  readonly database: TestDatabase;
  readonly temporal: TestTemporal;
  readonly postgresServer: OwnServer;
  readonly temporalServer: OwnServer;
}

/** Starts both; `database.drop` stops them and removes their data. */
export async function ownServers(): Promise<OwnServers> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-own-'));
  // Under root another user runs Postgres and must be able to walk in.
  chmodSync(folder, 0o755);
  const [postgres, temporal] = await Promise.all([ownPostgres(folder), ownTemporal(folder)]);
  const pool = new pg.Pool({ connectionString: postgres.url, max: 10 });
  pool.on('error', () => undefined);
  return {
    postgresServer: postgres.server,
    temporalServer: temporal.server,
    temporal: { address: temporal.address, namespace: 'default', taskQueue: 'sluice' },
    database: {
      url: postgres.url,
      pool,
      drop: async () => {
        await pool.end();
        await Promise.all([postgres.server.stop(), temporal.server.stop()]);
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      },
    },
  };
}

async function ownPostgres(folder: string): Promise<{ url: string; server: OwnServer }> {
  const options = {
    dataDir: path.join(folder, 'postgres'),
    port: await freePort(),
    password: randomBytes(12).toString('hex'),
    // What was answered must be there after the kill: the disk takes part as in production.
    durable: true,
    logFile: path.join(folder, 'postgres.log'),
    onSpawn: watchOver,
  };
  const first = await startPostgres(options);
  await first.ensureDatabase(DATABASE);
  const url = first.url(DATABASE);
  await migrate(url);
  return { url, server: serverOf(first, () => startPostgres(options)) };
}

async function ownTemporal(folder: string): Promise<{ address: string; server: OwnServer }> {
  const options = {
    program: await findTemporal(() => undefined),
    port: await freePort(),
    stateFile: path.join(folder, 'temporal', 'state.db'),
    logFile: path.join(folder, 'temporal.log'),
    onSpawn: watchOver,
  };
  const first = await startTemporal(options);
  return { address: first.address, server: serverOf(first, () => startTemporal(options)) };
}

function serverOf(first: Running, start: () => Promise<Running>): OwnServer {
  let current = first;
  return {
    kill: async () => {
      signal(current.pid, 'SIGKILL');
      // Not only dead but buried: Postgres takes a zombie with its id for a server that still runs.
      await current.exited;
      forget(current.pid);
    },
    restart: async () => {
      current = await start();
    },
    stop: async () => {
      await current.stop();
      forget(current.pid);
    },
  };
}
