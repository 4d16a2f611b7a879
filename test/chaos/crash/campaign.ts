/** Records the steps of every path, brings somebody to stand at each of them, and kills a program meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expectCleanLedger } from '../../support/books.ts';
import { eventually } from '../../support/eventually.ts';
import type { Cell, KillStage, Point, Victim, Watched } from '../../support/kill-stage.ts';
import { mirrors } from '../../support/mirrors.ts';
import { type Cast, seeThrough } from './cast.ts';
import { type CrashEntry, errands, type Group } from './entry.ts';
import { setPace } from './rules.ts';

/** The two in which a point is met. */
const MOMENTS = ['before', 'after'] as const;
/** Beyond those that are caught. */
const SPARE = 1;
/** Each kill catches what the ones before have not. */
const MOST_KILLS = 25;
const TEND_EVERY_MS = 200;
const LOOK_EVERY_MS = 100;
/** What hangs in a program is killed before its caller gives it up. */
const LEAST_LEFT_MS = 1_500;
/** Nobody else comes by any more. */
const PATIENCE_MS = 15_000;
/** When a kill meets fewer, hardly anybody is on their way: others set out before the next one. */
const FEW = 4;
/** Cells for each that sets out: who is caught in one goes on after the kill and is caught in another. */
const CELLS_EACH = 4;
const RESTS_WITHIN_MS = 240_000;

/** A path with what it does when nothing is in its way. */
export interface RecordedPath extends Watched {
  readonly entry: CrashEntry;
  /** Its points that no path before it has. */
  readonly own: readonly Point[];
}

/** How many cells were met by each kill, and by how many lifecycles. */
export interface Struck {
  readonly struck: readonly number[];
  readonly lifecycles: number;
}

const nameOf = ({ at, step }: Point) => `${at}: ${step}`;

/** Plays each path once, alone and without look-ups, after all of them have paid for what is done once. */
export async function recordPaths(cast: Cast, entries: readonly CrashEntry[]): Promise<RecordedPath[]> {
  const { stage } = cast;
  await setPace(cast, 'quick');
  for (const isTrunk of [true, false]) {
    const some = entries.filter((entry) => Boolean(entry.isTrunk) === isTrunk);
    await Promise.all(some.map(async (entry) => seeThrough(await entry.begin(1))));
  }
  await setPace(cast, 'calm');
  const known = new Set<string>();
  const recorded: RecordedPath[] = [];
  for (const entry of entries) {
    const group = await entry.begin(1);
    const watched = await stage.watch(() => seeThrough(group));
    const own = watched.points.filter((point) => !known.has(nameOf(point)));
    for (const point of own) known.add(nameOf(point));
    recorded.push({ entry, own, ...watched });
  }
  await setPace(cast, 'quick');
  return recorded;
}

/** How many cells these have. */
export function countCells(paths: readonly RecordedPath[]): number {
  return paths.flatMap(({ own }) => own).length * MOMENTS.length;
}

/** How many points each path has that none before it has, a line each. */
export function listOf(paths: readonly RecordedPath[]): string {
  return paths.map(({ entry, own }) => `  ${own.length} ${entry.of} ${entry.path}`).join('\n');
}

/**
 * Kills the victim while somebody stands before and after every point of every path, and waits until everything has
 * come to rest. Nobody can be held for long: who is caught, and whose caller still waits, when the victim dies is done
 * with; the cells that are left are met by others, under the next kill.
 */
