/**
 * Every step of every lifecycle, every activity and every commit as a point where something dies: Worker, API, sandbox,
 * Temporal and Postgres are killed with -9 while somebody stands before each and after each of them. See docs/chaos.md.
 */
import { eventually } from '../support/eventually.ts';
import { type KillStage, killStage, VICTIMS, type Victim } from '../support/kill-stage.ts';
import { cellsOf, endure, listOf, type RecordedPath, recordPaths, strike } from './crash/campaign.ts';
import { type Cast, castOf } from './crash/cast.ts';
import { activitiesInCode, functionsCalledByActivities } from './crash/code.ts';
import { crashEntries } from './crash/entries.ts';
import type { CrashEntry } from './crash/entry.ts';
import { NO_POINT, NOT_PLAYED } from './crash/no-points.ts';
import { setLimits } from './crash/rules.ts';
import { stepOf } from './crash/steps.ts';

const LEAST_CELLS = 200;
let stage: KillStage;
let cast: Cast;
let entries: CrashEntry[] = [];
let paths: RecordedPath[] = [];

beforeAll(async () => {
  stage = await killStage(stepOf);
  const { stack } = stage;
  await stack.sandbox.control('POST', '/control/mint/balance', { amount: '5000000.00' });
  await stack.database.pool.query(`select open_float('mint_balance', 5000000000000)`);
  cast = await castOf(stage);
  await setLimits(cast);
  entries = crashEntries(cast);
  paths = await recordPaths(cast, entries);
}, 600_000);

const countOf = (victim: Victim): number => cellsOf(paths, victim).flatMap(({ cells }) => cells).length;

// A test that fails in the middle leaves nothing hanging for the next one.
afterEach(() => stage?.letGo());
afterAll(async () => {
  await Promise.all(entries.map((entry) => entry.end?.()));
  await cast?.close();
  await stage?.stop();
});

test('there are at least 200 of them: each point before and after', () => {
  const counts = VICTIMS.map((victim) => `${countOf(victim)} of the ${victim}`).join(', ');
  console.log(`Cells in the way ${counts}:\n${listOf(paths)}`);
  expect(countOf('worker')).toBeGreaterThanOrEqual(LEAST_CELLS);
});

test('every activity and every function of the database that one calls is met, or has none for a reason', () => {
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
});

const play = (what: Victim | 'connections' | 'line') =>
  NOT_PLAYED.has(what) && !process.env.CRASH_ALL ? test.skip : test;

for (const victim of VICTIMS)
  play(victim)(
    `the ${victim} is killed before and after each step: everything ends right, and was paid once`,
    async () => {
      const began = Date.now();
      const { struck, lifecycles } = await strike(cast, paths, victim);
      const seconds = Math.round((Date.now() - began) / 1_000);
      console.log(`${victim}: ${struck.join(' + ')} cells, ${lifecycles} lifecycles, ${seconds} s`);
      expect(struck.reduce((sum, cells) => sum + cells, 0)).toBe(countOf(victim));
    },
    1_200_000,
  );

play('connections')(
  'every connection to Postgres is terminated, again and again',
  async () => {
    await endure(cast, paths, 2, async (tend) => {
      await tend();
      await stage.terminateConnections(60);
    });
  },
  480_000,
);

play('line')(
  'Temporal is out of reach for a while',
  async () => {
    await endure(cast, paths, 2, async (tend) => {
      stage.line.cut();
      await tend();
      await eventually('what companies say is stored meanwhile', async () => {
        const [row] = await cast.rows<{ open: number }>(
          `select count(*)::int as open from inbound_events where kind = 'circle.inbound' and processed_at is null`,
          [],
        );
        return (row?.open ?? 0) > 0;
      });
      stage.line.mend();
    });
  },
  480_000,
);
