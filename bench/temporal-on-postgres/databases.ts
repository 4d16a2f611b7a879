/** The server's databases: made once a run, with the namespace in them, and copied for each world. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { forget, watchOver } from '../../scripts/stack/watch-over.ts';
import type { Base } from '../world/base.ts';
import { createNamespace, isServing } from './namespace.ts';
import type { ServerPrograms } from './programs.ts';
import { type ServerDatabases, startServerOnPostgres } from './server.ts';

const TEMPLATES = { state: 'temporal_template', visibility: 'temporal_visibility_template' } as const;
/** Names of schemas that the tool carries along. */
const SCHEMAS = { state: 'postgresql/v12/temporal', visibility: 'postgresql/v12/visibility' } as const;
const PARTS = ['state', 'visibility'] as const;
type Part = (typeof PARTS)[number];
const run = promisify(execFile);

let prepared: Promise<void> | undefined;

/** Copies of both databases; `drop` removes them. */
export async function serverDatabases(
  base: Base,
  programs: ServerPrograms,
): Promise<{ readonly databases: ServerDatabases; drop(): Promise<void> }> {
  prepared ??= prepare(base, programs);
  await prepared;
  const state = await copyOf(base, 'state');
  const visibility = await copyOf(base, 'visibility');
  return {
    databases: { state: state.url, visibility: visibility.url },
    drop: async () => {
      await state.drop();
      await visibility.drop();
    },
  };
}

/** The server looks its schema's version up by the database's name. */
async function copyOf(base: Base, part: Part) {
  const copy = await base.freshDatabase(TEMPLATES[part]);
  await query(copy.url, 'update schema_version set db_name = current_database()');
  return copy;
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** Schemas by the server's own tool, the namespace by a server that runs for this alone. */
async function prepare(base: Base, programs: ServerPrograms): Promise<void> {
  const { postgres } = base;
  for (const part of PARTS) {
    await postgres.ensureDatabase(TEMPLATES[part]);
    const tool = (...args: string[]) => run(programs.sqlTool, [...toolArguments(postgres, part), ...args]);
    await tool('setup-schema', '--version', '0.0');
    await tool('update-schema', '--schema-name', SCHEMAS[part]);
  }
  const databases = { state: postgres.url(TEMPLATES.state), visibility: postgres.url(TEMPLATES.visibility) };
  const server = await startServerOnPostgres({
    program: programs.server,
    databases,
    folder: path.join(base.folder, 'temporal-on-postgres'),
    onSpawn: watchOver,
    isUp: isServing,
  });
  try {
    await createNamespace(server.address);
  } finally {
    await server.stop();
    forget(server.pid);
  }
  // A copy shall not look for the services of this one.
  await query(databases.state, 'delete from cluster_membership');
}

function toolArguments(postgres: Base['postgres'], part: Part): string[] {
  const { hostname, port, username, password } = new URL(postgres.url(TEMPLATES[part]));
  return [
    ...['--plugin', 'postgres12_pgx', '--endpoint', hostname, '--port', port],
    ...['--user', username, '--password', decodeURIComponent(password), '--database', TEMPLATES[part]],
  ];
}
