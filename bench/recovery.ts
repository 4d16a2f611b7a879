/** From a kill -9 under load to the first lifecycle that goes on, to the last that was stopped, and to full speed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { ProcessName } from '../chaos/plan.ts';
import { startWorld, type World } from '../chaos/world.ts';
import { customerDesk } from '../scripts/stack/ready-customer.ts';
import { median } from './measure/statistics.ts';

const CUSTOMERS = 16;
const CHAIN = 'ethereum';
/** How long the load runs before the blow, and what of it counts as the usual speed. */
const BEFORE_MS = 12_000;
const USUAL_MS = 8_000;
/** As `npm start` and an orchestrator do: the process is started again at once. */
const AWAY_MS = 250;
/** What nobody signalled is found by the sweep at the latest: 90 s after it came, in a round each minute. */
const WATCH_MS = 180_000;
/** Steps so soon after the kill were on their way into the database already. */
const ECHO_MS = 500;
const POLL_MS = 50;
const SPEED_WINDOW_MS = 3_000;
/** Full speed is this share of the usual one. */
const FULL = 0.8;

type Blow = 'one worker of two' | 'all workers' | 'one API of two' | 'Temporal' | 'Postgres';

const BLOWS: Readonly<Record<Blow, readonly ProcessName[]>> = {
  'one worker of two': ['worker-1'],
  'all workers': ['worker-1', 'worker-2'],
  'one API of two': ['api-1'],
  Temporal: ['temporal'],
  Postgres: ['postgres'],
};

export interface Recovery {
  readonly blow: Blow;
  /** Seconds from the kill to the first step of any lifecycle that was not being written at the kill. */
  readonly firstStep: number;
  /** Seconds until each deposit that was on its way at the kill had gone a step further. */
  readonly allGoOn: number;
  /** Seconds until deposits ended as fast as before. */
  readonly fullSpeed: number;
  /** Deposits on their way at the kill. */
  readonly onTheWay: number;
}

export interface RecoveryFigures {
  readonly perSecond: number;
  readonly recoveries: readonly Recovery[];
}

/** One world with two copies of worker and API, as in production; one blow after the other. */
export async function measureRecovery(say: (line: string) => void): Promise<RecoveryFigures> {
  const world = await startWorld(say);
  const load = await startLoad(world);
  const recoveries: Recovery[] = [];
  const speeds: number[] = [];
  try {
    for (const [blow, victims] of Object.entries(BLOWS) as [Blow, readonly ProcessName[]][]) {
      await sleep(BEFORE_MS);
      const usual = await endedBetween(world.pool, Date.now() - USUAL_MS, Date.now());
      const perSecond = usual / (USUAL_MS / 1000);
      speeds.push(perSecond);
      const recovery = await strike(world, blow, victims, perSecond);
      recoveries.push(recovery);
      say(
        `${blow}: first step after ${recovery.firstStep.toFixed(1)} s, all ${recovery.onTheWay} on their way after ` +
          `${recovery.allGoOn.toFixed(1)} s, full speed after ${recovery.fullSpeed.toFixed(1)} s`,
      );
      await world.fleet.allUp();
    }
    return { perSecond: median(speeds), recoveries };
  } finally {
    await load.stop();
    await world.stop();
  }
}

interface Load {
  stop(): Promise<void>;
}

/** Each customer sends the next transfer as soon as the last one is buying power, whatever happens meanwhile. */
async function startLoad(world: World): Promise<Load> {
  const desk = await customerDesk(world.config, world.pool);
  const customers = await Promise.all(Array.from({ length: CUSTOMERS }, () => desk.create([CHAIN])));
  let stopping = false;
  const one = async ({ wallets }: (typeof customers)[number]): Promise<void> => {
    const { blockchain, address } = wallets[CHAIN];
    while (!stopping) {
      const body = { blockchain, to: address, amount: '25.10' };
      const sent = await world.control<{ tx_hash: string }>('POST', '/control/chain/transfers', body);
      while (!stopping && !(await hasEnded(world.pool, sent.tx_hash))) await sleep(POLL_MS);
    }
  };
  const running = Promise.all(customers.map(one));
  return {
    stop: async () => {
      stopping = true;
      await running;
    },
  };
}

