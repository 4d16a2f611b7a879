/**
 * Plays every branch of every workflow on the real stack and keeps the histories under test/histories, where
 * the replay test finds them. A history that is there already stays as it is.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../temporal/client.ts';
import { createPayloadCodec } from '../temporal/codec.ts';
import setup from '../test/support/global-setup.ts';
import teardown from '../test/support/global-teardown.ts';
import { historyFile, historyText } from '../test/support/recorded-history.ts';
import { startStack, type TestStack } from '../test/support/stack.ts';
import { addressCases } from './history-cases/address-cases.ts';
import { controlCases, heldDepositCases } from './history-cases/control-cases.ts';
import { depositBackCases } from './history-cases/deposit-back-cases.ts';
import { depositCases } from './history-cases/deposit-cases.ts';
import { onboardingCases } from './history-cases/onboarding-cases.ts';
import { systemCases } from './history-cases/system-cases.ts';
import { wireCases } from './history-cases/wire-cases.ts';
import { withdrawalCases } from './history-cases/withdrawal-cases.ts';

/** What a case leaves behind: the run whose history is kept. */
export interface PlayedCase {
  readonly workflowId: string;
  /** The latest run unless told. */
  readonly runId?: string;
  /** Waits until that run has ended; a case that ends in a wait leaves it open. */
  readonly isOver: boolean;
}

/** What every case plays with. */
export interface Stage {
  readonly stack: TestStack;
  readonly temporal: Client;
}

/** Cases by name; each is played alone, in order. */
export type Cases = Readonly<Record<string, (stage: Stage) => Promise<PlayedCase>>>;

const CASES: Readonly<Record<string, Cases>> = {
  address: addressCases,
  deposit: { ...depositCases, ...depositBackCases, ...heldDepositCases },
  onboarding: onboardingCases,
  wire: wireCases,
  withdrawal: withdrawalCases,
  ...systemCases,
  ...controlCases,
};

const { version } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '..', 'package.json'), 'utf8'),
) as { version: string };

await setup();
try {
  const stack = await startStack();
  const temporal = await createTemporalClient(stack.config);
  try {
    await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '100000.00' });
    for (const [workflow, cases] of Object.entries(CASES)) await record({ stack, temporal }, workflow, cases);
  } finally {
    await temporal.connection.close();
    await stack.stop();
  }
} finally {
  await teardown();
}

async function record(stage: Stage, workflow: string, cases: Cases): Promise<void> {
  const codec = createPayloadCodec(stage.stack.config.payload);
  for (const [name, play] of Object.entries(cases)) {
    const file = historyFile({ workflow, name, version });
    const shown = path.relative(process.cwd(), file);
    if (existsSync(file)) {
      process.stdout.write(`kept      ${shown}\n`);
      continue;
    }
    const { workflowId, runId, isOver } = await play(stage);
    const handle = stage.temporal.workflow.getHandle(workflowId, runId);
    if (isOver) await handle.result();
    const text = await historyText(workflowId, await handle.fetchHistory(), codec);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: 'wx' });
    process.stdout.write(`recorded  ${shown} (${Math.round(text.length / 1024)} KiB)\n`);
  }
}
