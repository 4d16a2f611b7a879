/** One round's world: a fresh database, a fresh Temporal, a fresh sandbox, and the programs of one variant. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Config, loadConfig } from '../../config.ts';
import { type Child, type OnSpawn, startChild } from '../../scripts/stack/child.ts';
import {
  applicationEnvironment,
  type SandboxFacts,
  sandboxEnvironment,
} from '../../scripts/stack/environment.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { createSecrets } from '../../scripts/stack/secrets.ts';
import { startTemporal, type Temporal } from '../../scripts/stack/temporal.ts';
import { forget, watchOver } from '../../scripts/stack/watch-over.ts';
import { countRoundTrips, type RoundTripCounter } from '../measure/round-trips.ts';
import { serverDatabases } from '../temporal-on-postgres/databases.ts';
import { NO_GO, serverPrograms } from '../temporal-on-postgres/programs.ts';
import { startServerOnPostgres } from '../temporal-on-postgres/server.ts';
import type { Base } from './base.ts';
import { type Control, controlOf } from './control.ts';
import type { Variant } from './variants.ts';

/** Enough dollars at the broker for every deposit of a run. */
const FLOAT_USD = '900000000.00';
const SETUP_POLLS = 600;
const SETUP_POLL_MS = 50;

export interface WorldOptions {
  /** Puts the counting proxy between the programs and Postgres. */
  readonly counted?: boolean;
  /** Added to the environment of the programs. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder that takes CPU profiles of the programs, by their names. */
  readonly profile?: string;
}

export interface World {
  readonly variant: Variant;
  /** Holds the logs, and the sandbox's store in `sandbox`. */
  readonly folder: string;
  readonly config: Config;
  readonly env: Readonly<Record<string, string>>;
  /** The driver's own connections; never counted. */
  readonly pool: pg.Pool;
  readonly control: Control;
  readonly counter?: RoundTripCounter;
  /** Process ids by name: worker, api, sandbox, temporal, postgres. */
  readonly pids: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

let worlds = 0;

/** Starts everything and waits until the providers know where to call back. */
export async function startWorld(base: Base, variant: Variant, options: WorldOptions = {}): Promise<World> {
  worlds += 1;
  const folder = path.join(base.folder, `${worlds}-${variant.name}`);
  mkdirSync(folder);
  const database = await base.freshDatabase();
  const [temporal, sandbox] = await Promise.all([
    startEngine(base, variant, folder),
    startSandbox(folder, profiled(options, 'sandbox')),
  ]);
  const facts = sandbox.ready as unknown as SandboxFacts;
  const control = controlOf(facts.control.base_url);
  await control('POST', '/control/alpaca/firm/deposit', { amount: FLOAT_USD });
  const counter = options.counted ? await countRoundTrips(database.url) : undefined;
  const address = temporal?.address ?? '127.0.0.1:1';
  const addresses = {
    databaseUrl: counter?.url ?? database.url,
    temporal: { address, namespace: 'default', taskQueue: 'sluice' },
    api: { port: await freePort() },
  };
  const env = {
    ...applicationEnvironment(addresses, facts, createSecrets()),
    API_RATE_LIMIT_PER_MINUTE: '100000000',
    API_CREDENTIALS_LIMIT_PER_MINUTE: '100000000',
    LOG_LEVEL: 'warn',
    ...variant.env,
    ...options.env,
  };
  const programs = await startPrograms(variant, env, folder, options);
  const pool = new pg.Pool({ connectionString: database.url, max: 10 });
  pool.on('error', () => undefined);
  await setUp(pool);
  const named = { ...programs, sandbox, ...(temporal && { temporal }), postgres: base.postgres };
  return {
    ...{ variant, folder, env, pool, control },
    config: loadConfig(env),
    ...(counter && { counter }),
    pids: Object.fromEntries(Object.entries(named).map(([name, { pid }]) => [name, pid])),
    stop: async () => {
      await pool.end();
      await Promise.all(Object.values(programs).map((program) => end(program)));
      await Promise.all([end(sandbox), ...(temporal ? [end(temporal)] : [])]);
      await counter?.stop();
      await database.drop();
    },
  };
}

/** Told to the reaper, so that nothing outlives a benchmark that is cut off. */
const onSpawn: OnSpawn = (pid, polite) => watchOver(pid, polite);

async function end(program: { readonly pid: number; stop(): Promise<void> }): Promise<void> {
  await program.stop();
  forget(program.pid);
}

/** The Temporal server of a variant, with its state in the folder; undefined where it needs none. */
export async function startEngine(
  base: Base,
  variant: Variant,
  folder: string,
): Promise<Temporal | undefined> {
  if (variant.engine === 'none') return undefined;
  if (variant.engine === 'postgres') return startOnPostgres(base, folder);
  const untuned = variant.engine === 'default';
  return startTemporal({
    program: base.temporalProgram,
    port: await freePort(),
    logFile: path.join(folder, 'temporal.log'),
    ...(untuned ? { untuned } : { stateFile: path.join(folder, 'temporal', 'state.db') }),
    onSpawn,
  });
}

async function startOnPostgres(base: Base, folder: string): Promise<Temporal> {
  const programs = await serverPrograms(() => undefined);
  if (!programs) throw new Error(NO_GO);
  const { databases, drop } = await serverDatabases(base, programs);
  const server = await startServerOnPostgres({ program: programs.server, databases, folder, onSpawn });
  const stop = async () => {
    await server.stop();
    await drop();
  };
  return { ...server, stop };
}

/** What makes a program of ours leave a CPU profile in a folder of its name when it ends. */
function profiled({ profile }: WorldOptions, name: string): Readonly<Record<string, string>> {
  if (profile === undefined) return {};
  return { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${path.join(profile, name)}` };
}

function startSandbox(folder: string, env: Readonly<Record<string, string>>): Promise<Child> {
  return startChild({
    name: 'sandbox',
    file: 'sandbox/server.ts',
    graceMs: 5_000,
    env: { ...sandboxEnvironment(path.join(folder, 'sandbox'), 'instant'), ...env },
    logFile: path.join(folder, 'sandbox.log'),
    onSpawn,
  });
}

async function startPrograms(
  variant: Variant,
  env: Readonly<Record<string, string>>,
  folder: string,
  options: WorldOptions,
): Promise<Record<string, Child>> {
  const started = Object.entries(variant.programs).map(async ([name, file]) => {
    const logFile = path.join(folder, `${name}.log`);
    // Only the first program, the worker, is watched by way of NODE_OPTIONS.
    const { NODE_OPTIONS, ...usual } = env;
    const watched = name === 'worker' && NODE_OPTIONS ? { ...usual, NODE_OPTIONS } : usual;
    const own = { ...watched, ...profiled(options, name) };
    return [name, await startChild({ name, file, env: own, logFile, onSpawn })] as const;
  });
  return Object.fromEntries(await Promise.all(started));
}

/** Subscriptions and deposit addresses are made by the programs themselves when they start. */
async function setUp(pool: pg.Pool): Promise<void> {
  for (let poll = 0; poll < SETUP_POLLS; poll += 1) {
    const { rows } = await pool.query<{ ready: boolean }>(
      `select (select count(*) from mint_deposit_addresses) >= 4
         and (select count(*) from provider_facts where name like '%subscription') = 2 as ready`,
    );
    if (rows[0]?.ready) return;
    await sleep(SETUP_POLL_MS);
  }
  throw new Error('the providers were not set up in time');
}
