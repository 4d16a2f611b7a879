/** `npm run simulate`: lifecycles by the thousand under a virtual clock, with faults from one seed. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { BUGS, type BugName } from './bugs/bugs.ts';
import { planted, standInForTemporal } from './clock/stand-ins.ts';
import type { Found } from './found.ts';
import { type Options, Players, type Result } from './players.ts';

const HELP = `npm run simulate -- [options]
  --seed N             play a campaign again (default: a new one, which is printed)
  --lifecycles 100000  at least so many
  --world N            that world of the seed alone
  --trace              with --world: everything that happens in it, in its order
  --bug NAME           make a mistake on purpose, and stop when it is found; all makes one after the other:
                       ${Object.keys(BUGS).join(', ')}
  --threads N          how many play at once (default: as many as this machine has cores)
  --json               the result for programs`;

const TOLD_EVERY_MS = 30_000;

interface Given extends Omit<Options, 'bug' | 'sofar'> {
  /** One run with none or one mistake, or a run for each. */
  readonly bugs: readonly (BugName | undefined)[];
  readonly threads: number;
  readonly json: boolean;
  readonly trace: boolean;
}

function readOptions(): Given {
  const text = { type: 'string' } as const;
  const options = {
    seed: text,
    lifecycles: text,
    world: text,
    threads: text,
    bug: text,
    json: { type: 'boolean' },
    trace: { type: 'boolean' },
  } as const;
  const { values } = parseArgs({ options, strict: true });
  const count = (given: string | undefined, usual: number): number => {
    const value = Number(given ?? usual);
    if (!Number.isInteger(value) || value < 0) throw new Error(`${given} is not a whole number\n${HELP}`);
    return value;
  };
  const { bug } = values;
  if (values.trace && values.world === undefined) throw new Error(`--trace needs --world\n${HELP}`);
  if (bug !== undefined && bug !== 'all' && !(bug in BUGS))
    throw new Error(`there is no bug ${bug}\n${HELP}`);
  return {
    seed: count(values.seed, Math.floor(Math.random() * 2 ** 31)),
    lifecycles: count(values.lifecycles, 100_000),
    threads: Math.max(1, count(values.threads, availableParallelism())),
    json: values.json ?? false,
    trace: values.trace ?? false,
    ...(values.world !== undefined && { only: count(values.world, 0) }),
    bugs: bug === 'all' ? (Object.keys(BUGS) as BugName[]) : [bug as BugName | undefined],
  };
}

function inWords({
  bug,
  seed,
  lifecycles,
  worlds,
  seconds,
  ended,
  faults,
  reviews,
  broken,
  brokenWorlds,
}: Result): string {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, times]) => `${name} ${times}`)
      .join(', ');
  return [
    ...(bug === undefined ? [] : [`With the mistake ${bug}: ${BUGS[bug]}`]),
    `Seed ${seed}: ${lifecycles} lifecycles in ${worlds} worlds, ${seconds.toFixed(1)} s, ` +
      `${Math.round(lifecycles / seconds)} a second.`,
    `Ended: ${list(ended)}`,
    `Faults: ${list(faults)}`,
    `Reviews: ${list(reviews)}`,
    ...broken.flatMap(({ world, breaches }) => [
      `BROKEN  npm run simulate -- --seed ${seed} --world ${world}${bug === undefined ? '' : ` --bug ${bug}`}`,
      ...breaches.map((breach) => `        ${breach}`),
    ]),
    brokenWorlds === 0 ? 'Every sentence holds.' : `${brokenWorlds} worlds are broken.`,
  ].join('\n');
}

/** A line on the error stream now and then: a million lifecycles take a while. */
function teller(): (found: Found) => void {
  let last = performance.now();
  return ({ lifecycles, brokenWorlds }) => {
    if (performance.now() - last < TOLD_EVERY_MS) return;
    last = performance.now();
    process.stderr.write(`${lifecycles} lifecycles so far, ${brokenWorlds} worlds broken\n`);
  };
}

/** One world on this thread, told as it happens. */
async function traced({ seed, only = 0 }: Options, bug: BugName | undefined): Promise<void> {
  standInForTemporal();
  const address = planted(new URL('./trace.ts', import.meta.url).href, bug);
  const { traceWorld } = (await import(address)) as typeof import('./trace.ts');
  await traceWorld({ seed, number: only, bug }, (line) => process.stdout.write(`${line}\n`));
}

/** Without a mistake nothing may be found; with one it must be. */
async function main(): Promise<boolean> {
  const { bugs, json, threads, trace, ...options } = readOptions();
  if (trace) {
    await traced(options, bugs[0]);
    return true;
  }
  const players = new Players(threads);
  let isWell = true;
  for (const bug of bugs) {
    const result = await players.play({ ...options, sofar: teller(), ...(bug !== undefined && { bug }) });
    process.stdout.write(`${json ? JSON.stringify(result) : inWords(result)}\n`);
    isWell &&= result.brokenWorlds > 0 === (bug !== undefined);
  }
  await players.close();
  return isWell;
}

main().then(
  (isWell) => process.exit(isWell ? 0 : 1),
  (error: Error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    process.exit(2);
  },
);