/** While Postgres is away nobody knows, and nothing ends. */
async function hasEnded(pool: pg.Pool, txHash: string): Promise<boolean> {
  const found = await pool
    .query("select from deposits where chain = $1 and tx_hash = $2 and status = 'broker_funded'", [
      CHAIN,
      txHash,
    ])
    .catch(() => undefined);
  return (found?.rowCount ?? 0) > 0;
}

async function strike(
  world: World,
  blow: Blow,
  victims: readonly ProcessName[],
  usual: number,
): Promise<Recovery> {
  const { rows } = await world.pool.query<{ id: string; status: string }>(
    "select id, status from deposits where status <> 'broker_funded'",
  );
  const killedAt = Date.now();
  for (const victim of victims) world.fleet.kill(victim, AWAY_MS);
  const marks: { firstStep?: number; allGoOn?: number; fullSpeed?: number } = {};
  while (Object.keys(marks).length < 3) {
    await sleep(POLL_MS);
    const since = (Date.now() - killedAt) / 1000;
    if (since * 1000 > WATCH_MS)
      throw new Error(`${blow}: not recovered after ${since} s: ${JSON.stringify(marks)}`);
    const seen = await look(world.pool, killedAt, rows).catch(() => undefined);
    if (seen === undefined) continue;
    if (seen.firstStep !== null) marks.firstStep ??= seen.firstStep;
    if (seen.waiting === 0) marks.allGoOn ??= since;
    const now = Date.now();
    if (now - SPEED_WINDOW_MS < killedAt || marks.fullSpeed !== undefined) continue;
    const ended = await endedBetween(world.pool, now - SPEED_WINDOW_MS, now).catch(() => 0);
    // The speed of a window belongs to its beginning: from there on deposits ended as fast as before.
    if (ended / (SPEED_WINDOW_MS / 1000) >= usual * FULL) marks.fullSpeed = since - SPEED_WINDOW_MS / 1000;
  }
  const { firstStep = 0, allGoOn = 0, fullSpeed = 0 } = marks;
  return { blow, firstStep, allGoOn, fullSpeed, onTheWay: rows.length };
}

/** The first step after the kill, in seconds, and how many deposits stand where they stood. */
async function look(
  pool: pg.Pool,
  killedAt: number,
  stood: readonly { readonly id: string; readonly status: string }[],
): Promise<{ firstStep: number | null; waiting: number }> {
  const { rows } = await pool.query<{ first: number | null; waiting: number }>(
    `select (select extract(epoch from min(e.at))::float8 from lifecycle_events e
         where e.id > (select max(id) - 5000 from lifecycle_events) and e.at > to_timestamp($1)) as first,
       (select count(*)::int from deposits d join unnest($2::uuid[], $3::text[]) as s(id, status)
         on s.id = d.id where d.status::text = s.status) as waiting`,
    [(killedAt + ECHO_MS) / 1000, stood.map(({ id }) => id), stood.map(({ status }) => status)],
  );
  const { first = null, waiting = 0 } = rows[0] ?? {};
  return { firstStep: first === null ? null : first - killedAt / 1000, waiting };
}

async function endedBetween(pool: pg.Pool, from: number, to: number): Promise<number> {
  const { rows } = await pool.query<{ ended: number }>(
    `select count(*)::int as ended from deposits where created_at > to_timestamp($1) - interval '2 minutes'
       and broker_funded_at > to_timestamp($1) and broker_funded_at <= to_timestamp($2)`,
    [from / 1000, to / 1000],
  );
  return rows[0]?.ended ?? 0;
}
