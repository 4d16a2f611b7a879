/** What one deposit costs in a variant, counted and not timed: round trips, actions, events, rows. */
import { createTemporalClient } from '../../temporal/client.ts';
import type { Depositor } from '../world/customers.ts';
import type { World } from '../world/world.ts';
import { workflowCost } from './actions.ts';
import { runDeposits, settle } from './deposits.ts';
import { median } from './statistics.ts';
import { walBytes } from './wal.ts';

/** Sent by the programs whether deposits come or not. */
const HOUSEKEEPING = /open_events|treasury|sweep|select 1|event-cursor-find|provider|float|schedule|queue/i;
const TABLES = [
  'deposits',
  'inbound_events',
  'lifecycle_events',
  'provider_operations',
  'ledger_transactions',
  'ledger_postings',
  'notifications',
] as const;

export interface DepositCost {
  readonly roundTrips: number;
  /** Of the workflow's history; null where the engine has none. */
  readonly actions: number | null;
  readonly events: number | null;
  /** Bytes of Postgres' write-ahead log. */
  readonly walBytes: number;
  /** Rows written by one deposit, by table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** Plays deposits one at a time in a world with a counter, after one that pays for what is done once. */
export async function measureCost(world: World, depositor: Depositor, count: number): Promise<DepositCost> {
  await runDeposits(world, [depositor], 2);
  await settle(world);
  const before = await rowsOf(world);
  const bytes = await walBytes(world.pool, async () => {
    world.counter?.reset();
    await runDeposits(world, [depositor], count);
    await settle(world);
  });
  const statements = (world.counter?.statements() ?? []).filter((text) => !HOUSEKEEPING.test(text));
  const after = await rowsOf(world);
  const rows = Object.fromEntries(
    TABLES.map((table) => [table, ((after[table] ?? 0) - (before[table] ?? 0)) / count]),
  );
  const histories = await historyCosts(world, count);
  return { roundTrips: statements.length / count, ...histories, walBytes: bytes / count, rows };
}

async function rowsOf(world: World): Promise<Record<string, number>> {
  const counts = TABLES.map((table) => `(select count(*)::int from ${table}) as ${table}`);
  const { rows } = await world.pool.query<Record<string, number>>(`select ${counts.join()}`);
  return rows[0] ?? {};
}

async function historyCosts(
  world: World,
  count: number,
): Promise<{ actions: number | null; events: number | null }> {
  if (world.variant.engine === 'none') return { actions: null, events: null };
  const client = await createTemporalClient(world.config);
  try {
    const { rows } = await world.pool.query<{ id: string }>(
      'select id from deposits order by created_at desc limit $1',
      [count],
    );
    const costs = await Promise.all(
      rows.map(async ({ id }) => {
        const handle = client.workflow.getHandle(`deposit:${id}`);
        await handle.result();
        return workflowCost(await handle.fetchHistory());
      }),
    );
    return {
      actions: median(costs.map(({ actions }) => actions)),
      events: median(costs.map(({ events }) => events)),
    };
  } finally {
    await client.connection.close();
  }
}
