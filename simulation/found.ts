/** What was found in worlds, and how it is put together. */

export interface Found {
  readonly worlds: number;
  readonly lifecycles: number;
  readonly ended: Counts;
  readonly faults: Counts;
  readonly reviews: Counts;
  /** The first worlds in which a sentence was not true. */
  readonly broken: readonly { readonly world: number; readonly breaches: readonly string[] }[];
  readonly brokenWorlds: number;
}

type Counts = Readonly<Record<string, number>>;

/** So many broken worlds are shown. */
export const SHOWN = 10;

/** Before any world was played. */
export const NOTHING: Found = {
  ...{ worlds: 0, lifecycles: 0, broken: [], brokenWorlds: 0, ended: {}, faults: {}, reviews: {} },
};

/** Both together, in this order. */
export function together(one: Found, other: Found): Found {
  return {
    worlds: one.worlds + other.worlds,
    lifecycles: one.lifecycles + other.lifecycles,
    brokenWorlds: one.brokenWorlds + other.brokenWorlds,
    broken: [...one.broken, ...other.broken].slice(0, SHOWN),
    ended: sum(one.ended, other.ended),
    faults: sum(one.faults, other.faults),
    reviews: sum(one.reviews, other.reviews),
  };
}

function sum(one: Counts, other: Counts): Counts {
  const counts = new Map(Object.entries(one));
  for (const [name, times] of Object.entries(other)) add(counts, name, times);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

/** Counts something. */
export function add(counts: Map<string, number>, name: string, times: number): void {
  counts.set(name, (counts.get(name) ?? 0) + times);
}
