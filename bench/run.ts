/** `npm run bench`: Sluice beside a plain version and DBOS Transact on this machine, in one run. */
import { mkdirSync } from 'node:fs';
import os from 'node:os';
import { measureApi } from './api.ts';
import { compareDeposits, countCosts, summarise } from './deposits.ts';
import { measureEngine } from './engine/engine.ts';
import { measureGrowth } from './growth.ts';
import { measureLedger } from './ledger.ts';
import { measureMemory } from './memory.ts';
import { type Options, PARTS, readOptions } from './options.ts';
import { measureReconciliation } from './reconciliation.ts';
import { measureRecovery } from './recovery.ts';
import type { Results } from './report/results.ts';
import { plainTable, tablesOf } from './report/table.ts';
import { writeDocument, writeJson } from './report/write.ts';
import { NO_GO, serverPrograms } from './temporal-on-postgres/programs.ts';
import { measureWebhooks } from './webhooks.ts';
import { measureWithdrawals } from './withdrawals.ts';
import { type Base, startBase } from './world/base.ts';
import { VARIANTS } from './world/variants.ts';
import { measureWrites } from './writes/writes.ts';

const began = performance.now();
const say = (line: string) => process.stdout.write(`${line}\n`);
const note = (line: string) =>
  say(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);

async function measure(
  base: Base,
  options: Options,
): Promise<Omit<Results, 'at' | 'command' | 'machine' | 'seconds' | 'leftOut'>> {
  const wanted = (part: (typeof PARTS)[number]) => options.parts.includes(part);
  const rounds = wanted('deposits') ? await compareDeposits(base, options, note) : undefined;
  if (wanted('cost')) note('counting what one deposit costs');
  const costs = wanted('cost') ? await countCosts(base, options) : undefined;
  const withdrawals = wanted('withdrawals') ? await measureWithdrawals(base, options, note) : undefined;
  if (wanted('engine')) note("the engine's own limit");
  const engine = wanted('engine') ? await measureEngine(base, options, note) : undefined;
  if (wanted('writes')) note('the first answers of writes');
  const writes = wanted('writes') ? await measureWrites(base, note) : undefined;
  if (wanted('api')) note('the API by itself');
  const api = wanted('api') ? await measureApi(base, options) : undefined;
  if (wanted('memory')) note(`memory over ${options.deposits} deposits`);
  const memory = wanted('memory') ? await measureMemory(base, options, note) : undefined;
  const reconciliation = wanted('reconciliation') ? await measureReconciliation(base, note) : undefined;
  const ledger = wanted('ledger') ? await measureLedger(base, options, note) : undefined;
  const webhooks = wanted('webhooks') ? await measureWebhooks(base, note) : undefined;
  const recovery = wanted('recovery') ? await measureRecovery(note) : undefined;
  const growth = wanted('growth') ? await measureGrowth(base, options, note) : undefined;
  return {
    ...(rounds && { rounds, variants: summarise(rounds, options.variants) }),
    ...(costs && { costs }),
    ...(withdrawals && { withdrawals }),
    ...(engine && { engine }),
    ...(writes && { writes }),
    ...(api && { api }),
    ...(memory && { memory }),
    ...(reconciliation && { reconciliation }),
    ...(ledger && { ledger }),
    ...(webhooks && { webhooks }),
    ...(recovery && { recovery }),
    ...(growth && { growth }),
  };
}

function machine(loadBefore: number): Results['machine'] {
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.cpus().length,
    memoryGb: Math.round(os.totalmem() / 1024 ** 3),
    system: `${os.type()} ${os.release()}`,
    node: process.versions.node,
    loadBefore,
  };
}

/** What of the wish this machine can do, and the sentence about the rest. */
async function possible(options: Options): Promise<{ readonly options: Options; readonly leftOut?: string }> {
  const plays = options.parts.some(
    (part) => part === 'deposits' || part === 'cost' || part === 'withdrawals',
  );
  const onPostgres = options.variants.filter((name) => plays && VARIANTS[name].engine === 'postgres');
  if (onPostgres.length === 0 || (await serverPrograms(note))) return { options };
  note(NO_GO);
  const variants = options.variants.filter((name) => !onPostgres.includes(name));
  return { options: { ...options, variants }, leftOut: NO_GO };
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const asked = readOptions(args);
  if (asked.profile) mkdirSync(asked.profile, { recursive: true });
  const loadBefore = os.loadavg()[0] ?? 0;
  const { options, leftOut } = await possible(asked);
  const base = await startBase(note);
  try {
    const figures = await measure(base, options);
    const results: Results = {
      at: new Date().toISOString(),
      command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
      machine: machine(loadBefore),
      seconds: (performance.now() - began) / 1000,
      ...(leftOut && { leftOut }),
      ...figures,
    };
    for (const rows of tablesOf(results)) say(`\n${plainTable(rows)}`);
    say(`\n${writeJson(results)} written`);
    // Only a full run speaks for the product: a part of one would leave holes in the document.
    if (options.parts.length === PARTS.length) writeDocument(results);
  } finally {
    await base.stop();
  }
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    process.exit(1);
  },
);
