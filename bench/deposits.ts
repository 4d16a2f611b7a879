/** The comparison: the same deposits through each variant, in interleaved rounds on fresh worlds. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type LifecycleCost, measureCost } from './measure/cost.ts';
import { runDeposits, settle } from './measure/deposits.ts';
import { cpuPerLifecycle, cpuSeconds } from './measure/processes.ts';
import { median } from './measure/statistics.ts';
import type { Options } from './options.ts';
import type { Base } from './world/base.ts';
import { createDepositors } from './world/customers.ts';
import { VARIANTS, type VariantName } from './world/variants.ts';
import { startWorld, type World } from './world/world.ts';

/** Deposits of each customer before the clock runs, so that code is compiled and connections are open. */
const WARM_UP_ROUNDS = 4;

export interface Round {
  readonly variant: VariantName;
  readonly round: number;
  readonly perSecond: number;
  readonly load: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** One at a time, from Circle's final webhook to buying power. */
  readonly alone: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** CPU milliseconds per deposit under load, by process. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

/** Plays every round; A B C A B C, so that a slow minute of the machine meets all of them. */
export async function compareDeposits(
  base: Base,
  options: Options,
  say: (line: string) => void,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const name of options.variants) {
      const result = await playRound(base, name, round, options);
      rounds.push(result);
      const { perSecond, alone, load } = result;
      say(
        `round ${round} ${name.padEnd(11)} ${perSecond.toFixed(1)} deposits/s, ` +
          `p50 ${load.p50.toFixed(0)} ms under load, ${alone.p50.toFixed(0)} ms alone`,
      );
    }
  }
  return rounds;
}

/** Deposits of one round in a world: some to warm up, some one at a time, then as many at a time as options say. */
export async function playDeposits(world: World, options: Options) {
  const depositors = await createDepositors(world.config, world.pool, options.concurrency);
  await runDeposits(world, depositors, options.concurrency * WARM_UP_ROUNDS);
  await settle(world);
  const alone = await runDeposits(world, depositors.slice(0, 1), options.aloneDeposits);
  await settle(world);
  const before = cpuSeconds(world.pids);
  const load = await runDeposits(world, depositors, options.roundDeposits);
  await settle(world);
  const cpuMs = cpuPerLifecycle(before, cpuSeconds(world.pids), options.roundDeposits);
  return { alone, load, cpuMs };
}

async function playRound(base: Base, name: VariantName, round: number, options: Options): Promise<Round> {
  const { profile } = options;
  const world = await startWorld(base, VARIANTS[name], profile === undefined ? {} : { profile });
  try {
    const { alone, load, cpuMs } = await playDeposits(world, options);
    await checkBooks(world.pool);
    const { p50, p95, p99 } = load.latency;
    return {
      variant: name,
      round,
      perSecond: load.perSecond,
      load: { p50, p95, p99 },
      alone: { p50: alone.sinceWebhook.p50, p95: alone.sinceWebhook.p95, p99: alone.sinceWebhook.p99 },
      cpuMs,
    };
  } finally {
    await world.stop();
  }
}

const BOOKS_POLLS = 100;
const BOOKS_POLL_MS = 100;

/**
 * A figure counts only if the money is right: the ledger sums to zero, every deposit is buying power and is
 * posted. The plain version posts after it has written the state, so the books get a moment.
 */
async function checkBooks(pool: pg.Pool): Promise<void> {
  let seen = '';
  for (let poll = 0; poll < BOOKS_POLLS; poll += 1) {
    const { rows } = await pool.query<{ off: string; open: string; posted: string; funded: string }>(
      `select (select count(*) from (select 1 from ledger_postings group by asset having sum(amount) <> 0) x) as off,
         (select count(*) from deposits where status <> 'broker_funded') as open,
         (select coalesce(sum(amount), 0) from ledger_postings p join ledger_accounts a on a.id = p.account_id
           where a.kind = 'alpaca_customer') as posted,
         (select coalesce(sum(amount_usd * 1000000), 0)::bigint from deposits) as funded`,
    );
    const [books] = rows;
    if (books?.off === '0' && books.open === '0' && books.posted === books.funded) return;
    seen = JSON.stringify(books);
    await sleep(BOOKS_POLL_MS);
  }
  throw new Error(`the books do not balance: ${seen}`);
}

/** Counts, in a world whose database traffic is read: one deposit at a time. */
export async function countCosts(
  base: Base,
  options: Options,
): Promise<Partial<Record<VariantName, LifecycleCost>>> {
  const costs: Partial<Record<VariantName, LifecycleCost>> = {};
  for (const name of options.variants) {
    const world = await startWorld(base, VARIANTS[name], { counted: true });
    try {
      const [depositor] = await createDepositors(world.config, world.pool, 1);
      if (!depositor) throw new Error('no customer was made');
      const play = (count: number) => runDeposits(world, [depositor], count);
      costs[name] = await measureCost(world, { kind: 'deposit', play }, 10);
    } finally {
      await world.stop();
    }
  }
  return costs;
}

export interface VariantSummary {
  readonly variant: VariantName;
  readonly perSecond: number;
  readonly loadP50: number;
  readonly loadP95: number;
  readonly loadP99: number;
  readonly aloneP50: number;
  readonly aloneP95: number;
  readonly aloneP99: number;
  readonly cpuMs: Readonly<Record<string, number>>;
  /** Deposits per second over those of the plain version, round by round; the middle one. */
  readonly ratio: number | null;
}

/** The middle of the rounds, figure by figure. */
export function summarise(rounds: readonly Round[], names: readonly VariantName[]): VariantSummary[] {
  return names.map((variant) => {
    const own = rounds.filter((round) => round.variant === variant);
    const middle = (read: (round: Round) => number) => median(own.map(read));
    const ratios = own.flatMap(({ round, perSecond }) => {
      const plain = rounds.find((other) => other.variant === 'plain' && other.round === round);
      return plain ? [perSecond / plain.perSecond] : [];
    });
    const processes = Object.keys(own[0]?.cpuMs ?? {});
    return {
      variant,
      perSecond: middle(({ perSecond }) => perSecond),
      loadP50: middle(({ load }) => load.p50),
      loadP95: middle(({ load }) => load.p95),
      loadP99: middle(({ load }) => load.p99),
      aloneP50: middle(({ alone }) => alone.p50),
      aloneP95: middle(({ alone }) => alone.p95),
      aloneP99: middle(({ alone }) => alone.p99),
      cpuMs: Object.fromEntries(processes.map((name) => [name, middle(({ cpuMs }) => cpuMs[name] ?? 0)])),
      ratio: ratios.length === 0 ? null : median(ratios),
    };
  });
}
