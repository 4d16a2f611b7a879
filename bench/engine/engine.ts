/** The engine's own limit: deposits beside a workflow that makes the same history and does nothing. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { loadConfig } from '../../config.ts';
import { workflowId } from '../../domain/ids.ts';
import { startChild } from '../../scripts/stack/child.ts';
import { forget, watchOver } from '../../scripts/stack/watch-over.ts';
import { createTemporalClient } from '../../temporal/client.ts';
import { createPayloadCodec } from '../../temporal/codec.ts';
import { playDeposits } from '../deposits.ts';
import { cpuPerLifecycle, cpuSeconds } from '../measure/processes.ts';
import { median } from '../measure/statistics.ts';
import type { Options } from '../options.ts';
import type { Base } from '../world/base.ts';
import { VARIANTS } from '../world/variants.ts';
import { startEngine, startWorld, type World } from '../world/world.ts';
import { readScript, UnfitHistory } from './history-reader.ts';
import type { Script } from './script.ts';
import { openSender } from './sender.ts';
import { writeSetup } from './setup.ts';

const WARM_UP_ROUNDS = 4;
/** Histories of a round that are looked at. */
const SAMPLE = 60;

/** One side of the comparison in one round. */
export interface EngineSide {
  readonly perSecond: number;
  /** Milliseconds, one at a time, from the first signal until the last step has run. */
  readonly aloneP50: number;
  readonly loadP50: number;
  /** Means over histories of the round under load. */
  readonly events: number;
  readonly historyBytes: number;
  /** CPU milliseconds per lifecycle under load, by process. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

export interface EngineRound {
  readonly deposit: EngineSide;
  readonly engine: EngineSide;
  /** What the history that was followed holds. */
  readonly followed: { readonly events: number; readonly signals: number; readonly activities: number };
}

export interface EngineFigures {
  readonly rounds: readonly EngineRound[];
  /** Events per second of deposits over those of the engine alone, round by round; the middle one. */
  readonly ratio: number;
}

/** Plays both in turns, each round of the variant after the history of a deposit of the same round. */
export async function measureEngine(
  base: Base,
  options: Options,
  say: (line: string) => void,
): Promise<EngineFigures> {
  const rounds: EngineRound[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const { side: deposit, script, env } = await playRound(base, options);
    const engine = await playEngine(base, options, script, env);
    const activities = script.steps.filter(({ kind }) => kind === 'activity' || kind === 'local activity');
    const { events, signals } = script;
    rounds.push({
      ...{ deposit, engine },
      followed: { events, signals: signals.length, activities: activities.length },
    });
    say(
      `round ${round} deposits ${deposit.perSecond.toFixed(1)}/s (${deposit.events.toFixed(1)} events), ` +
        `the engine alone ${engine.perSecond.toFixed(1)}/s (${engine.events.toFixed(1)} events)`,
    );
  }
  const eventsPerSecond = ({ perSecond, events }: EngineSide) => perSecond * events;
  const ratios = rounds.map(({ deposit, engine }) => eventsPerSecond(deposit) / eventsPerSecond(engine));
  return { rounds, ratio: median(ratios) };
}

async function playRound(base: Base, options: Options) {
  const world = await startWorld(base, VARIANTS.sluice);
  const client = await createTemporalClient(world.config);
  try {
    const { alone, load, cpuMs } = await playDeposits(world, options);
    const { rows } = await world.pool.query<{ id: string }>(
      'select id from deposits order by created_at desc limit $1',
      [Math.min(SAMPLE, options.roundDeposits)],
    );
    const histories = await historiesOf(
      client,
      rows.map(({ id }) => id),
    );
    const side: EngineSide = {
      perSecond: load.perSecond,
      aloneP50: alone.latency.p50,
      loadP50: load.latency.p50,
      ...meansOf(histories),
      cpuMs,
    };
    return { side, script: await usualScript(client, world, histories), env: world.env };
  } finally {
    await client.connection.close();
    await world.stop();
  }
}

