/** What all rounds of a run share: a folder, one Postgres server with a migrated template, the Temporal program. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { migrate } from '../../db/migrate.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { type Postgres, startPostgres } from '../../scripts/stack/postgres.ts';
import { findTemporal } from '../../scripts/stack/temporal-binary.ts';
import { watchOver } from '../../scripts/stack/watch-over.ts';

const TEMPLATE = 'sluice_template';

export interface Base {
  readonly folder: string;
  readonly postgres: Postgres;
  readonly temporalProgram: string;
  /** A fresh database, a copy of the migrated template unless another one is named. */
  freshDatabase(template?: string): Promise<{ readonly url: string; drop(): Promise<void> }>;
  stop(): Promise<void>;
}

/** Starts Postgres exactly as `npm start` does: every commit is on disk before it is answered. */
export async function startBase(say: (line: string) => void): Promise<Base> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  // Under root another user runs Postgres and must be able to walk in.
  chmodSync(folder, 0o755);
  mkdirSync(path.join(folder, 'logs'));
  const [temporalProgram, postgres] = await Promise.all([findTemporal(say), startDatabaseServer(folder)]);
  await postgres.ensureDatabase(TEMPLATE);
  await migrate(postgres.url(TEMPLATE));
  return {
    ...{ folder, postgres, temporalProgram },
    freshDatabase: async (template = TEMPLATE) => {
      const name = `bench_${randomBytes(5).toString('hex')}`;
      await administer(postgres, `create database ${name} template ${template} strategy file_copy`);
      const drop = () => administer(postgres, `drop database if exists ${name} with (force)`);
      return { url: postgres.url(name), drop };
    },
    stop: async () => {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function startDatabaseServer(folder: string): Promise<Postgres> {
  return startPostgres({
    dataDir: path.join(folder, 'postgres'),
    port: await freePort(),
    password: randomBytes(12).toString('hex'),
    logFile: path.join(folder, 'logs', 'postgres.log'),
    durable: true,
    onSpawn: watchOver,
  });
}

async function administer(postgres: Postgres, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