export async function strike(cast: Cast, paths: readonly RecordedPath[], victim: Victim): Promise<Struck> {
  const { stage } = cast;
  const groups: Group[] = [];
  const struck: number[] = [];
  let lifecycles = 0;
  let open = paths.map(({ entry, own }) => ({ entry, cells: own.flatMap(bothMoments) }));
  let isDry = true;
  while (open.length > 0) {
    const wanted = open.flatMap(({ cells }) => cells);
    if (struck.length === MOST_KILLS)
      throw new Error(`nobody is caught at ${wanted.map(cellName).join(', ')}`);
    if (isDry) {
      const counts = open.map(({ cells }) => Math.ceil(cells.length / CELLS_EACH) + SPARE);
      const begun = open.map(({ entry }, index) => entry.begin(counts[index] ?? SPARE));
      groups.push(...(await Promise.all(begun)));
      lifecycles += counts.reduce((sum, count) => sum + count, 0);
    }
    await stage.catchAt(wanted);
    await untilMostStand(stage, groups, wanted.length);
    const stood = new Set((await stage.kill(victim)).map(cellName));
    struck.push(stood.size);
    isDry = stood.size < FEW;
    open = open
      .map(({ entry, cells }) => ({ entry, cells: cells.filter((cell) => !stood.has(cellName(cell))) }))
      .filter(({ cells }) => cells.length > 0);
  }
  await comeToRest(cast, groups);
  return { struck, lifecycles };
}

const bothMoments = (point: Point): Cell[] => MOMENTS.map((moment) => ({ ...point, moment }));
const cellName = (cell: Cell) => `${cell.moment} ${nameOf(cell)}`;

/** Until somebody hangs in so many cells, or the first of them will not be waited for much longer. */
async function untilMostStand(stage: KillStage, groups: readonly Group[], wanted: number): Promise<void> {
  const began = Date.now();
  const errand = errands();
  for (;;) {
    errand.again('tend', () => tendAll(groups));
    await sleep(LOOK_EVERY_MS);
    const standing = await stage.standing();
    if (standing.length === wanted) return;
    if (standing.some(({ at, leftMs }) => at !== 'company' && leftMs < LEAST_LEFT_MS)) return;
    if (Date.now() - began > PATIENCE_MS) return;
  }
}

/** Some of each path are on their way while something happens to all of them, and come to rest all the same. */
export async function endure(
  cast: Cast,
  paths: readonly RecordedPath[],
  count: number,
  happens: (tend: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const groups = await Promise.all(paths.map(({ entry }) => entry.begin(count)));
  await happens(() => tendAll(groups));
  await comeToRest(cast, groups);
}

/** What cannot be done now is done the next time. */
async function tendAll(groups: readonly Group[]): Promise<void> {
  await Promise.allSettled(groups.map((group) => group.tend()));
}

/** Everything ends as it must, each effect happened once, and our books are those of the companies. */
async function comeToRest(cast: Cast, groups: readonly Group[]): Promise<void> {
  const { stage } = cast;
  const { stack } = stage;
  let looks = 0;
  await eventually(
    'everything comes to rest',
    async () => {
      // What was to be told while somebody was dead is found by the sweep.
      if (looks++ % 5 === 0) await stage.sweep();
      await tendAll(groups);
      for (const group of groups) await group.rests();
      return true;
    },
    { timeoutMs: RESTS_WITHIN_MS, everyMs: TEND_EVERY_MS },
  );
  await eventually('every event is used', () => everyEventIsUsed(cast), { timeoutMs: 30_000, everyMs: 300 });
  for (const group of groups) await group.holds();
  await expectCleanLedger(stack.database.pool);
  // What a company has said a moment ago may be on its way to the books.
  await eventually('our books are those of the companies', async () => {
    const { ours, theirs } = await mirrors(stack, cast.everybody());
    expect(ours).toEqual(theirs);
    return true;
  });
}

async function everyEventIsUsed({ stage, rows }: Cast): Promise<boolean> {
  await stage.sweep();
  const open = await rows<{ kind: string; reference: string }>(
    // Customers of the tests were not made by an onboarding: nobody waits for their accounts' events.
    `select kind, reference from inbound_events where processed_at is null and kind <> 'alpaca.account'`,
    [],
  );
  if (open.length > 0) throw new Error(`not used: ${JSON.stringify(open.slice(0, 5))}`);
  return true;
}
