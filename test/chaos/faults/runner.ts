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
    // Whom Alpaca turns away must wait for its next window.
    await stack.sandbox.control('PATCH', '/control/settings', { 'alpaca.rate_limit_window_ms': 1_000 });
    const lanes = lifecycle.lanes + keys.length;
    world = await lifecycle.begin(stack, lanes);
    const numbered = cells.map((cell, number) => ({ cell, number }));
    const results = new Map(cells.map(({ name }) => [name, Promise.withResolvers<Played<Trail>>()]));
    for (const [name, { promise }] of results) {
      played.set(name, promise);
      // A cell that fails says so in its own test; the next one in its lane begins all the same.
      promise.catch(() => undefined);
    }
    /** Takes one cell after the other out of a list that lanes may share. */
    const run = async (waiting: typeof numbered, lane: number): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        const { cell, number } = one;
        const playing = play(lifecycle, stack, world, cell, number, lane);
        results.get(cell.name)?.resolve(playing);
        await playing.catch(() => undefined);
      }
    };
    const free = numbered.filter(({ cell }) => cell.alone === undefined);
    const of = (key: string) => numbered.filter(({ cell }) => cell.alone === key);
    const beside = keys.filter((key) => key !== AFTER_ALL);
    const lane = (key: string) => lifecycle.lanes + keys.indexOf(key);
    void Promise.all([
      ...Array.from({ length: lifecycle.lanes }, (_, number) => run(free, number)),
      ...beside.map((key) => run(of(key), lane(key))),
    ])
      .then(() => lifecycle.beforeAlone?.(world))
      .then(() => run(of(AFTER_ALL), lane(AFTER_ALL)));
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
