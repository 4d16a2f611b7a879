/** The same figures with a thousand and with a million rows behind them, in turns. */

import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTokenAuthority } from '../api/auth/tokens.ts';
import { openDatabase } from '../db/client.ts';
import { unknownTransactions } from '../db/funding/sweep-queries.ts';
import { openEvents } from '../db/platform/inbound-event-queries.ts';
import type { Role } from '../domain/platform/user.ts';
import { runDeposits, settle } from './measure/deposits.ts';
import { answered, type HttpCall, load, timed } from './measure/load.ts';
import { findRepeater } from './measure/pgbench.ts';
import { median } from './measure/statistics.ts';
import type { Options } from './options.ts';
import type { Base } from './world/base.ts';
import { createDepositors, type Depositor } from './world/customers.ts';
import { historyUser, POSTINGS_PER_DEPOSIT, writeHistory } from './world/history.ts';
import { VARIANTS } from './world/variants.ts';
import { startWorld, type World } from './world/world.ts';

const FEW_ROWS = 1_000;
const ROUNDS = 3;
const DEPOSITS = 60;
const CONCURRENCY = 16;
const WRITES = 40;
const SWEEPS = 20;
/** Ids that Circle lists on one page. */
const PAGE = 50;
const SEAL_POLLS = 200;
const SEAL_POLL_MS = 100;
const RUN_POLLS = 600;
const RUN_POLL_MS = 500;
/** Customers among whom postings take turns, as many in both worlds. */
const POSTED_TO = 16;

/** A figure by name. Higher is better for those `a second`, lower for those in milliseconds. */
type Figures = Readonly<Record<string, { readonly value: number; readonly unit: '/s' | 'ms' }>>;

export interface Growth {
  readonly name: string;
  readonly unit: '/s' | 'ms';
  readonly few: number;
  readonly many: number;
  /** How much worse it is with many rows: 0.1 is ten per cent; below zero it is better. */
  readonly worse: number;
}

export interface GrowthFigures {
  readonly fewRows: number;
  readonly manyRows: number;
  /** Seconds that the many rows took to write. */
  readonly fillSeconds: number;
  readonly databaseMb: number;
  readonly figures: readonly Growth[];
  /** Rows that full scans read while the deposits ran with many rows behind them, of tables with any. */
  readonly scanned: Readonly<Record<string, number>>;
}

/** One of the two worlds, and who asks there. */
interface Side {
  readonly world: World;
  readonly depositors: readonly Depositor[];
  readonly customer: Readonly<Record<string, string>>;
  readonly staff: Readonly<Record<string, string>>;
}

/** Both worlds run at once and take turns, figure by figure, so that a slow minute meets both. */
export async function measureGrowth(
  base: Base,
  options: Options,
  say: (line: string) => void,
): Promise<GrowthFigures> {
  const worlds = [await startWorld(base, VARIANTS.sluice), await startWorld(base, VARIANTS.sluice)] as const;
  try {
    const few = await prepare(worlds[0], FEW_ROWS);
    say(`growth: writing ${options.rows} rows of history`);
    const began = performance.now();
    const many = await prepare(worlds[1], options.rows);
    const fillSeconds = (performance.now() - began) / 1000;
    const databaseMb = await sizeOf(many.world);
    say(`growth: ${fillSeconds.toFixed(0)} s, ${databaseMb.toFixed(0)} MB`);
    const rounds: { few: Figures; many: Figures }[] = [];
    const before = await scannedRows(many.world);
    for (let round = 1; round <= ROUNDS; round += 1) {
      rounds.push(await playRound(few, many, options.seconds / 2));
      say(`growth: round ${round} of ${ROUNDS}`);
    }
    const after = await scannedRows(many.world);
    const scanned = Object.entries(after).map(
      ([table, rows]) => [table, rows - (before[table] ?? 0)] as const,
    );
    return {
      ...{ fewRows: FEW_ROWS, manyRows: options.rows, fillSeconds, databaseMb },
      figures: compare(rounds),
      scanned: Object.fromEntries(scanned.filter(([, rows]) => rows > options.rows / 10)),
    };
  } finally {
    await Promise.all(worlds.map((world) => world.stop()));
  }
}

async function prepare(world: World, rows: number): Promise<Side> {
  await sealed(world);
  const deposits = Math.ceil(rows / POSTINGS_PER_DEPOSIT);
  await writeHistory(world.pool, deposits);
  const depositors = await createDepositors(world.config, world.pool, CONCURRENCY);
  await runDeposits(world, depositors, CONCURRENCY * 2);
  await settle(world);
  const { rows: found } = await world.pool.query<{ id: string }>(`select ${historyUser(1)} as id`);
  const { id = '' } = found[0] ?? {};
  const authority = await createTokenAuthority(world.config.auth);
  const token = async (userId: string, role: Role) => ({
    authorization: `Bearer ${(await authority.issue({ userId, role }, 'access', 7_200)).token}`,
  });
  const staff = await token(id, 'admin');
  await reconcile(world, staff);
  return { world, depositors, customer: await token(id, 'user'), staff };
}

/** One run in each world, with breaks to list: the companies know nothing of the history's money. */
async function reconcile(world: World, staff: HttpCall['headers']): Promise<void> {
  const agent = new http.Agent();
  const url = `${world.config.api.publicUrl}/v1/admin/reconciliation/runs`;
  await answered({ method: 'POST', url, headers: { ...staff, 'idempotency-key': randomUUID() } }, agent);
  for (let poll = 0; poll < RUN_POLLS; poll += 1) {
    const { rows } = await world.pool.query('select from reconciliation_runs where finished_at is not null');
    if (rows.length > 0) return;
    await sleep(RUN_POLL_MS);
  }
  throw new Error('no run of reconciliation has finished');
}

