/** Memory of the worker over many deposits: does it grow? */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runDeposits, settle } from './measure/deposits.ts';
import { slope } from './measure/statistics.ts';
import type { Options } from './options.ts';
import type { Base } from './world/base.ts';
import { createDepositors } from './world/customers.ts';
import { VARIANTS } from './world/variants.ts';
import { startWorld } from './world/world.ts';

const REPORTER = new URL('./measure/heap-reporter.ts', import.meta.url).href;
const MB = 1024 * 1024;
/** Share of the run that belongs to the warm-up: caches fill, code is compiled. */
const WARM_UP = 0.3;

export interface MemorySample {
  readonly deposits: number;
  readonly rssMb: number;
  /** Heap of the main thread after a collection. */
  readonly heapMb: number;
}

export interface MemoryFigures {
  readonly deposits: number;
  readonly perSecond: number;
  readonly samples: readonly MemorySample[];
  /** MB per 1,000 deposits after the warm-up; the least-squares line. */
  readonly rssSlope: number;
  readonly heapSlope: number;
}

/** One world, `options.deposits` deposits, a sample each second. */
export async function measureMemory(
  base: Base,
  options: Options,
  say: (line: string) => void,
): Promise<MemoryFigures> {
  const file = path.join(base.folder, 'memory.jsonl');
  const env = { NODE_OPTIONS: `--import=${REPORTER}`, BENCH_MEMORY_FILE: file };
  const world = await startWorld(base, VARIANTS.sluice, { env });
  try {
    const depositors = await createDepositors(world.config, world.pool, options.concurrency);
    const landed: number[] = [];
    const tenth = Math.max(1, Math.floor(options.deposits / 10));
    const run = await runDeposits(world, depositors, options.deposits, {
      onLanded: (done) => {
        landed.push(Date.now());
        if (done % tenth === 0) say(`memory run: ${done} of ${options.deposits} deposits`);
      },
    });
    await settle(world);
    const samples = samplesOf(file, landed);
    const steady = samples.filter(({ deposits }) => deposits >= options.deposits * WARM_UP);
    const slopeOf = (read: (sample: MemorySample) => number) =>
      slope(steady.map((sample) => [sample.deposits / 1_000, read(sample)] as const));
    return {
      deposits: options.deposits,
      perSecond: run.perSecond,
      samples,
      rssSlope: slopeOf(({ rssMb }) => rssMb),
      heapSlope: slopeOf(({ heapMb }) => heapMb),
    };
  } finally {
    await world.stop();
  }
}

/** Each report of the worker with the number of deposits that had landed by then. */
function samplesOf(file: string, landed: readonly number[]): MemorySample[] {
  let deposits = 0;
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const { at, rss, heapUsed } = JSON.parse(line) as { at: number; rss: number; heapUsed: number };
    while (deposits < landed.length && (landed[deposits] ?? 0) <= at) deposits += 1;
    return deposits === 0 ? [] : [{ deposits, rssMb: rss / MB, heapMb: heapUsed / MB }];
  });
}
