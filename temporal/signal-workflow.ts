/** Tells whichever workflow an address names what a provider said, and starts it where it does not run. */
import type { Client } from '@temporalio/client';
import { partsOf } from '../domain/ids.ts';
import { type DepositSignal, signalDeposit } from './signal-deposit.ts';
import { signalOnboarding } from './signal-onboarding.ts';
import { signalWire } from './signal-wire.ts';
import { signalWithdrawal } from './signal-withdrawal.ts';
import { signalAddress } from './start-address.ts';

/** How each kind of workflow is told, by the first part of its address. */
const TELL = {
  address: signalAddress,
  deposit: signalDeposit,
  onboarding: signalOnboarding,
  wire: signalWire,
  withdrawal: signalWithdrawal,
} as const;

/** @throws {ServiceError} when Temporal does not answer; the event stays stored and is sent again later. */
export async function signalWorkflow(
  client: Client,
  taskQueue: string,
  signal: DepositSignal,
): Promise<void> {
  const { kind } = partsOf(signal.workflow_id);
  const tell = TELL[kind as keyof typeof TELL];
  if (!tell) throw new RangeError(`nobody tells ${signal.workflow_id}`);
  await tell(client, taskQueue, signal);
}
