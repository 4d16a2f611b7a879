/** `npm run chaos`: the real processes under load and under blows, and the proof that no cent was lost. */
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import { ENTRIES } from './entries.ts';
import { isProcess } from './plan.ts';
import { inWords, keep, passed } from './report.ts';
import { startWorld } from './world.ts';

const HELP = `npm run chaos -- [options]
  --seed N           play a plan again (default: a new one, which is printed)
  --lifecycles 10000 how many are started
  --concurrency 60   how many are under way at once
  --customers 40
  --calm 300         seconds that everything may take to come to rest
  --only NAME        lifecycles of that name alone
  --victim NAME      kill this process alone: postgres, temporal, sandbox, worker-1, api-1, …`;

const began = Date.now();
const say = (line: string) =>
  process.stdout.write(`${((Date.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${line}\n`);

function readOptions() {
  const names = ['seed', 'lifecycles', 'concurrency', 'customers', 'calm', 'only', 'victim'] as const;
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' }] as const));
  const values = parseArgs({ options, strict: true }).values as Record<string, string | undefined>;
  const count = (name: (typeof names)[number], usual: number): number => {
    const value = Number(values[name] ?? usual);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is not a whole number\n${HELP}`);
    return value;
  };
  const entries = ENTRIES.filter(
    ({ lifecycle, share }) => values.only === undefined || lifecycle === values.only || share === 0,
  );
  if (entries.every(({ share }) => share === 0)) throw new Error(`--only knows no ${values.only}\n${HELP}`);
  const { victim } = values;
  if (victim !== undefined && !isProcess(victim)) throw new Error(`--victim knows no ${victim}\n${HELP}`);
  return {
    ...(victim !== undefined && { victim }),
    entries,
    seed: count('seed', 1 + Math.floor(Math.random() * 2 ** 31)),
    lifecycles: count('lifecycles', 10_000),
    concurrency: count('concurrency', 60),
    customers: count('customers', 40),
    calmSeconds: count('calm', 300),
  };
}

async function main(): Promise<boolean> {
  const { entries, ...options } = readOptions();
  say(`seed ${options.seed}`);
  const world = await startWorld(say);
  try {
    const report = await runCampaign(world, entries, options, say);
    process.stdout.write(`\n${inWords(report)}\n${keep(report)} written\n`);
    return passed(report);
  } finally {
    await world.stop();
  }
}

main().then(
  (good) => process.exit(good ? 0 : 1),
  (error: Error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    process.exit(1);
  },
);
