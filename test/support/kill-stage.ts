/**
 * A stack whose programs can be killed with -9 while work stands at every step of its way: each statement before it
 * reaches the database and after it has committed, each call before and after a company has acted.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../../temporal/client.ts';
import { type ApplicationProcess, applicationProcess } from './application.ts';
import { type CutLine, cutLine } from './cut-line.ts';
import { eventually } from './eventually.ts';
import { type HeldConnections, holdConnections, type Moment } from './held-connections.ts';
import { ownServers } from './own-servers.ts';
import { providersReady, startStack, type TestStack } from './stack.ts';
import { clearFaults, plant } from './trouble.ts';

const PROGRAMS = ['worker', 'api'] as const;
type Program = (typeof PROGRAMS)[number];
/** Whom a test can kill. Temporal and Postgres are the stage's own. */
export type Victim = Program | 'sandbox' | 'temporal' | 'postgres';
/** A call that nobody killed is cut after this long: sooner than its caller would give up. */
const HANGS_MS = 8_000;

/** Where work can stand when something dies. */
export interface Point {
  readonly at: Program | 'company';
  /** A statement of the database, or an operation of a company. */
  readonly step: string;
}

export interface KillStage {
  readonly stack: TestStack;
  readonly temporal: Client;
  /** The line between our programs and Temporal. */
  readonly line: CutLine;
  /** Every statement and call that `work` makes, each once. */
  watch(work: () => Promise<unknown>): Promise<Point[]>;
  /** Whoever comes first to a point hangs there. */
  catchAt(points: readonly Point[], moment: Moment): Promise<void>;
  /** Waits until somebody hangs at each point. */
  everyPointIsTaken(moment: Moment): Promise<void>;
  /** Kills a program or a server with -9 and starts it again on its data; what hangs goes on. */
  kill(victim: Victim): Promise<void>;
  /** Lets everything go that hangs. */
  letGo(): Promise<void>;
  /** Ends the programs' connections to Postgres, again and again, until so many were in use. */
  terminateConnections(count: number): Promise<void>;
  /** A round of the sweep, for which every open event is old enough. */
  sweep(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it; `stepOf` tells statements of one name apart by their parameters. */
export async function killStage(
  stepOf: (prepared: string, parameters: readonly string[]) => string,
): Promise<KillStage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-kill-'));
  const servers = await ownServers();
  const stack = await startStack({ start: [], killableSandbox: true, firmCash: '1000000.00', servers });
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
  const letGo = async () => {
    for (const name of PROGRAMS) lines[name].release();
    await clearFaults(stack);
  };
  return {
    ...{ stack, temporal, line, letGo },
    watch: (work) => watch(stack, lines, work),
    catchAt: async (points, moment) => {
      for (const { at, step } of points) {
        if (at !== 'company') lines[at].hold(step, moment);
        else await plant(stack, { ...company(step), kind: `timeout_${moment}`, delay_ms: HANGS_MS });
      }
    },
    everyPointIsTaken: (moment) => everyPointIsTaken(stack, lines, moment),
    kill: async (victim) => {
      const program = {
        ...programs,
        sandbox: killable(stack),
        temporal: servers.temporalServer,
        postgres: servers.postgresServer,
      }[victim];
      await program.kill();
      await program.restart();
      await letGo();
    },
    terminateConnections: (count) => terminateConnections(stack, count),
    sweep: async () => {
      await stack.database.pool.query(
        `update inbound_events set received_at = received_at - interval '1 minute' where processed_at is null`,
      );
      await temporal.schedule.getHandle('sweep-every-minute').trigger();
    },
    stop: async () => {
      await temporal.connection.close();
      await Promise.all(Object.values(programs).map((program) => program.stop()));
      await Promise.all(Object.values(lines).map((held) => held.stop()));
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
    const env = { ...stack.env, DATABASE_URL: lines[name].url, TEMPORAL_ADDRESS: line.address };
    return applicationProcess(name, env, folder);
  };
  const [worker, api] = await Promise.all([start('worker'), start('api')]);
  return { worker, api };
}

const company = (operation: string) => ({ company: operation.split('.')[0] ?? '', operation });

async function watch(stack: TestStack, lines: Lines, work: () => Promise<unknown>): Promise<Point[]> {
  for (const name of PROGRAMS) lines[name].statements();
  const before = (await requests(stack)).length;
  await work();
  const called = (await requests(stack)).slice(0, -before || undefined).filter((name) => name !== '');
  return [
    ...PROGRAMS.flatMap((at) => lines[at].statements().map((step) => ({ at, step }))),
    ...[...new Set(called)].map((step) => ({ at: 'company' as const, step })),
  ];
}

/** Names of the operations that worker and API asked for, newest first. */
async function requests(stack: TestStack): Promise<string[]> {
  const { data } = await stack.sandbox.control<{ data: { company: string; operation: string }[] }>(
    'GET',
    '/control/requests?limit=1000',
  );
  return data.filter((one) => one.company !== 'control').map(({ operation }) => operation);
}

function killable(stack: TestStack) {
  const { kill, restart } = stack.sandbox;
  if (!kill || !restart) throw new Error('this sandbox is no process');
  return { kill, restart };
}

async function everyPointIsTaken(stack: TestStack, lines: Lines, moment: Moment): Promise<void> {
  await eventually(
    `somebody hangs ${moment} each step`,
    async () => {
      const { data } = await stack.sandbox.control<{ data: { operation: string; hits: number }[] }>(
        'GET',
        '/control/faults',
      );
      const free = [
        ...data.filter(({ hits }) => hits === 0).map(({ operation }) => operation),
        ...PROGRAMS.flatMap((name) => lines[name].free()),
      ];
      if (free.length > 0) throw new Error(`nobody hangs at ${free.join(', ')}`);
      return true;
    },
    { timeoutMs: 30_000 },
  );
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
