/** One campaign: load, blows and faults; then calm, until everything rests; then the books. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CHAINS } from '../domain/funding/chain.ts';
import { LIFECYCLES } from '../domain/lifecycles.ts';
import { customerDesk, type ReadyCustomer } from '../scripts/stack/ready-customer.ts';
import { createTemporalClient } from '../temporal/client.ts';
import type { Entry } from './entry.ts';
import { checkInvariants, restsWhen } from './invariants.ts';
import { type Blow, blowsOf, faultsOf, type ProcessName } from './plan.ts';
import { randomFrom } from './random.ts';
import type { Report } from './report.ts';
import { openSupportDesk, type SupportDesk } from './support-desk.ts';
import type { World } from './world.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** How many lifecycles are started. */
  readonly lifecycles: number;
  /** How many are under way at once. */
  readonly concurrency: number;
  readonly customers: number;
  /** How long everything may take to come to rest when the load and the faults have ended. */
  readonly calmSeconds: number;
  /** The only process that is killed; all of them without it. */
  readonly victim?: ProcessName;
}

const LOOK_MS = 400;
/** The longest plan: blows end when the load ends. */
const LONGEST_SECONDS = 4 * 3_600;
/** Between starting two lifecycles, so that the machine is busy and not drowned. */
const BREATH_MS = 15;

/** Runs it in a world of its own and reports; breaches are in the report, not thrown. */
export async function runCampaign(
  world: World,
  entries: readonly Entry[],
  options: CampaignOptions,
  say: (line: string) => void,
): Promise<Report> {
  const began = Date.now();
  const desk = await customerDesk(world.config, world.pool);
  const customers = await Promise.all(Array.from({ length: options.customers }, () => desk.create(CHAINS)));
  for (const entry of entries) await entry.prepare(world);
  const support = await openSupportDesk(world);
  await world.control('POST', '/control/faults', faultsOf(options.seed));
  say(`${customers.length} customers; the blows begin`);

  const load = { ended: false };
  const striking = strike(world, blowsOf(options.seed, LONGEST_SECONDS, options.victim), load, say);
  const started = await startLifecycles(world, entries, customers, options, say);
  load.ended = true;
  const blows = await striking;
  await world.fleet.allUp();
  const faults = await world.control<{ data: { operation: string; kind: string; hits: number }[] }>(
    'GET',
    '/control/faults',
  );
  await world.control('DELETE', '/control/faults');
  // The broker's events that were dropped come again when the streams are connected anew.
  await world.control('POST', '/control/alpaca/streams/disconnect', {});
  say(`${started} lifecycles started, ${blows.length} blows; now everything comes to rest`);
  const restSeconds = await comeToRest(world, entries, support, options.calmSeconds, say);
  const invariants = await checkInvariants(world, entries, customers);
  return {
    seed: options.seed,
    seconds: (Date.now() - began) / 1_000,
    started,
    restSeconds,
    ended: await endedByState(world, entries),
    blows: countBy(blows, ({ kind, victim }) => `${kind} ${victim}`),
    faults: countBy(
      faults.data.flatMap(({ kind, hits }) => Array.from({ length: hits }, () => kind)),
      (kind) => kind,
    ),
    crashes: world.fleet.crashes(),
    decisions: support.decided,
    invariants,
  };
}

/** Deals the blows in time until the load has ended. */
async function strike(
  world: World,
  blows: readonly Blow[],
  load: { readonly ended: boolean },
  say: (line: string) => void,
): Promise<Blow[]> {
  const began = Date.now();
  const dealt: Blow[] = [];
  for (const blow of blows) {
    while (!load.ended && Date.now() - began < blow.atMs) await sleep(50);
    if (load.ended) break;
    const { kind, victim, lastsMs } = blow;
    if (victim === 'clock')
      await world
        .control('POST', '/control/clock/advance', { seconds: lastsMs / 1_000 })
        .catch(() => undefined);
    else if (kind === 'kill') world.fleet.kill(victim, lastsMs);
    else world.fleet.pause(victim, lastsMs);
    say(`${kind} ${victim} (${lastsMs} ms)`);
    dealt.push(blow);
  }
  return dealt;
}

