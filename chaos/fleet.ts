/** The processes of a campaign: each is started again when it ends, whoever ended it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from '../scripts/stack/child.ts';
import { signal, waitUntilGone } from '../scripts/stack/processes.ts';
import { forget } from '../scripts/stack/watch-over.ts';
import type { ProcessName } from './plan.ts';

const RETRY_MS = 250;
const GONE_MS = 10_000;

interface Member {
  current: Running;
  readonly start: () => Promise<Running>;
  /** Ended by us: how long it shall stay away. */
  awayMs: number | undefined;
  paused: boolean;
}

export interface Fleet {
  add(name: ProcessName, start: () => Promise<Running>): Promise<Running>;
  pid(name: ProcessName): number;
  /** Ends it with SIGKILL; it comes back after `awayMs`. */
  kill(name: ProcessName, awayMs: number): void;
  /** Stands still for that long. Nothing is done while it already stands still. */
  pause(name: ProcessName, lastsMs: number): void;
  /** How often each ended without being killed: a crash of its own. */
  crashes(): Readonly<Record<string, number>>;
  /** Waits until all run and none stands still. */
  allUp(): Promise<void>;
  stop(): Promise<void>;
}

/** An empty fleet. */
export function createFleet(say: (line: string) => void): Fleet {
  const members = new Map<ProcessName, Member>();
  const crashed: Record<string, number> = {};
  const starting = new Set<ProcessName>();
  let stopping = false;

  const keep = async (name: ProcessName, member: Member): Promise<void> => {
    for (;;) {
      await member.current.exited;
      forget(member.current.pid);
      if (stopping) return;
      starting.add(name);
      if (member.awayMs === undefined) {
        crashed[name] = (crashed[name] ?? 0) + 1;
        say(`${name} ended by itself`);
      }
      await sleep(member.awayMs ?? RETRY_MS);
      member.awayMs = undefined;
      member.current = await again(name, member);
      starting.delete(name);
    }
  };
  /** What it stands on may be away too: it is tried until it runs. */
  const again = async (name: ProcessName, member: Member): Promise<Running> => {
    for (;;) {
      if (stopping) return member.current;
      try {
        return await member.start();
      } catch {
        say(`${name} could not be started yet`);
        await sleep(RETRY_MS);
      }
    }
  };
  const memberOf = (name: ProcessName): Member => {
    const member = members.get(name);
    if (!member) throw new Error(`there is no ${name}`);
    return member;
  };

  return {
    add: async (name, start) => {
      const member: Member = { current: await start(), start, awayMs: undefined, paused: false };
      members.set(name, member);
      void keep(name, member);
      return member.current;
    },
    pid: (name) => memberOf(name).current.pid,
    kill: (name, awayMs) => {
      const member = memberOf(name);
      if (starting.has(name)) return;
      member.awayMs = awayMs;
      signal(member.current.pid, 'SIGKILL');
    },
    pause: (name, lastsMs) => {
      const member = memberOf(name);
      if (member.paused || starting.has(name)) return;
      const { pid } = member.current;
      member.paused = signal(pid, 'SIGSTOP');
      setTimeout(() => {
        signal(pid, 'SIGCONT');
        member.paused = false;
      }, lastsMs);
    },
    crashes: () => crashed,
    allUp: async () => {
      while (starting.size > 0 || [...members.values()].some(({ paused }) => paused)) await sleep(RETRY_MS);
    },
    stop: async () => {
      stopping = true;
      // Programs first, then what they stand on.
      for (const name of [...members.keys()].reverse()) {
        const { current } = memberOf(name);
        signal(current.pid, 'SIGCONT');
        await current.stop();
        await waitUntilGone(current.pid, GONE_MS);
        forget(current.pid);
      }
    },
  };
}