let folders = 0;

async function playEngine(
  base: Base,
  options: Options,
  script: Script,
  usual: World['env'],
): Promise<EngineSide> {
  folders += 1;
  const folder = path.join(base.folder, `engine-${folders}`);
  mkdirSync(folder);
  const server = await startEngine(base, VARIANTS.sluice, folder);
  if (!server) throw new Error('the variant has no server');
  const sender = await openSender(script);
  const env = { ...usual, TEMPORAL_ADDRESS: server.address };
  const worker = await startChild({
    name: 'engine worker',
    file: 'bench/engine/worker.ts',
    env: { ...env, ENGINE_SETUP: writeSetup(folder, script, sender.port) },
    logFile: path.join(folder, 'worker.log'),
    onSpawn: (pid, polite) => watchOver(pid, polite),
  });
  const config = loadConfig(env);
  const client = await createTemporalClient(config);
  const { taskQueue } = config.temporal;
  const { concurrency, aloneDeposits, roundDeposits } = options;
  // The signals are sent by this process: its time belongs to the lifecycles.
  const cpu = () => ({
    ...cpuSeconds({ worker: worker.pid, temporal: server.pid }),
    sender: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
  });
  try {
    await ended(client, (await sender.run(client, taskQueue, concurrency, concurrency * WARM_UP_ROUNDS)).ids);
    const alone = await sender.run(client, taskQueue, 1, aloneDeposits);
    await ended(client, alone.ids);
    const before = cpu();
    const load = await sender.run(client, taskQueue, concurrency, roundDeposits);
    await ended(client, load.ids);
    const after = cpu();
    const histories = await historiesOf(client, load.ids.slice(-SAMPLE));
    return {
      perSecond: load.perSecond,
      aloneP50: alone.latency.p50,
      loadP50: load.latency.p50,
      ...meansOf(histories),
      cpuMs: cpuPerLifecycle(before, after, roundDeposits),
    };
  } finally {
    await client.connection.close();
    await worker.stop();
    forget(worker.pid);
    sender.stop();
    await server.stop();
    forget(server.pid);
  }
}

interface Found {
  readonly id: string;
  readonly events: number;
  readonly bytes: number;
}

/** Waits for the end of each, and asks the server how big its history has become. */
async function historiesOf(client: Client, depositIds: readonly string[]): Promise<Found[]> {
  return Promise.all(
    depositIds.map(async (id) => {
      const handle = client.workflow.getHandle(workflowId('deposit', id));
      await handle.result();
      const { historyLength, historySize = 0 } = await handle.describe();
      return { id, events: historyLength, bytes: historySize };
    }),
  );
}

async function ended(client: Client, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => client.workflow.getHandle(workflowId('deposit', id)).result()));
}

function meansOf(found: readonly Found[]) {
  const mean = (read: (one: Found) => number) =>
    found.reduce((sum, one) => sum + read(one), 0) / Math.max(1, found.length);
  return { events: mean(({ events }) => events), historyBytes: mean(({ bytes }) => bytes) };
}

/** The script of the deposit that stands in the middle by its events; of the next one where that does not fit. */
async function usualScript(client: Client, world: World, found: readonly Found[]): Promise<Script> {
  const codec = createPayloadCodec(world.config.payload);
  const mean = meansOf(found).events;
  const distance = ({ events }: Found) => Math.abs(events - mean);
  const nearest = [...found].sort((a, b) => distance(a) - distance(b));
  let reason = 'there was none';
  for (const { id } of nearest) {
    const address = workflowId('deposit', id);
    try {
      return await readScript(address, await client.workflow.getHandle(address).fetchHistory(), codec);
    } catch (error) {
      if (!(error instanceof UnfitHistory)) throw error;
      reason = error.message;
    }
  }
  throw new Error(`no deposit's history can be followed: ${reason}`);
}
