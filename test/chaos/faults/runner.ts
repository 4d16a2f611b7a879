/** Plays the cells of one lifecycle side by side on one stack, and judges each in a test of its own. */
import { expectCleanLedger } from '../../support/books.ts';
import { mirrors } from '../../support/mirrors.ts';
import { startStack, type TestStack } from '../../support/stack.ts';
import type { Fault } from '../../support/trouble.ts';
import type { FaultedLifecycle } from './lifecycle.ts';
import { AFTER_ALL, type Cell } from './table.ts';

/** The longest that a cell may wait for its turn and take. */
const LONGEST_MS = 240_000;

interface PlantedFault {
  readonly id: string;
  readonly operation: string;
  readonly kind: string;
  readonly hits: number;
}

interface Played<Trail> {
  readonly trail: Trail;
  readonly lane: number;
  /** Faults that nothing has run into: the cell would prove nothing. */
  readonly unused: readonly string[];
}

/** Declares the tests of a lifecycle: one for each cell, and the books after all of them. */
export function playFaults<World, Trail>(lifecycle: FaultedLifecycle<World, Trail>): void {
  const { cells } = lifecycle.table;
  const keys = [...new Set(cells.flatMap(({ alone }) => alone ?? []))];
  let stack: TestStack;
  let world: World;
  const played = new Map<string, Promise<Played<Trail>>>();

  beforeAll(async () => {
    const { firmCash = '1000000.00' } = lifecycle;
    stack = await startStack(firmCash === null ? {} : { firmCash });
    const lanes = lifecycle.lanes + keys.length;
    world = await lifecycle.begin(stack, lanes);
    const free = Array.from({ length: lanes }, () => Promise.resolve());
    const begin = (cell: Cell, number: number, lane: number) => {
      const before = free[lane] ?? Promise.resolve();
      const one = before.then(() => play(lifecycle, stack, world, cell, number, lane));
      // A cell that fails says so in its own test; the next one in its lane begins all the same.
      free[lane] = one.then(
        () => undefined,
        () => undefined,
      );
      played.set(cell.name, one);
    };
    const numbered = cells.map((cell, number) => ({ cell, number }));
    const isLast = ({ cell }: { cell: Cell }) => cell.alone === AFTER_ALL;
    let next = 0;
    for (const { cell, number } of numbered.filter((one) => !isLast(one))) {
      const key = cell.alone === undefined ? -1 : keys.indexOf(cell.alone);
      begin(cell, number, key < 0 ? next++ % lifecycle.lanes : lifecycle.lanes + key);
    }
    const last = lifecycle.lanes + keys.indexOf(AFTER_ALL);
    free[last] = Promise.all(free).then(() => lifecycle.beforeAlone?.(world));
    for (const { cell, number } of numbered.filter(isLast)) begin(cell, number, last);
  }, LONGEST_MS);

  afterAll(async () => {
    if (world) await lifecycle.end?.(world);
    await stack?.stop();
  });

  test.each(cells.map((cell, number) => ({ ...cell, cell, number })))(
    '$name',
    async ({ cell, number }) => {
      const { trail, lane, unused } = await (played.get(cell.name) as Promise<Played<Trail>>);
      await lifecycle.check({ stack, world, cell, number, lane }, trail);
      expect(unused).toEqual([]);
    },
    LONGEST_MS,
  );

  test(
    'each effect happened once, and our books are those of the companies',
    async () => {
      await Promise.allSettled(played.values());
      await lifecycle.eachEffectOnce(stack, world);
      await expectCleanLedger(stack.database.pool);
      const { ours, theirs } = await mirrors(stack, lifecycle.customers(world));
      const stranded = lifecycle.strandedUnits?.(world) ?? 0n;
      expect(ours).toEqual({ ...theirs, in_transit: (theirs.in_transit ?? 0n) + stranded });
    },
    LONGEST_MS,
  );
}

async function play<World, Trail>(
  lifecycle: FaultedLifecycle<World, Trail>,
  stack: TestStack,
  world: World,
  cell: Cell,
  number: number,
  lane: number,
): Promise<Played<Trail>> {
  const planted: string[] = [];
  const plant = async (fault: Fault) => {
    const { id } = await stack.sandbox.control<{ id: string }>('POST', '/control/faults', {
      count: 1,
      ...fault,
    });
    planted.push(id);
  };
  const trail = await lifecycle.play({ stack, world, cell, number, lane, plant });
  const { data } = await stack.sandbox.control<{ data: PlantedFault[] }>('GET', '/control/faults');
  const unused = data
    .filter(({ id, hits }) => planted.includes(id) && hits === 0)
    .map(({ operation, kind }) => `${operation}: ${kind}`);
  await Promise.all(planted.map((id) => stack.sandbox.control('DELETE', `/control/faults/${id}`)));
  return { trail, lane, unused };
}
