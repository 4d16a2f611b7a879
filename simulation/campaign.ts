/** Plays worlds by their numbers and says what was found; each follows from the seed and its number alone. */
import type { BugName } from './bugs/bugs.ts';
import { add, type Found, SHOWN } from './found.ts';
import { breachesOf } from './invariants/world.ts';
import { World } from './world.ts';

/** Worlds that are played in one go. */
export interface Block {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  /** A mistake that is made on purpose; the block ends when it is found. */
  readonly bug: BugName | undefined;
}

/** The seed of one world: near numbers give worlds that have nothing in common. */
export function seedOf(seed: number, world: number): number {
  return (Math.imul(seed ^ (world * 0x9e3779b1), 0x85ebca6b) ^ (world << 7)) >>> 0;
}

/** Plays the worlds of a block. */
export async function playBlock({ seed, from, count, bug }: Block): Promise<Found> {
  // Failures are values here: nobody reads where they were made.
  Error.stackTraceLimit = 0;
  const bugs = new Set(bug ? [bug] : []);
  const [ended, faults, reviews] = [new Map(), new Map(), new Map()];
  const broken: { world: number; breaches: string[] }[] = [];
  let [lifecycles, worlds] = [0, 0];
  for (let number = from; number < from + count; number += 1) {
    const world = new World(seedOf(seed, number), bugs);
    await world.play();
    worlds += 1;
    lifecycles += world.store.rows.size;
    for (const { lifecycle, status } of world.store.rows.values()) add(ended, `${lifecycle} ${status}`, 1);
    for (const [kind, times] of world.faults.hits) add(faults, kind, times);
    for (const { lifecycle, reason } of world.store.reviews) add(reviews, `${lifecycle} ${reason}`, 1);
    const breaches = breachesOf(world);
    if (breaches.length > 0) broken.push({ world: number, breaches });
    if (breaches.length > 0 && bug !== undefined) break;
  }
  return {
    ...{ worlds, lifecycles, broken: broken.slice(0, SHOWN), brokenWorlds: broken.length },
    ended: Object.fromEntries(ended),
    faults: Object.fromEntries(faults),
    reviews: Object.fromEntries(reviews),
  };
}
