/** Plays a campaign on several threads. What is found does not depend on how many they are. */
import { Worker } from 'node:worker_threads';
import type { BugName } from './bugs/bugs.ts';
import type { Block } from './campaign.ts';
import { type Found, NOTHING, together } from './found.ts';

export interface Options {
  readonly seed: number;
  /** At least so many lifecycles, or one world alone. */
  readonly lifecycles: number;
  readonly only?: number;
  /** A mistake that is made on purpose; the campaign ends when it is found. */
  readonly bug?: BugName;
  /** Is told what has been found so far, after each block. */
  readonly sofar?: (found: Found) => void;
}

export interface Result extends Found {
  readonly bug: BugName | undefined;
  readonly seed: number;
  readonly seconds: number;
}

type Answer = { readonly found: Found } | { readonly error: string };

/** Nearly everything dies with its world: room enough that little of it is moved before. */
const YOUNG_MB = 64;

/** Worlds that a thread plays before it says what it has found. */
const BLOCK = 100;

export class Players {
  readonly #threads: readonly Worker[];

  constructor(threads: number) {
    const program = new URL('./player.ts', import.meta.url);
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB };
    this.#threads = Array.from({ length: threads }, () => new Worker(program, { resourceLimits }));
  }

  /** Plays until enough lifecycles have been seen, or the mistake was found. */
  async play(options: Options): Promise<Result> {
    const { seed, lifecycles, only, bug, sofar } = options;
    const began = performance.now();
    let whole = NOTHING;
    let [next, joined] = [0, 0];
    const waiting = new Map<number, Found>();
    const isOver = () =>
      only === undefined
        ? whole.lifecycles >= lifecycles || (bug !== undefined && whole.brokenWorlds > 0)
        : joined > 0;
    // Blocks are joined in their order: those beyond the end do not count, however many threads have begun them.
    const run = async (thread: Worker): Promise<void> => {
      while (!isOver() && !(only !== undefined && next > 0)) {
        const number = next;
        next += 1;
        const block = only === undefined ? { from: number * BLOCK, count: BLOCK } : { from: only, count: 1 };
        waiting.set(number, await playOn(thread, { ...block, seed, bug }));
        for (let found = waiting.get(joined); found && !isOver(); found = waiting.get(joined)) {
          waiting.delete(joined);
          whole = together(whole, found);
          joined += 1;
          sofar?.(whole);
        }
      }
    };
    await Promise.all(this.#threads.map(run));
    return { ...whole, bug, seed, seconds: (performance.now() - began) / 1_000 };
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}

function playOn(thread: Worker, block: Block): Promise<Found> {
  return new Promise((resolve, reject) => {
    thread.once('error', reject);
    thread.once('message', (answer: Answer) => {
      thread.off('error', reject);
      if ('found' in answer) resolve(answer.found);
      else reject(new Error(answer.error));
    });
    thread.postMessage(block);
  });
}
