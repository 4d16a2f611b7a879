/** What one lifecycle costs in a variant, counted and not timed: round trips, actions, events, bytes, rows. */
import { type WorkflowKind, workflowId } from '../../domain/ids.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import type { World } from '../world/world.ts';
import { workflowCost } from './actions.ts';
import { settle } from './deposits.ts';
import { withoutHousekeeping } from './round-trips.ts';
import { median } from './statistics.ts';
import { walBytes } from './wal.ts';

/** Rows of one lifecycle: the treasury's own wires may come in between. */
const ROWS: Readonly<Record<string, string>> = {
  inbound_events: `select 1 from inbound_events where workflow_id like '$kind:%'`,
  lifecycle_events: `select 1 from lifecycle_events where lifecycle = '$kind'`,
  provider_operations: `select 1 from provider_operations where lifecycle = '$kind'`,
  ledger_transactions: `select 1 from ledger_transactions where lifecycle = '$kind'`,
  ledger_postings: `select 1 from ledger_postings p join ledger_transactions t on t.id = p.transaction_id
    where t.lifecycle = '$kind'`,
  notifications: `select 1 from notifications where kind like '$kind%'`,
};

export interface LifecycleCost {
  readonly roundTrips: number;
  /** Of the workflow's history; null where the engine has none. */
  readonly actions: number | null;
  readonly events: number | null;
  /** What the engine keeps of one lifecycle: its history, or the rows of an engine in Postgres. */
  readonly historyBytes: number | null;
  /** Bytes of Postgres' write-ahead log. */
  readonly walBytes: number;
  /** Rows written by one lifecycle, by table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** What is counted, and how one after the other of it is played. */
export interface Counted {
  readonly kind: Extract<WorkflowKind, 'deposit' | 'withdrawal'>;
  play(count: number): Promise<unknown>;
}

/** Plays them one at a time in a world with a counter, after two that pay for what is done once. */
export async function measureCost(world: World, counted: Counted, count: number): Promise<LifecycleCost> {
  await counted.play(2);
  await settle(world);
  const before = await rowsOf(world, counted.kind);
  const bytesBefore = await engineBytes(world);
  const bytes = await walBytes(world.pool, async () => {
    world.counter?.reset();
    await counted.play(count);
    await settle(world);
  });
  const statements = withoutHousekeeping(world.counter?.statements() ?? []);
  const after = await rowsOf(world, counted.kind);
  const rows = Object.fromEntries(
    Object.entries(after).map(([table, number]) => [table, (number - (before[table] ?? 0)) / count]),
  );
  const spent = { roundTrips: statements.length / count, walBytes: bytes / count, rows };
  if (world.variant.engine === 'none') {
    const historyBytes = ((await engineBytes(world)) - bytesBefore) / count;
    return { ...spent, actions: null, events: null, historyBytes };
  }
  return { ...spent, ...(await historyCosts(world, counted.kind, count)) };
}

async function rowsOf(world: World, kind: Counted['kind']): Promise<Record<string, number>> {
  const queries = Object.entries({ [`${kind}s`]: `select 1 from ${kind}s`, ...ROWS });
  const counts = queries.map(
    ([table, query]) => `(select count(*)::int from (${query.replace('$kind', kind)}) x) as ${table}`,
  );
  const { rows } = await world.pool.query<Record<string, number>>(`select ${counts.join()}`);
  return rows[0] ?? {};
}

/** The rows of an engine that keeps its state beside ours, in a schema of its own (DBOS: `dbos`). */
async function engineBytes({ pool, variant }: World): Promise<number> {
  if (variant.engine !== 'none') return 0;
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema = 'dbos' and table_type = 'BASE TABLE'`,
  );
  const sums = tables.map(({ name }) => `(select coalesce(sum(pg_column_size(t.*)), 0) from ${name} t)`);
  const { rows } = await pool.query<{ bytes: string }>(`select ${sums.join(' + ') || 0} as bytes`);
  return Number(rows[0]?.bytes ?? 0);
}

async function historyCosts(world: World, kind: Counted['kind'], count: number) {
  const client = await createTemporalClient(world.config);
  try {
    const { rows } = await world.pool.query<{ id: string }>(
      `select id from ${kind}s order by created_at desc limit $1`,
      [count],
    );
    const costs = await Promise.all(
      rows.map(async ({ id }) => {
        const handle = client.workflow.getHandle(workflowId(kind, id));
        await handle.result();
        const { historySize } = await handle.describe();
        return { ...workflowCost(await handle.fetchHistory()), bytes: historySize ?? 0 };
      }),
    );
    return {
      actions: median(costs.map(({ actions }) => actions)),
      events: median(costs.map(({ events }) => events)),
      historyBytes: median(costs.map(({ bytes }) => bytes)),
    };
  } finally {
    await client.connection.close();
  }
}
