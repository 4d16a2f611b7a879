/** What the command line of the benchmark says. */
import { parseArgs } from 'node:util';
import { VARIANTS, type VariantName } from './world/variants.ts';

export const PARTS = [
  ...(['deposits', 'cost', 'withdrawals', 'engine', 'writes', 'api', 'memory', 'reconciliation'] as const),
  ...(['ledger', 'webhooks', 'recovery', 'growth'] as const),
] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  /** Which parts run; all unless `--only` names one. */
  readonly parts: readonly Part[];
  readonly variants: readonly VariantName[];
  /** Rounds of each variant, interleaved. */
  readonly rounds: number;
  /** Deposits of one round under load, and one at a time. */
  readonly roundDeposits: number;
  readonly aloneDeposits: number;
  readonly concurrency: number;
  /** Deposits of the memory run. */
  readonly deposits: number;
  /** Length of each measurement of reads. */
  readonly seconds: number;
  /** Rows of the ledger's largest table behind the growth figures. */
  readonly rows: number;
  /** Folder that takes CPU profiles of worker, API and sandbox. */
  readonly profile?: string;
}

const HELP = `npm run bench -- [options]
  --only ${PARTS.join('|')}   one part alone
  --variants a,b          of ${Object.keys(VARIANTS).join(', ')}
                          (default sluice,sluice-postgres,plain,dbos)
  --rounds 3              rounds of each variant, interleaved
  --round-deposits 300    deposits of a round under load
  --alone 20              deposits of a round one at a time
  --concurrency 25        deposits in flight under load
  --deposits 2000         deposits of the memory run
  --seconds 4             length of each measurement of reads
  --rows 1000000          postings behind the figures of growth
  --profile FOLDER        CPU profiles of worker, API and sandbox`;

/** @throws Error with the usage when an option is not understood. */
export function readOptions(args: readonly string[]): Options {
  const names = [
    'only',
    'variants',
    'rounds',
    'round-deposits',
    'alone',
    'concurrency',
    'deposits',
    'seconds',
    'rows',
    'profile',
  ];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' }] as const));
  const { values } = parse(args, options);
  const count = (name: string, usual: number): number => {
    const value = Number(values[name] ?? usual);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is not a whole number\n${HELP}`);
    return value;
  };
  const only = oneOf('only', values.only === undefined ? [...PARTS] : [values.only], PARTS);
  const wanted = (values.variants ?? 'sluice,sluice-postgres,plain,dbos').split(',');
  return {
    parts: only,
    variants: oneOf('variants', wanted, Object.keys(VARIANTS) as VariantName[]),
    rounds: count('rounds', 3),
    roundDeposits: count('round-deposits', 300),
    aloneDeposits: count('alone', 20),
    concurrency: count('concurrency', 25),
    deposits: count('deposits', 2_000),
    seconds: count('seconds', 4),
    rows: count('rows', 1_000_000),
    ...(values.profile !== undefined && { profile: values.profile }),
  };
}

function parse(args: readonly string[], options: Record<string, { readonly type: 'string' }>) {
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true });
    return { values: values as Record<string, string | undefined> };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${HELP}`);
  }
}

function oneOf<Name extends string>(
  option: string,
  given: readonly string[],
  known: readonly Name[],
): Name[] {
  for (const name of given)
    if (!known.includes(name as Name)) throw new Error(`--${option} knows no ${name}\n${HELP}`);
  return given as Name[];
}
