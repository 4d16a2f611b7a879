/**
 * The simulation: the real workflows and activities of deposits and withdrawals on a virtual clock, with companies
 * and database in memory. Without a mistake every sentence holds; each mistake that is planted is found; a seed plays
 * the same again.
 *
 * A failure shows its seed and the worlds; `npm run simulate -- --seed <seed> --world <world> --trace` tells them.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { BUGS } from '../../simulation/bugs/bugs.ts';
import type { Result } from '../../simulation/players.ts';

const PROGRAM = path.join(import.meta.dirname, '../../simulation/run.ts');
/** For machines that do much else: on an idle one all of it takes half a minute. */
const PATIENCE_MS = 300_000;
/** Within so many lifecycles each mistake must be found. */
const BOUND = 12_000;

function simulate(...options: string[]): Promise<Result[]> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [PROGRAM, '--json', ...options], (error, stdout, stderr) => {
      if (stdout === '') return reject(error ?? new Error(stderr));
      resolve(
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Result),
      );
    });
  });
}

test(
  'lifecycles under faults of every kind, whatever the seed: every sentence holds',
  async () => {
    const [result] = await simulate('--lifecycles', '10000');
    expect({ seed: result?.seed, broken: result?.broken }).toEqual({ seed: expect.any(Number), broken: [] });
    expect(result?.lifecycles).toBeGreaterThanOrEqual(10_000);
  },
  PATIENCE_MS,
);

test(
  'every end and every kind of fault is met',
  async () => {
    // A seed that is known to come by the rare ends as well.
    const [result] = await simulate('--lifecycles', '4000', '--seed', '7');
    expect(result?.broken).toEqual([]);
    expect(Object.keys(result?.ended ?? {})).toEqual(
      expect.arrayContaining([
        ...['deposit broker_funded', 'deposit failed', 'deposit refunded'],
        ...['withdrawal complete', 'withdrawal canceled', 'withdrawal failed', 'withdrawal refunded'],
      ]),
    );
    expect(Object.keys(result?.faults ?? {})).toEqual(
      expect.arrayContaining([
        ...['away', 'unclear', 'refuses', 'outage', 'lost', 'twice', 'late'],
        ...['fails', 'denies', 'takenBack'],
      ]),
    );
  },
  PATIENCE_MS,
);

test(
  `each planted mistake is found within ${BOUND} lifecycles, and its world breaks again by its number`,
  async () => {
    const results = await simulate('--seed', '7', '--lifecycles', String(BOUND), '--bug', 'all');
    expect(results.map(({ bug }) => bug)).toEqual(Object.keys(BUGS));
    expect(results.filter(({ brokenWorlds }) => brokenWorlds === 0).map(({ bug }) => bug)).toEqual([]);
    const found = results.find(({ bug }) => bug === 'late_failure_hits_the_present_attempt')!;
    const [first] = found.broken;
    const [again] = await simulate('--seed', '7', '--world', String(first?.world), '--bug', found.bug ?? '');
    expect(again?.broken).toEqual(found.broken);
    const [honest] = await simulate('--seed', '7', '--world', String(first?.world));
    expect(honest?.broken).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'a world is told step by step, to its end',
  async () => {
    const told = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, [PROGRAM, '--seed', '7', '--world', '3', '--trace'], (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    });
    const lines = told.trim().split('\n');
    expect(lines.some((line) => /^\d\d \d\d:\d\d:\d\d\.\d{3} {2}transition /.test(line))).toBe(true);
    expect(lines.at(-1)).toMatch(/^rests: \{"lifecycle":/);
    await expect(simulate('--trace')).rejects.toThrow(/--trace needs --world/);
  },
  PATIENCE_MS,
);

test(
  'a seed plays the same again on any number of threads, another one plays otherwise',
  async () => {
    const counts = async (seed: string, threads: string) => {
      const [{ seconds: _measured, seed: _given, ...rest } = {} as Result] = await simulate(
        ...['--seed', seed, '--lifecycles', '500', '--threads', threads],
      );
      return rest;
    };
    const once = await counts('11', '1');
    expect(once.lifecycles).toBeGreaterThanOrEqual(500);
    expect(await counts('11', '3')).toEqual(once);
    expect(await counts('12', '1')).not.toEqual(once);
  },
  PATIENCE_MS,
);
