/** The folder `.local/`: who works in it, what an earlier run left behind, and what people read from it. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { endProcess, fingerprint } from './processes.ts';
import { writePrivately } from './secrets.ts';
import { StackError } from './stack-error.ts';

const GRACE_MS = 10_000;

/** A process of a run, with what is needed to end it and nothing else. */
interface Started {
  readonly pid: number;
  readonly fingerprint: string;
  readonly polite: NodeJS.Signals;
}

export interface LocalFolder {
  readonly path: string;
  file(...names: string[]): string;
  /** Remembers a process, so that the next run can end it if this one is killed. */
  remember(pid: number, polite: NodeJS.Signals): void;
  /** The ports of the last run, by name, so that addresses stay the same where they can. */
  lastPorts(): Readonly<Record<string, number>>;
  rememberPorts(ports: Readonly<Record<string, number>>): void;
  /** Writes what scripts and people read: runtime.json. */
  publish(runtime: object): void;
  /** Gives the folder free for the next run. */
  release(): void;
}

/**
 * Takes the folder for this run and ends what an earlier, killed run left behind. Only processes that are
 * provably those of that run are ended: the same id with the same start time.
 *
 * @throws {StackError} when another run works in it.
 */
export async function takeFolder(folder: string): Promise<LocalFolder> {
  const file = (...names: string[]) => path.join(folder, ...names);
  makeFolder(folder, file('logs'));
  takeLock(file('start.lock'), file('runtime.json'));
  rmSync(file('runtime.json'), { force: true });
  for (const left of readJson<Started[]>(file('processes.json'), []).reverse()) {
    if (fingerprint(left.pid) === left.fingerprint) await endProcess(left.pid, left.polite, GRACE_MS);
  }
  const started: Started[] = [];
  return {
    path: folder,
    file,
    remember: (pid, polite) => {
      const mark = fingerprint(pid);
      if (mark === undefined) return;
      started.push({ pid, fingerprint: mark, polite });
      writePrivately(file('processes.json'), started);
    },
    lastPorts: () => readJson(file('ports.json'), {}),
    rememberPorts: (ports) => writePrivately(file('ports.json'), ports),
    publish: (runtime) => writePrivately(file('runtime.json'), runtime),
    release: () => {
      for (const name of ['runtime.json', 'processes.json', 'start.lock'])
        rmSync(file(name), { force: true });
    },
  };
}

/** Open to walk through, because another user may run Postgres; each file in it says who reads it. */
function makeFolder(folder: string, logs: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    mkdirSync(logs, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StackError(`${folder} cannot be made: ${(error as Error).message}.`);
  }
}

function takeLock(lock: string, runtime: string): void {
  const own = { pid: process.pid, fingerprint: fingerprint(process.pid) };
  const holder = readJson<typeof own | undefined>(lock, undefined);
  if (holder !== undefined && fingerprint(holder.pid) === holder.fingerprint) {
    throw new StackError(
      `Sluice already runs in this folder (process ${holder.pid}); its addresses are in ${runtime}.`,
    );
  }
  rmSync(lock, { force: true });
  try {
    writeFileSync(lock, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new StackError('Sluice is being started in this folder by another process.');
    if (code === 'ENOSPC') throw new StackError(`The disk that holds ${lock} is full.`);
    throw new StackError(`${path.dirname(lock)} is not writable: ${message}.`);
  }
}

function readJson<Content>(file: string, otherwise: Content): Content {
  if (!existsSync(file)) return otherwise;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Content;
  } catch {
    // A file that was cut off while it was written says nothing.
    return otherwise;
  }
}
