/**
 * What is known about processes of this machine by their id: alive, which one exactly, and how to end one.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/** Whether a process with this id exists; a process of somebody else exists too, a zombie does not. */
export function isAlive(pid: number): boolean {
  if (!isOne(pid)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return procStat(pid)?.state !== 'Z';
}

/** The command line of a process, its arguments joined by spaces; undefined when it cannot be read. */
export function commandLine(pid: number): string | undefined {
  if (process.platform === 'linux')
    return readOrUndefined(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim();
  return ps(pid, 'command=');
}

/**
 * A word that tells this process from every other one that ever gets the same id: its start time.
 * On Linux in clock ticks since boot, elsewhere as `ps` prints it.
 */
export function fingerprint(pid: number): string | undefined {
  if (process.platform === 'linux') return procStat(pid)?.startTime;
  return ps(pid, 'lstart=');
}

/** The parent of a process, its parent and so on, at most `count` of them. */
export function ancestors(pid: number, count: number): readonly number[] {
  const parent = process.platform === 'linux' ? procStat(pid)?.parent : Number(ps(pid, 'ppid='));
  return parent === undefined || count === 0 ? [] : [parent, ...ancestors(parent, count - 1)];
}

/** Sends a signal if the process still exists; says whether it could be sent. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  if (!isOne(pid)) return false;
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Waits until the process is gone, at most `timeoutMs`; says whether it is. */
export async function waitUntilGone(pid: number, timeoutMs: number): Promise<boolean> {
  for (let waited = 0; waited < timeoutMs; waited += POLL_MS) {
    if (!isAlive(pid)) return true;
    await sleep(POLL_MS);
  }
  return !isAlive(pid);
}

/** Asks a process to end with `polite` and, when it has not after `graceMs`, ends it with SIGKILL. */
export async function endProcess(pid: number, polite: NodeJS.Signals, graceMs: number): Promise<void> {
  if (!signal(pid, polite)) return;
  if (await waitUntilGone(pid, graceMs)) return;
  signal(pid, 'SIGKILL');
  await waitUntilGone(pid, graceMs);
}

/** 0 and below would mean whole process groups, 1 is the machine's own. */
const isOne = (pid: number) => Number.isInteger(pid) && pid > 1;

function procStat(pid: number): { state: string; parent: number; startTime: string } | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name of the program stands in parentheses and may hold spaces: count the fields after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', parent: Number(fields[1]), startTime: fields[19] ?? '' };
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string | undefined {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
