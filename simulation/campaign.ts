/** Plays many worlds and says what was found; each world follows from the seed and its number alone. */
import type { BugName } from './bugs.ts';
import { breachesOf } from './invariants.ts';
import { World } from './world.ts';

export interface Options {
  readonly seed: number;
  /** At least so many lifecycles, or one world alone. */
  readonly lifecycles: number;
  readonly only?: number;
  /** A mistake that is made on purpose; the campaign ends when it is found. */
  readonly bug?: BugName;
}

export interface Result {
  readonly bug: BugName | undefined;
  readonly seed: number;
  readonly worlds: number;
  readonly lifecycles: number;
  readonly seconds: number;
  readonly ended: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly reviews: Readonly<Record<string, number>>;
  /** The first worlds in which a sentence was not true. */
  readonly broken: readonly { readonly world: number; readonly breaches: readonly string[] }[];
  readonly brokenWorlds: number;
}

const SHOWN = 10;

/** The seed of one world: near numbers give worlds that have nothing in common. */
function seedOf(seed: number, world: number): number {
  return (Math.imul(seed ^ (world * 0x9e3779b1), 0x85ebca6b) ^ (world << 7)) >>> 0;
}

/** Plays until enough lifecycles have been seen. */
export async function simulate(options: Options): Promise<Result> {
  // Failures are values here: nobody reads where they were made.
  Error.stackTraceLimit = 0;
  const began = performance.now();
  const counts = {
    ended: new Map<string, number>(),
    faults: new Map<string, number>(),
    reviews: new Map<string, number>(),
  };
  const broken: { world: number; breaches: string[] }[] = [];
  let [lifecycles, worlds, brokenWorlds] = [0, 0, 0];
  for (let number = options.only ?? 0; lifecycles < options.lifecycles; number += 1) {
    const world = new World(seedOf(options.seed, number), new Set(options.bug ? [options.bug] : []));
    await world.play();
    worlds += 1;
    lifecycles += world.executions.size;
    for (const { status } of world.store.rows.values()) add(counts.ended, status, 1);
    for (const [kind, times] of world.faults.hits) add(counts.faults, kind, times);
    for (const { reason } of world.store.reviews) add(counts.reviews, reason, 1);
    const breaches = breachesOf(world);
    if (breaches.length > 0) {
      brokenWorlds += 1;
      if (broken.length < SHOWN) broken.push({ world: number, breaches });
      if (options.bug !== undefined) break;
    }
    if (options.only !== undefined) break;
  }
  return {
    ...{
      bug: options.bug,
      seed: options.seed,
      worlds,
      lifecycles,
      seconds: (performance.now() - began) / 1_000,
      broken,
      brokenWorlds,
    },
    ended: sorted(counts.ended),
    faults: sorted(counts.faults),
    reviews: sorted(counts.reviews),
  };
}

function add(counts: Map<string, number>, name: string, times: number): void {
  counts.set(name, (counts.get(name) ?? 0) + times);
}

function sorted(counts: Map<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
