/** What a path of a lifecycle says to join the crash points: how some stand ready, what people do, what must hold. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LifecycleName } from '../../../domain/lifecycles.ts';

/** Some of one kind, on their way at once. */
export interface Group {
  /**
   * Does what the world outside does next for each of them: asks, sends, decides. It is called again and again, also
   * while programs are dead: what fails is simply done at the next call, and never twice.
   */
  tend(): Promise<void>;
  /** Throws, with what is missing, while one of them has not come to its end. */
  rests(): Promise<void>;
  /** Throws when one of them did not end as it must, or was paid for more or less than once. */
  holds(): Promise<void>;
}

export interface CrashEntry {
  /** Whose lifecycle it is, or that it belongs to the platform. */
  readonly of: LifecycleName | 'platform';
  /** Which way it goes, in a few words. */
  readonly path: string;
  /**
   * A way back begins from those that stand ready for it, where the trunk has brought them. It is caught before the
   * trunks set off: what both pass is caught on a trunk.
   */
  readonly isTrunk?: boolean;
  /** Brings so many to where the path begins; nothing is caught meanwhile. */
  begin(count: number): Promise<Group>;
  /** Closes what it has opened, when everything is over. */
  end?(): Promise<void>;
}

/** The longest wait for some of one kind: a busy machine takes its time. */
export const LONGEST_MS = 180_000;
/** Characters of what is wrong. */
const SHOWN = 1_000;
/** Between two tries of what failed. */
const PAUSE_MS = 700;

/** Runs what may hang or fail beside everything else, each thing once at a time. */
export function errands() {
  const busy = new Set<string>();
  const done = new Set<string>();
  const run = (key: string, work: () => Promise<unknown>, once: boolean): void => {
    if (busy.has(key) || done.has(key)) return;
    busy.add(key);
    work()
      .then(() => once && done.add(key))
      .catch(() => sleep(PAUSE_MS))
      .finally(() => busy.delete(key));
  };
  return {
    /** Until it has worked once. */
    once: (key: string, work: () => Promise<unknown>): void => run(key, work, true),
    /** Again with each call, as soon as the last one has ended. */
    again: (key: string, work: () => Promise<unknown>): void => run(key, work, false),
  };
}
export type Errands = ReturnType<typeof errands>;

/** Throws a sentence unless so many rows are there and each looks right; what is wrong is shown. */
export function expectRows<Row>(
  what: string,
  rows: readonly Row[],
  count: number,
  isRight: (row: Row) => boolean,
): void {
  const wrong = rows.filter((row) => !isRight(row));
  if (rows.length === count && wrong.length === 0) return;
  const shown = JSON.stringify(wrong.slice(0, 2)).slice(0, SHOWN);
  throw new Error(`${what}: ${rows.length} of ${count} are there, ${wrong.length} wait: ${shown}`);
}
