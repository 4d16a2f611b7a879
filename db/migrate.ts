/** Brings a database to the current schema: migrations, then functions, then the declared data. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as migrateTables } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { CHART } from '../domain/funding/ledger.ts';
import { edgesOf } from '../domain/lifecycle.ts';
import { LIFECYCLES } from '../domain/lifecycles.ts';
import { NOTICES } from '../domain/platform/notification.ts';

const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));
const FUNCTIONS = fileURLToPath(new URL('./functions', import.meta.url));
/** Any constant will do: two processes that migrate at once take turns on it. */
const MIGRATION_LOCK = 7_305_801;

/**
 * Runs everything that is missing; a second run changes nothing.
 * Functions are replaced each time: they are code, not data, so they have no numbered migrations.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'sluice-migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await migrateTables(drizzle(client), { migrationsFolder: MIGRATIONS });
    await client.query('begin');
    // Before the functions: some are written out for each table that a lifecycle lives in.
    await writeLifecycles(client);
    for (const file of (await readdir(FUNCTIONS)).filter((name) => name.endsWith('.sql')).sort()) {
      await client.query(await readFile(`${FUNCTIONS}/${file}`, 'utf8'));
    }
    await writeChart(client);
    await writeNotices(client);
    await client.query('commit');
  } finally {
    await client.end();
  }
}

async function writeLifecycles(client: pg.Client): Promise<void> {
  const homes = Object.entries(LIFECYCLES).map(([name, { lifecycle, table, column }]) => ({
    name,
    initial_state: lifecycle.initial,
    table_name: table,
    column_name: column,
  }));
  const edges = Object.entries(LIFECYCLES).flatMap(([name, { lifecycle }]) =>
    edgesOf(lifecycle).map((edge) => ({
      lifecycle: name,
      from_state: edge.from,
      event: edge.event,
      to_state: edge.to,
    })),
  );
  await client.query('delete from lifecycles');
  await client.query('insert into lifecycles select * from jsonb_populate_recordset(null::lifecycles, $1)', [
    JSON.stringify(homes),
  ]);
  await client.query('delete from lifecycle_edges');
  await client.query(
    'insert into lifecycle_edges select * from jsonb_populate_recordset(null::lifecycle_edges, $1)',
    [JSON.stringify(edges)],
  );
}

async function writeNotices(client: pg.Client): Promise<void> {
  await client.query('delete from notice_texts');
  await client.query(
    'insert into notice_texts select * from jsonb_populate_recordset(null::notice_texts, $1)',
    [JSON.stringify(NOTICES)],
  );
}

async function writeChart(client: pg.Client): Promise<void> {
  const kinds = Object.entries(CHART).map(([kind, { asset, normal, guarded, shards, means }]) => ({
    kind,
    asset,
    normal,
    guarded,
    shards,
    means,
  }));
  await client.query(
    `insert into ledger_chart select * from jsonb_populate_recordset(null::ledger_chart, $1)
     on conflict (kind) do update set means = excluded.means`,
    [JSON.stringify(kinds)],
  );
}
