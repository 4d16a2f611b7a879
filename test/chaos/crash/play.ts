/** The crash points as tests: which victims a file kills, on a stage and with recordings of its own. */
import { type KillStage, killStage, type Victim } from '../../support/kill-stage.ts';
import { countCells, listOf, type RecordedPath, recordPaths, strike } from './campaign.ts';
import { type Cast, castOf } from './cast.ts';
import { activitiesInCode, functionsCalledByActivities } from './code.ts';
import { crashEntries } from './entries.ts';
import { NO_POINT } from './no-points.ts';
import { setLimits } from './rules.ts';
import { stepOf } from './steps.ts';

const LEAST_CELLS = 200;
const SET_UP_MS = 600_000;
const ONE_VICTIM_MS = 600_000;
const MINT_USD = '5000000.00';

/** What the tests of a file share, from `beforeAll` on. */
export interface CrashPoints {
  stage(): KillStage;
  cast(): Cast;
  /** What was recorded. */
  paths(): readonly RecordedPath[];
}

/** Registers the recording of every path, the proof that it is complete, and one test for each victim. */
export function playCrashPoints(victims: readonly Victim[]): CrashPoints {
  let set: { stage: KillStage; cast: Cast; paths: readonly RecordedPath[] } | undefined;
  const ready = () => {
    if (!set) throw new Error('the stage is not ready');
    return set;
  };
  const ends: (() => Promise<unknown> | undefined)[] = [];
  beforeAll(async () => {
    const stage = await killStage(stepOf);
    ends.unshift(() => stage.stop());
    await stage.stack.sandbox.control('POST', '/control/mint/balance', { amount: MINT_USD });
    await stage.stack.database.pool.query(`select open_float('mint_balance', ($1::numeric * 1e6)::bigint)`, [
      MINT_USD,
    ]);
    const cast = await castOf(stage);
    ends.unshift(() => cast.close());
    await setLimits(cast);
    const entries = crashEntries(cast);
    ends.unshift(...entries.map((entry) => () => entry.end?.()));
    set = { stage, cast, paths: await recordPaths(cast, entries) };
  }, SET_UP_MS);
  // A test that fails in the middle leaves nothing hanging for the next one.
  afterEach(() => set?.stage.letGo());
  afterAll(async () => {
    for (const end of ends) await end();
  });

  test('there are at least 200 of them: each point before and after', () => {
    const { paths } = ready();
    console.log(`${countCells(paths)} cells, each under ${victims.length} kills:\n${listOf(paths)}`);
    expect(countCells(paths)).toBeGreaterThanOrEqual(LEAST_CELLS);
  });
  test('every activity and every function of the database that one calls is met, or has none for a reason', () =>
    expectComplete(ready().paths));
  test.each(victims)(
    'the %s is killed before and after each step: everything ends right, and was paid once',
    async (victim) => {
      const { cast, paths, stage } = ready();
      const began = Date.now();
      const { struck, lifecycles } = await strike(cast, paths, victim);
      const seconds = Math.round((Date.now() - began) / 1_000);
      const { count } = await stage.temporal.workflow.count(`ExecutionStatus = 'Terminated'`);
      console.log(
        `${victim}: ${struck.join(' + ')} cells, ${lifecycles} lifecycles, ${seconds} s; ${count} runs so far were ` +
          'ended and taken up by another one (decision 73)',
      );
      expect(struck.reduce((sum, cells) => sum + cells, 0)).toBe(countCells(paths));
    },
    ONE_VICTIM_MS,
  );
  return { stage: () => ready().stage, cast: () => ready().cast, paths: () => ready().paths };
}

function expectComplete(paths: readonly RecordedPath[]): void {
  const functions = functionsCalledByActivities();
  const inCode = [...activitiesInCode(), ...functions.keys()];
  const met = new Set(
    paths.flatMap(({ activities, points }) => [
      ...activities,
      ...points.map(({ step }) => step.split(' ')[0] ?? ''),
    ]),
  );
  const missed = inCode.filter((name) => !met.has(name) && !NO_POINT.has(name));
  expect(missed).toEqual([]);
  expect([...NO_POINT.keys()].filter((name) => !inCode.includes(name))).toEqual([]);
}
