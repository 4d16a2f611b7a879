/**
 * Keeps the processes of a stack running: starts one again that ended unexpectedly, and stops all in order.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { lastWords, type Running } from './child.ts';

const WINDOW_MS = 60_000;
const RESTARTS_PER_WINDOW = 5;
const FIRST_PAUSE_MS = 250;

export interface Supervised<Process extends Running> {
  /** The process that runs now, which changes when it had to be started again. */
  current(): Process;
}

export interface Supervisor {
  /** Starts a process and keeps it running from then on. */
  keep<Process extends Running>(kept: Kept, start: () => Promise<Process>): Promise<Supervised<Process>>;
  /** Stops everything in order; later calls wait for the first. */
  stop(): Promise<void>;
  readonly stopping: boolean;
}

export interface Kept {
  readonly name: string;
  readonly logFile: string;
  /**
   * Stopped before the others, because it works with them: it must not lose the database while it finishes.
   */
  readonly stopFirst?: boolean;
}

interface Slot {
  current: Running;
  readonly stopFirst: boolean;
}

interface SupervisorEvents {
  /** One line for a person. */
  readonly say: (line: string) => void;
  /** A process was started again: its id is another one. */
  readonly onRestart: () => void;
  /** A process ends again and again, or cannot be started again: the stack is given up. */
  readonly onGiveUp: (reason: string) => void;
}

/** Makes a supervisor without processes. */
export function createSupervisor(events: SupervisorEvents): Supervisor {
  const running: Slot[] = [];
  let stopped: Promise<void> | undefined;

  const restart = async ({ name, logFile }: Kept, slot: Slot, start: () => Promise<Running>) => {
    const restarts: number[] = [];
    for (;;) {
      const reason = await slot.current.exited;
      if (stopped !== undefined) return;
      const now = performance.now();
      while (restarts.length > 0 && now - (restarts[0] ?? 0) > WINDOW_MS) restarts.shift();
      if (restarts.length === RESTARTS_PER_WINDOW) {
        events.onGiveUp(`The ${name} keeps ending; this is the end of ${logFile}:\n${lastWords(logFile)}`);
        return;
      }
      events.say(`The ${name} ended unexpectedly (${reason}); starting it again. Its log: ${logFile}`);
      await sleep(FIRST_PAUSE_MS * 2 ** restarts.length);
      restarts.push(now);
      if (stopped !== undefined) return;
      slot.current = await start().catch((error: Error) => failed(error));
      if (stopped !== undefined) await slot.current.stop();
      events.onRestart();
    }
  };

  return {
    keep: async <Process extends Running>(kept: Kept, start: () => Promise<Process>) => {
      const slot = { current: await start(), stopFirst: kept.stopFirst ?? false };
      running.push(slot);
      if (stopped !== undefined) await slot.current.stop();
      restart(kept, slot, start).catch((error: Error) => {
        if (stopped === undefined) events.onGiveUp(error.message);
      });
      return { current: () => slot.current };
    },
    stop: () => {
      stopped ??= stopAll(running);
      return stopped;
    },
    get stopping() {
      return stopped !== undefined;
    },
  };
}

/** Stands for a process that could not be started: it has ended already. */
function failed(error: Error): Running {
  return { pid: 0, exited: Promise.resolve(error.message), stop: () => Promise.resolve() };
}

/** Those that work with the others first, then the others; each group at once. */
async function stopAll(running: readonly Slot[]): Promise<void> {
  for (const first of [true, false]) {
    const group = running.filter((slot) => slot.stopFirst === first);
    await Promise.all(group.map((slot) => slot.current.stop()));
  }
}
