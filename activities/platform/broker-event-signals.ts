/** Tells a workflow what a provider said, and starts it where it does not run. */
import { signalWorkflow } from '../../temporal/signal-workflow.ts';
import type { ActivityPorts } from '../ports.ts';

/** @throws {ServiceError} when Temporal does not answer; the event stays stored and is sent again later. */
export async function tellWorkflow(
  { temporal, config }: Pick<ActivityPorts, 'temporal' | 'config'>,
  signal: { readonly workflow_id: string; readonly user_id: string | null; readonly message: unknown },
): Promise<void> {
  await signalWorkflow(temporal, config.temporal.taskQueue, signal);
}
