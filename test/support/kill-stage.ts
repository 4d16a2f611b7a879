/**
 * A stack whose programs can be killed with -9 while work stands at every step of its way: each statement before it
 * reaches the database and after it has committed, each call before and after a company has acted.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../../temporal/client.ts';
import { type ApplicationProcess, applicationProcess } from './application.ts';
import { type CutLine, cutLine } from './cut-line.ts';
import { eventually } from './eventually.ts';
import { heldCalls } from './held-calls.ts';
import { type HeldConnections, holdConnections, type Moment, type Statement } from './held-connections.ts';
import { ownServers } from './own-servers.ts';
import { providersReady, startStack, type TestStack } from './stack.ts';
import { sweepNow } from './sweep.ts';

const PROGRAMS = ['worker', 'api'] as const;
type Program = (typeof PROGRAMS)[number];
/** Whom a test can kill. Temporal and Postgres are the stage's own. */
export type Victim = Program | 'sandbox' | 'temporal' | 'postgres';
/** A statement that hangs counts for so long: sooner than its caller gives up. */
const HANGS_MS = 9_000;
/** Whoever hangs in the middle of a step needs a connection and a place of its own, also when a hundred do. */
const ROOM = { DATABASE_CONNECTIONS: '120', WORKER_WORKFLOW_TASKS: '200' };
/** Nothing new for so long: the work has ended, with everything that companies say about it afterwards. */
const SILENCE_MS = 700;
const LONGEST_SILENCE_MS = 30_000;

/** Where work can stand when something dies. */
export interface Point {
  readonly at: Program | 'company';
  /** A statement of the database, or an operation of a company. */
  readonly step: string;
}

/** A point in one of its two moments: before it happens, and after it has and before whoever did it knows. */
export interface Cell extends Point {
  readonly moment: Moment;
}

/** A cell in which somebody hangs. */
export interface Standing extends Cell {
  /** How much longer its caller waits. */
  readonly leftMs: number;
}

/** What some work did. */
export interface Watched {
  /** Every statement and call, each once. */
  readonly points: readonly Point[];
  /** Every activity that ran, each once. */
  readonly activities: readonly string[];
}