/** Starts lifecycles, never more than so many under way; answers how many were begun by us. */
async function startLifecycles(
  world: World,
  entries: readonly Entry[],
  customers: readonly ReadyCustomer[],
  options: CampaignOptions,
  say: (line: string) => void,
): Promise<number> {
  const random = randomFrom(options.seed);
  const chosen = entries.flatMap((entry) => Array.from({ length: entry.share }, () => entry));
  const counted = entries.filter(({ share }) => share > 0);
  let started = 0;
  let rested = 0;
  let looked = 0;
  let told = 0;
  while (started < options.lifecycles) {
    if (Date.now() - looked > LOOK_MS) {
      // While the database is away nothing is known: a little goes on, as in the world outside.
      rested = await howMany(world, counted, 'rest').catch(() => rested + 1);
      looked = Date.now();
    }
    if (started - rested >= options.concurrency) {
      await sleep(LOOK_MS);
      continue;
    }
    const more = await random
      .pick(chosen)
      .start(world, random.pick(customers), random)
      .catch(() => 0);
    started += more;
    if (started - told >= 500) {
      told = started;
      say(`${started} of ${options.lifecycles} lifecycles started`);
    }
    await sleep(BREATH_MS);
  }
  return started;
}

/** How many lifecycles rest, or how many are under way. */
async function howMany({ pool }: World, entries: readonly Entry[], which: 'rest' | 'move'): Promise<number> {
  const counts = entries.map((entry) => {
    const { table } = LIFECYCLES[entry.lifecycle as keyof typeof LIFECYCLES];
    return `(select count(*) from ${table} t where ${which === 'rest' ? '' : 'not '}${restsWhen(entry)})`;
  });
  const { rows } = await pool.query<{ n: string }>(`select ${counts.join(' + ')} as n`);
  return Number(rows[0]?.n ?? 0);
}

/** Support decides and the sweep makes its rounds until nothing moves any more; answers how long it took. */
async function comeToRest(
  world: World,
  entries: readonly Entry[],
  support: SupportDesk,
  calmSeconds: number,
  say: (line: string) => void,
): Promise<number> {
  const began = Date.now();
  const temporal = await createTemporalClient(world.config);
  let quiet = 0;
  let told = 0;
  try {
    while (quiet < 3 && Date.now() - began < calmSeconds * 1_000) {
      await temporal.schedule
        .getHandle('sweep-every-minute')
        .trigger()
        .catch(() => undefined);
      const decisions = await support.round();
      const open = await howMany(world, entries, 'move');
      const { rows } = await world.pool.query<{ unused: string }>(
        'select count(*) as unused from inbound_events where processed_at is null',
      );
      const unused = Number(rows[0]?.unused ?? 0);
      quiet = open === 0 && decisions === 0 && unused === 0 ? quiet + 1 : 0;
      if (Date.now() - told > 10_000) {
        told = Date.now();
        say(`${open} under way, ${unused} events unused, ${decisions} decisions`);
      }
      await sleep(1_000);
    }
  } finally {
    await temporal.connection.close();
  }
  return (Date.now() - began) / 1_000;
}

async function endedByState({ pool }: World, entries: readonly Entry[]): Promise<Record<string, number>> {
  const parts = entries.map(({ lifecycle }) => {
    const { table, column } = LIFECYCLES[lifecycle as keyof typeof LIFECYCLES];
    return `select '${lifecycle} ' || ${column} as state, count(*)::int as n from ${table} group by 1`;
  });
  const { rows } = await pool.query<{ state: string; n: number }>(`${parts.join(' union all ')} order by 1`);
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

function countBy<Item>(items: readonly Item[], nameOf: (item: Item) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1;
  return counts;
}
