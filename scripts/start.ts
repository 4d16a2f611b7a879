/** `npm start`: everything on one machine, until Ctrl-C. */
import path from 'node:path';
import type { OnSpawn } from './stack/child.ts';
import { type LocalFolder, takeFolder } from './stack/folder.ts';
import { type LocalStack, startLocalStack } from './stack/local-stack.ts';
import { printTable } from './stack/print-table.ts';
import { ancestors } from './stack/processes.ts';
import { type SeedTokens, seedFirmAccount, seedUsers } from './stack/seed.ts';
import { StackError } from './stack/stack-error.ts';
import { createSupervisor } from './stack/supervisor.ts';
import { watchOver } from './stack/watch-over.ts';

const PARENT_CHECK_MS = 1_000;
/** npm runs a script through a shell, which may or may not stay in between. */
const PARENTS_WATCHED = 2;
const FOLDER = process.env.SLUICE_LOCAL || path.join(import.meta.dirname, '..', '.local');

const began = performance.now();
const say = (line: string) => process.stdout.write(`${line}\n`);
let folder: LocalFolder | undefined;
let publish = () => {};

const supervisor = createSupervisor({
  say,
  onRestart: () => publish(),
  onGiveUp: (reason) => void stop(1, reason),
});

/** Every process is known twice: to the reaper, should this one be killed, and to the next run. */
const onSpawn: OnSpawn = (pid, polite) => {
  watchOver(pid, polite);
  folder?.remember(pid, polite);
};

/** Stops everything, then ends. The reaper ends what was still on its way up. */
async function stop(code: number, reason?: string): Promise<void> {
  if (supervisor.stopping) return;
  if (reason !== undefined) process.stderr.write(`${reason}\n`);
  process.exitCode = code;
  if (folder !== undefined) say('Stopping.');
  await supervisor.stop().catch((error: Error) => process.stderr.write(`${error.message}\n`));
  folder?.release();
  process.exit(code);
}

function listenForTheEnd(): void {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => void stop(0));
  // When npm is killed it cannot pass that on: a parent that is gone means that nobody watches any more.
  const parents = ancestors(process.pid, PARENTS_WATCHED).join();
  const check = () => (ancestors(process.pid, PARENTS_WATCHED).join() === parents ? undefined : void stop(0));
  if (process.env.npm_lifecycle_event !== undefined) setInterval(check, PARENT_CHECK_MS).unref();
}

function runtimeOf(stack: LocalStack, tokens: SeedTokens): object {
  const { config, sandbox } = stack;
  return {
    api: config.api.publicUrl,
    docs: `${config.api.publicUrl}/docs`,
    temporal: {
      address: config.temporal.address,
      ui: stack.temporalUi ?? null,
      namespace: config.temporal.namespace,
    },
    sandbox: sandbox.control.base_url,
    database: config.database.url,
    tokens,
    pids: stack.pids(),
    sandbox_credentials: { alpaca: sandbox.alpaca, circle: sandbox.circle, mint: sandbox.mint },
  };
}

async function main(): Promise<void> {
  listenForTheEnd();
  const taken = await takeFolder(FOLDER);
  folder = taken;
  const stack = await startLocalStack({ folder: taken, supervisor, env: process.env, say, onSpawn });
  const [tokens, trouble] = await Promise.all([
    seedUsers(stack.config),
    seedFirmAccount(stack.sandbox, taken.file('sandbox', 'firm-account-funded.json')),
  ]);
  if (trouble !== undefined) say(trouble);
  if (supervisor.stopping) return;
  publish = () => taken.publish(runtimeOf(stack, tokens));
  publish();
  printTable(stack, tokens, (performance.now() - began) / 1000, say);
}

main().catch((error: Error) => {
  // What a person can act on is one sentence; everything else is a defect and needs its stack trace.
  void stop(1, error instanceof StackError ? error.message : (error.stack ?? error.message));
});