export interface KillStage {
  readonly stack: TestStack;
  readonly temporal: Client;
  /** The line between our programs and Temporal. */
  readonly line: CutLine;
  /** What happens until `work` is done, and until nothing more comes of it. */
  watch(work: () => Promise<unknown>): Promise<Watched>;
  /** Whoever comes first to a cell hangs there; a call that is given up is replaced by the next. */
  catchAt(cells: readonly Cell[]): Promise<void>;
  /** Where somebody hangs whose caller still waits. */
  standing(): Promise<Standing[]>;
  /**
   * Kills a program or a server with -9 and starts it again on its data; what hangs goes on, and nothing more is
   * caught. Says where somebody stood at the moment of the kill.
   */
  kill(victim: Victim): Promise<Cell[]>;
  /** Lets everything go that hangs. */
  letGo(): Promise<void>;
  /** Ends the programs' connections to Postgres, again and again, until so many were in use. */
  terminateConnections(count: number): Promise<void>;
  /** A round of the sweep, for which every open event is old enough. */
  sweep(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it; `stepOf` names statements, and says nothing of those that are no step of any work. */
export async function killStage(stepOf: (statement: Statement) => string | undefined): Promise<KillStage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-kill-'));
  const servers = await ownServers();
  const stack = await startStack({
    ...{ start: [], killableSandbox: true, firmCash: '1000000.00', servers },
    env: ROOM,
  });
  const line = await cutLine(stack.config.temporal.address);
  const { url } = stack.database;
  const lines = { worker: await holdConnections(url, stepOf), api: await holdConnections(url, stepOf) };
  const programs = await startPrograms(stack, line, lines, folder);
  const temporal = await createTemporalClient(stack.config);
  await providersReady(stack.database.pool);
  // Rounds begin when a test says so; else their statements would be taken for the work's.
  for await (const { scheduleId } of temporal.schedule.list()) {
    await temporal.schedule.getHandle(scheduleId).pause();
  }
  const held = heldCalls(stack);
  const standing = async (): Promise<Standing[]> => [
    ...(await held.standing()),
    ...PROGRAMS.flatMap((at) =>
      lines[at]
        .hanging()
        .map(({ forMs, ...one }) => ({ at, ...one, leftMs: HANGS_MS - forMs }))
        .filter(({ leftMs }) => leftMs > 0),
    ),
  ];
  const letGo = async () => {
    for (const name of PROGRAMS) lines[name].release();
    await held.release();
  };
  return {
    ...{ stack, temporal, line, letGo },
    watch: (work) => watch(stack, lines, path.join(folder, 'worker.log'), work),
    catchAt: async (cells) => {
      for (const { at, step, moment } of cells) if (at !== 'company') lines[at].hold(step, moment);
      await held.hold(cells.filter(({ at }) => at === 'company'));
    },
    standing,
    kill: async (victim) => {
      const program = {
        ...programs,
        sandbox: killable(stack),
        temporal: servers.temporalServer,
        postgres: servers.postgresServer,
      }[victim];
      const stood = await standing();
      await program.kill();
      // A program that starts anew meets no trap.
      for (const name of PROGRAMS) lines[name].disarm();
      await program.restart();
      await letGo();
      return stood;
    },
    terminateConnections: (count) => terminateConnections(stack, count),
    sweep: () => sweepNow(stack, temporal),
    stop: async () => {
      await temporal.connection.close();
      await Promise.all(Object.values(programs).map((program) => program.stop()));
      await Promise.all(Object.values(lines).map((one) => one.stop()));
      await line.stop();
      await stack.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type Lines = Record<Program, HeldConnections>;

async function startPrograms(
  stack: TestStack,
  line: CutLine,
  lines: Lines,
  folder: string,
): Promise<Record<Program, ApplicationProcess>> {
  const start = (name: Program) => {
    // The worker tells of each activity.
    const LOG_LEVEL = name === 'worker' ? 'debug' : 'warn';
    const env = { ...stack.env, DATABASE_URL: lines[name].url, TEMPORAL_ADDRESS: line.address, LOG_LEVEL };
    return applicationProcess(name, env, folder);
  };
  const [worker, api] = await Promise.all([start('worker'), start('api')]);
  return { worker, api };
}

async function watch(
  stack: TestStack,
  lines: Lines,
  logFile: string,
  work: () => Promise<unknown>,
): Promise<Watched> {
  for (const name of PROGRAMS) lines[name].statements();
  const [newest] = await requests(stack);
  const logged = readFileSync(logFile).length;
  await work();
  const seen = Object.fromEntries(PROGRAMS.map((name) => [name, new Set<string>()]));
  let called: string[] = [];
  const collect = async (): Promise<string> => {
    for (const name of PROGRAMS) for (const step of lines[name].statements()) seen[name]?.add(step);
    const all = await requests(stack);
    const end = all.findIndex(({ request_id }) => request_id === newest?.request_id);
    called = all.slice(0, end < 0 ? undefined : end).map(({ operation }) => operation);
    return `${called.length} ${readFileSync(logFile).length}`;
  };
  await silence(collect);
  const points = PROGRAMS.flatMap((at) => [...(seen[at] ?? [])].map((step) => ({ at, step })));
  const calls = [...new Set(called.filter((name) => name !== ''))];
  return {
    points: [...points, ...calls.map((step) => ({ at: 'company' as const, step }))],
    activities: activitiesIn(readFileSync(logFile, 'utf8').slice(logged)),
  };
}

/** Until what `look` sees has stayed the same for a while. */
async function silence(look: () => Promise<string>): Promise<void> {
  const deadline = Date.now() + LONGEST_SILENCE_MS;
  for (let before = await look(), since = Date.now(); Date.now() - since < SILENCE_MS; ) {
    await sleep(100);
    const now = await look();
    if (now !== before) since = Date.now();
    before = now;
    if (Date.now() > deadline) throw new Error(`it does not become silent: ${now}`);
  }
}

/** Names of the activities whose end stands in the worker's log. */
function activitiesIn(log: string): string[] {
  const names = log.split('\n').flatMap((line) => {
    if (!line.includes('"activity done"')) return [];
    return [(JSON.parse(line) as { activity: string }).activity];
  });
  return [...new Set(names)];
}

interface LoggedRequest {
  readonly company: string;
  readonly operation: string;
  readonly request_id: string;
}

/** What worker and API asked companies for, newest first. */
async function requests(stack: TestStack): Promise<LoggedRequest[]> {
  const { data } = await stack.sandbox.control<{ data: LoggedRequest[] }>(
    'GET',
    '/control/requests?limit=1000',
  );
  return data.filter(({ company }) => company !== 'control');
}

function killable(stack: TestStack) {
  const { kill, restart } = stack.sandbox;
  if (!kill || !restart) throw new Error('this sandbox is no process');
  return { kill, restart };
}

async function terminateConnections(stack: TestStack, count: number): Promise<void> {
  let terminated = 0;
  await eventually(`${count} connections in use were terminated`, async () => {
    const { rowCount } = await stack.database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like 'sluice-%'`,
    );
    terminated += rowCount ?? 0;
    return terminated >= count;
  });
}
