/** A database of its own for each test file: a clone of the migrated template. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { service } from './service.ts';

export interface TestDatabase {
  readonly url: string;
  /** A pool on the clone, for what a test reads and writes itself. */
  readonly pool: pg.Pool;
  /** Ends the pool and removes the clone, with whoever is still connected to it. */
  drop(): Promise<void>;
}

/** Clones the migrated template; call `drop` in afterAll. */
export async function createDatabase(): Promise<TestDatabase> {
  const { adminUrl, template } = await service<{ adminUrl: string; template: string }>('database');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(adminUrl, `create database ${name} template ${template} strategy file_copy`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 10 });
  // A test that kills connections must not end the run by an unhandled error event.
  pool.on('error', () => undefined);
  return {
    url: url.href,
    pool,
    drop: async () => {
      await pool.end();
      await administer(adminUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

async function administer(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
