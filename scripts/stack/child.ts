/**
 * Runs one of the repository's programs as a child process and waits for the JSON line that says it is
 * ready.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess } from './processes.ts';
import { StackError } from './stack-error.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const READY_POLL_MS = 15;
const READY_TIMEOUT_MS = 60_000;
/** How long a program may take to finish what it has begun. */
const STOP_GRACE_MS = 20_000;

/**
 * Hears of a process as soon as it exists, long before it is ready, and of the signal that it stops cleanly
 * on.
 */
export type OnSpawn = (pid: number, polite: NodeJS.Signals) => void;

/** A process that runs; `exited` tells how it ended, expected or not. */
export interface Running {
  readonly pid: number;
  /** Resolves with a few words on how the process ended. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

interface Program {
  /** What people call it: "worker". */
  readonly name: string;
  /** Its file, from the root of the repository: "worker.ts". */
  readonly file: string;
  /** Another copy of the repository to run it from. */
  readonly root?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Takes everything it says. */
  readonly logFile: string;
  readonly onSpawn?: OnSpawn;
  /** How long it may take to stop before it is killed; 20 s unless told. */
  readonly graceMs?: number;
}

/** A program of the repository that said it is ready. */
export interface Child extends Running {
  /** The line itself. */
  readonly ready: Readonly<Record<string, unknown>>;
}

/**
 * Starts the program with the Node that runs this one and waits until it is ready.
 *
 * @throws {StackError} when it ends or stays silent, with what it said last.
 */
export async function startChild(program: Program): Promise<Child> {
  const log = openSync(program.logFile, 'a');
  const from = statSync(program.logFile).size;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program.file], {
    cwd: program.root ?? ROOT,
    env: { ...inherited(), ...program.env },
    stdio: ['ignore', log, log],
    // Ctrl-C in a terminal goes to every process of its group: only the parent shall hear it, and stop in
    // order.
    detached: true,
  });
  closeSync(log);
  const pid = child.pid ?? 0;
  if (child.pid !== undefined) program.onSpawn?.(pid, 'SIGTERM');
  let ending: string | undefined;
  const exited = endOf(child).then((reason) => {
    ending = reason;
    return reason;
  });
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (ending === undefined && performance.now() < deadline) {
    const ready = readyLine(program.logFile, from);
    if (ready !== undefined)
      return { pid, exited, ready, stop: () => endProcess(pid, 'SIGTERM', program.graceMs ?? STOP_GRACE_MS) };
    await sleep(READY_POLL_MS);
  }
  if (ending === undefined) await endProcess(pid, 'SIGKILL', STOP_GRACE_MS);
  const said = lastWords(program.logFile, from);
  const reason = ending ?? `it was not ready after ${READY_TIMEOUT_MS / 1000} s`;
  throw new StackError(`The ${program.name} did not start (${reason}; see ${program.logFile}):\n${said}`);
}

/** Resolves when the process has ended, with the words for it. */
export function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `exit code ${code}` : `ended by ${signal}`),
    );
  });
}

/** The last lines of a log, from a position on; what a person needs to see first. */
export function lastWords(logFile: string, from = 0): string {
  const said = readFileSync(logFile).subarray(from).toString().trim().split('\n');
  return said.slice(-15).join('\n');
}

function readyLine(logFile: string, from: number): Record<string, unknown> | undefined {
  const said = readFileSync(logFile).subarray(from).toString();
  const line = said.split('\n').find((text) => text.startsWith('{"ready":true'));
  // A line without its end is still being written.
  if (line === undefined || !said.includes(`${line}\n`)) return undefined;
  return JSON.parse(line) as Record<string, unknown>;
}

/** Only what a program needs from the surroundings; everything else comes from the caller. */
function inherited(): Record<string, string> {
  const names = [
    'PATH',
    'HOME',
    'TMPDIR',
    'TZ',
    'LANG',
    'NODE_EXTRA_CA_CERTS',
    'NODE_OPTIONS',
    'NODE_COMPILE_CACHE',
  ];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