/** The first round of the seal begins with the program; what comes after it need not be sealed at once. */
async function sealed(world: World): Promise<void> {
  for (let poll = 0; poll < SEAL_POLLS; poll += 1) {
    const { rows } = await world.pool.query('select from seal_watermarks');
    if (rows.length > 0) return;
    await sleep(SEAL_POLL_MS);
  }
}

async function playRound(few: Side, many: Side, seconds: number): Promise<{ few: Figures; many: Figures }> {
  const results: [Record<string, Figures[string]>, Record<string, Figures[string]>] = [{}, {}];
  for (const [name, { unit, measure }] of Object.entries(FIGURES))
    for (const [index, side] of [few, many].entries())
      (results[index] ?? {})[name] = { unit, value: await measure(side, seconds) };
  return { few: results[0], many: results[1] };
}

interface Figure {
  readonly unit: '/s' | 'ms';
  measure(side: Side, seconds: number): Promise<number>;
}

const reads = (path: string, who: 'customer' | 'staff'): Figure => ({
  unit: '/s',
  measure: async (side, seconds) => {
    const call: HttpCall = {
      method: 'GET',
      url: `${side.world.config.api.publicUrl}${path}`,
      headers: side[who],
    };
    return (await load(call, CONCURRENCY, seconds)).perSecond;
  },
});

const FIGURES: Readonly<Record<string, Figure>> = {
  deposits: {
    unit: '/s',
    measure: async ({ world, depositors }) => {
      const run = await runDeposits(world, depositors, DEPOSITS);
      await settle(world);
      return run.perSecond;
    },
  },
  'GET /v1/balance': reads('/v1/balance', 'customer'),
  'GET /v1/deposits': reads('/v1/deposits', 'customer'),
  'GET /v1/transactions': reads('/v1/transactions', 'customer'),
  'GET /v1/notifications': reads('/v1/notifications', 'customer'),
  'GET /v1/admin/users': reads('/v1/admin/users?limit=10', 'staff'),
  'GET /v1/admin/reconciliation/runs': reads('/v1/admin/reconciliation/runs?limit=1', 'staff'),
  'GET /v1/admin/reconciliation/breaks': reads('/v1/admin/reconciliation/breaks?limit=5', 'staff'),
  'PATCH /v1/me, first answer': {
    unit: 'ms',
    measure: async ({ world, customer }) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      const took: number[] = [];
      for (let write = 0; write < WRITES; write += 1) {
        const headers = { ...customer, 'idempotency-key': randomUUID() };
        const url = `${world.config.api.publicUrl}/v1/me`;
        const answer = await timed(
          { method: 'PATCH', url, headers, body: { full_name: 'Ada Lovelace' } },
          agent,
        );
        took.push(answer.milliseconds);
      }
      agent.destroy();
      return median(took);
    },
  },
  'the queries of a sweep': {
    unit: 'ms',
    measure: async ({ world }) => {
      const database = openDatabase({ url: world.config.database.url, maxConnections: 1 });
      const took: number[] = [];
      for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
        const ids = Array.from({ length: PAGE }, (_, index) => `history-in-${sweep * PAGE + index}`);
        const began = performance.now();
        await unknownTransactions(database, ids);
        await openEvents(database, 90, 500);
        took.push(performance.now() - began);
      }
      await database.close();
      return median(took);
    },
  },
  'ledger postings': {
    unit: '/s',
    measure: async ({ world }, seconds) => {
      const owner = `md5('history-user' || (:n)::int)::uuid`;
      const [debit, credit] = (['alpaca_customer', 'customer_cash'] as const).map((account, index) => {
        const amount = index === 0 ? '1' : '-1';
        return `jsonb_build_object('account', '${account}', 'owner', ${owner}, 'amount', '${amount}')`;
      });
      const reference = "'bench:' || gen_random_uuid()";
      const postings = `jsonb_build_array(${debit}, ${credit})`;
      const statement = `select ledger_post(${reference}, 'bench', null, 'moved', ${postings})`;
      const workload = { statements: [statement], from: 1, to: POSTED_TO };
      const run = await findRepeater().run(
        world.config.database.url,
        workload,
        CONCURRENCY,
        Math.ceil(seconds),
      );
      return run.perSecond * 2;
    },
  },
};

function compare(rounds: readonly { few: Figures; many: Figures }[]): Growth[] {
  return Object.entries(FIGURES).map(([name, { unit }]) => {
    const values = rounds.map(({ few, many }) => ({
      few: few[name]?.value ?? Number.NaN,
      many: many[name]?.value ?? Number.NaN,
    }));
    const worse = values.map(({ few, many }) => (unit === 'ms' ? many / few : few / many) - 1);
    const middle = (side: 'few' | 'many') => median(values.map((one) => one[side]));
    return { name, unit, few: middle('few'), many: middle('many'), worse: median(worse) };
  });
}

async function sizeOf({ pool }: World): Promise<number> {
  const { rows } = await pool.query<{ mb: number }>(
    'select (pg_database_size(current_database()) / 1024 / 1024)::int as mb',
  );
  return rows[0]?.mb ?? 0;
}

async function scannedRows({ pool }: World): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ name: string; rows: string }>(
    'select relname as name, seq_tup_read as rows from pg_stat_user_tables where seq_tup_read > 0',
  );
  return Object.fromEntries(rows.map((row) => [row.name, Number(row.rows)]));
}
