/** Webhooks in per second: verified, stored and signalled, by the API as it runs. */
import http from 'node:http';
import path from 'node:path';
import type pg from 'pg';
import { runDeposits, settle } from './measure/deposits.ts';
import { timed } from './measure/load.ts';
import { cpuSeconds } from './measure/processes.ts';
import { type Delivery, type NewsDesk, openNewsDesk } from './measure/signed-news.ts';
import { type Latency, latencyOf } from './measure/statistics.ts';
import type { Base } from './world/base.ts';
import { createDepositors } from './world/customers.ts';
import { VARIANTS } from './world/variants.ts';
import { startWorld, type World } from './world/world.ts';

const CONCURRENCY = 16;
const WARM_UP = 100;
const DELIVERIES = 1_000;

export interface WebhookFigure {
  readonly name: 'circle' | 'mint' | 'repeats';
  readonly means: string;
  readonly perSecond: number;
  /** Milliseconds from the sending to the 2xx. */
  readonly latency: Latency;
  /** CPU milliseconds of one delivery, by process. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

export interface WebhookFigures {
  readonly figures: readonly WebhookFigure[];
  readonly stored: number;
  readonly signalled: number;
}

/** The worker is stopped meanwhile: what it would do with the news is what the deposits' figures tell. */
export async function measureWebhooks(base: Base, say: (line: string) => void): Promise<WebhookFigures> {
  const world = await startWorld(base, VARIANTS.sluice);
  try {
    const depositors = await createDepositors(world.config, world.pool, 5);
    await runDeposits(world, depositors, 20);
    await settle(world);
    const desk = openNewsDesk(path.join(world.folder, 'sandbox'), await samplesOf(world.pool));
    process.kill(world.pids.worker ?? 0, 'SIGKILL');
    const before = await countsOf(world.pool);
    const transfers = many(() => desk.circle());
    const arrivals = await arrivalsOf(world.pool, desk);
    const figures = [
      await measure(
        world,
        'circle',
        "Circle's word about a new transfer: verified, stored, workflow begun",
        transfers,
      ),
      await measure(
        world,
        'mint',
        "Mint's word about an off-ramp: verified, stored, workflow told",
        arrivals,
      ),
      await measure(world, 'repeats', "Circle's word once more: verified, known, nobody told", transfers),
    ];
    for (const { name, perSecond } of figures) say(`webhooks, ${name}: ${perSecond.toFixed(0)} a second`);
    const after = await countsOf(world.pool);
    const stored = after.stored - before.stored;
    const signalled = after.signalled - before.signalled;
    const expected = 2 * (WARM_UP + DELIVERIES);
    if (stored !== expected || signalled !== expected)
      throw new Error(
        `of ${expected} deliveries ${stored} were stored and ${signalled} had somebody to tell`,
      );
    return { figures, stored, signalled };
  } finally {
    await world.stop();
  }
}

function many(make: (index: number) => Delivery): Delivery[] {
  return Array.from({ length: WARM_UP + DELIVERIES }, (_, index) => make(index));
}

/** Bodies that the companies of this world have sent: the last word about a transfer in, and Mint's about one. */
async function samplesOf(pool: pg.Pool): Promise<{ circle: object; mint: object }> {
  const { rows } = await pool.query<{ kind: string; payload: object }>(
    `select distinct on (kind) kind, payload from inbound_events where kind in ('circle.inbound', 'mint.transfer')
       and message ->> 'state' = 'complete' order by kind, id desc`,
  );
  const [circle, mint] = ['circle.inbound', 'mint.transfer'].map((kind) =>
    rows.find((row) => row.kind === kind),
  );
  if (!circle || !mint) throw new Error('the companies have sent no notification');
  return { circle: circle.payload, mint: mint.payload };
}

/** Off-ramps that wait for Mint's word, each known by its hash. */
async function arrivalsOf(pool: pg.Pool, desk: NewsDesk): Promise<Delivery[]> {
  const { rows } = await pool.query<{ tx_hash: string }>(
    `insert into provider_operations (lifecycle, subject_id, step, provider, idempotency_key, request_digest, state,
         provider_reference, tx_hash, attempts)
       select 'deposit', gen_random_uuid(), 'off_ramp:1', 'circle', gen_random_uuid(), '', 'accepted', 'bench-' || n,
         '0xbench' || n, 1 from generate_series(1, $1) n returning tx_hash`,
    [WARM_UP + DELIVERIES],
  );
  return many((index) => desk.mint(rows[index]?.tx_hash ?? ''));
}

async function countsOf(pool: pg.Pool): Promise<{ stored: number; signalled: number }> {
  const { rows } = await pool.query<{ stored: number; signalled: number }>(
    `select count(*)::int as stored, count(*) filter (where workflow_id is not null)::int as signalled
     from inbound_events where kind in ('circle.inbound', 'mint.transfer')`,
  );
  return rows[0] ?? { stored: 0, signalled: 0 };
}

async function measure(
  world: World,
  name: WebhookFigure['name'],
  means: string,
  deliveries: readonly Delivery[],
): Promise<WebhookFigure> {
  const company = name === 'mint' ? 'mint' : 'circle';
  const url = `${world.config.api.publicUrl}/v1/webhooks/${company}`;
  await post(url, deliveries.slice(0, WARM_UP));
  const before = cpuSeconds(world.pids);
  const began = performance.now();
  const took = await post(url, deliveries.slice(WARM_UP));
  const seconds = (performance.now() - began) / 1000;
  const cpu = Object.entries(cpuSeconds(world.pids)).map(
    ([process, used]) => [process, ((used - (before[process] ?? 0)) * 1000) / took.length] as const,
  );
  const busy = cpu.filter(([process]) => ['api', 'postgres', 'temporal'].includes(process));
  return {
    ...{ name, means, perSecond: took.length / seconds },
    latency: latencyOf(took),
    cpuMs: Object.fromEntries(busy),
  };
}

/** Sends each once, many at a time; answers milliseconds. */
async function post(url: string, deliveries: readonly Delivery[]): Promise<number[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  const took: number[] = [];
  const waiting = deliveries.values();
  const one = async (): Promise<void> => {
    for (const { headers, body } of waiting)
      took.push((await timed({ method: 'POST', url, headers, text: body }, agent)).milliseconds);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, one));
  agent.destroy();
  return took;
}
