/** Makes sure that processes started here do not outlive this one, even when it is killed with SIGKILL. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { fingerprint } from './processes.ts';

let reaper: ChildProcess | undefined;

/** Names a process that must end when this one does; `polite` is the signal that it stops cleanly on. */
export function watchOver(pid: number, polite: NodeJS.Signals = 'SIGTERM'): void {
  const mark = fingerprint(pid);
  if (mark !== undefined) tell({ pid, fingerprint: mark, polite });
}

/** The process has ended, or may live on. */
export function forget(pid: number): void {
  if (reaper !== undefined) tell({ forget: pid });
}

function tell(message: object): void {
  reaper ??= startReaper();
  reaper.stdin?.write(`${JSON.stringify(message)}\n`);
}

function startReaper(): ChildProcess {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'reaper.ts')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  child.stdin?.on('error', () => undefined);
  return child;
}
