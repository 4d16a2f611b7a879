/** Withdrawals end to end: dollars at the broker become USDC at an address outside, and the books agree. */
import { setTimeout as sleep } from 'node:timers/promises';
import { toBlockchain } from '../activities/providers/circle/chains.ts';
import { parseUnits } from '../domain/money.ts';
import { type LifecycleCost, measureCost } from './measure/cost.ts';
import { settle } from './measure/deposits.ts';
import { cpuPerLifecycle, cpuSeconds } from './measure/processes.ts';
import { type Latency, median } from './measure/statistics.ts';
import { runWithdrawals } from './measure/withdrawals.ts';
import type { Options } from './options.ts';
import type { Base } from './world/base.ts';
import { VARIANTS, type VariantName } from './world/variants.ts';
import { createWithdrawers, WITHDRAWAL_CHAIN } from './world/withdrawers.ts';
import { startWorld, type World } from './world/world.ts';

const COUNTED = 10;
const BOOKS_POLLS = 100;
const BOOKS_POLL_MS = 100;

export interface WithdrawalRound {
  readonly variant: VariantName;
  readonly round: number;
  readonly perSecond: number;
  /** From the request to the arrival, in milliseconds: 25 at a time, and one at a time. */
  readonly load: Latency;
  readonly alone: Latency;
  /** CPU milliseconds per withdrawal under load, by process. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

export interface WithdrawalSummary {
  readonly variant: VariantName;
  readonly perSecond: number;
  readonly aloneP50: number;
  readonly aloneP95: number;
  readonly loadP50: number;
  readonly loadP95: number;
  readonly loadP99: number;
  readonly cpuMs: number;
  readonly cost: LifecycleCost;
}

export interface WithdrawalFigures {
  readonly rounds: readonly WithdrawalRound[];
  readonly variants: readonly WithdrawalSummary[];
}

/** Plays the rounds of Sluice's variants in turns, and counts what one withdrawal costs. */
export async function measureWithdrawals(
  base: Base,
  options: Options,
  say: (line: string) => void,
): Promise<WithdrawalFigures> {
  const names = options.variants.filter((name) => VARIANTS[name].withdraws);
  const rounds: WithdrawalRound[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const variant of names) {
      const figures = { variant, round, ...(await playRound(base, variant, options)) };
      rounds.push(figures);
      say(
        `round ${round} ${variant.padEnd(15)} ${figures.perSecond.toFixed(1)} withdrawals/s, ` +
          `p50 ${figures.load.p50.toFixed(0)} ms under load, ${figures.alone.p50.toFixed(0)} ms alone`,
      );
    }
  }
  const variants: WithdrawalSummary[] = [];
  for (const name of names) {
    const own = rounds.filter(({ variant }) => variant === name);
    variants.push(summarise(name, own, await countCost(base, name)));
  }
  return { rounds, variants };
}

async function playRound(base: Base, name: VariantName, options: Options) {
  const world = await startWorld(base, VARIANTS[name]);
  try {
    const withdrawers = await createWithdrawers(world, options.concurrency);
    await runWithdrawals(world, withdrawers, options.concurrency);
    await settle(world);
    const alone = await runWithdrawals(world, withdrawers.slice(0, 1), options.aloneDeposits);
    await settle(world);
    const before = cpuSeconds(world.pids);
    const load = await runWithdrawals(world, withdrawers, options.roundDeposits);
    await settle(world);
    const cpuMs = cpuPerLifecycle(before, cpuSeconds(world.pids), options.roundDeposits);
    await checkBooks(world);
    return { perSecond: load.perSecond, load: load.latency, alone: alone.latency, cpuMs };
  } finally {
    await world.stop();
  }
}

async function countCost(base: Base, name: VariantName): Promise<LifecycleCost> {
  const world = await startWorld(base, VARIANTS[name], { counted: true });
  try {
    const withdrawers = await createWithdrawers(world, 1);
    const play = (count: number) => runWithdrawals(world, withdrawers, count);
    return await measureCost(world, { kind: 'withdrawal', play }, COUNTED);
  } finally {
    await world.stop();
  }
}

function summarise(
  variant: VariantName,
  rounds: readonly WithdrawalRound[],
  cost: LifecycleCost,
): WithdrawalSummary {
  const middle = (read: (round: WithdrawalRound) => number) => median(rounds.map(read));
  return {
    variant,
    perSecond: middle(({ perSecond }) => perSecond),
    aloneP50: middle(({ alone }) => alone.p50),
    aloneP95: middle(({ alone }) => alone.p95),
    loadP50: middle(({ load }) => load.p50),
    loadP95: middle(({ load }) => load.p95),
    loadP99: middle(({ load }) => load.p99),
    cpuMs: middle(({ cpuMs }) => Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0)),
    cost,
  };
}

/**
 * A figure counts only if the money is right: the ledger sums to zero, every withdrawal is complete, nothing is
 * held any more, and every address outside received exactly what its withdrawals owed.
 */
async function checkBooks(world: World): Promise<void> {
  let wrong = '';
  for (let poll = 0; poll < BOOKS_POLLS; poll += 1) {
    wrong = (await ownBooks(world)) ?? (await addressesOutside(world)) ?? '';
    if (wrong === '') return;
    await sleep(BOOKS_POLL_MS);
  }
  throw new Error(`the books do not balance: ${wrong}`);
}

async function ownBooks({ pool }: World): Promise<string | undefined> {
  const { rows } = await pool.query<{ off: string; open: string; held: string }>(
    `select (select count(*) from (select 1 from ledger_postings group by asset having sum(amount) <> 0) x) as off,
       (select count(*) from withdrawals where status <> 'complete') as open,
       (select coalesce(sum(amount), 0) from ledger_postings p join ledger_accounts a on a.id = p.account_id
         where a.kind = 'customer_held') as held`,
  );
  const [books] = rows;
  return books?.off === '0' && books.open === '0' && books.held === '0' ? undefined : JSON.stringify(books);
}

async function addressesOutside({ pool, control, config }: World): Promise<string | undefined> {
  const code = toBlockchain(config.circle.network, WITHDRAWAL_CHAIN);
  const prefix = `world:chain:${code}:`;
  const { accounts } = await control<{ accounts: { account: string; asset: string; balance: string }[] }>(
    'GET',
    `/control/books?prefix=${encodeURIComponent(prefix)}`,
  );
  const received = new Map(
    accounts
      .filter(({ asset }) => asset === `USDC:${code}`)
      .map(({ account, balance }) => [account.slice(prefix.length), BigInt(balance)]),
  );
  const { rows } = await pool.query<{ address: string; owed: string }>(
    `select lower(destination_address) as address, sum(net_usd)::text as owed from withdrawals group by 1`,
  );
  if (rows.length === 0) return 'there is no withdrawal';
  const off = rows.find(({ address, owed }) => received.get(address) !== parseUnits(owed));
  return off && `${off.address} received ${received.get(off.address) ?? 0n}, owed were ${off.owed} USDC`;
}
