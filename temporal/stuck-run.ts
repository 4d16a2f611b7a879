/** Runs whose history no longer fits their code: found, and ended, so that another run takes the lifecycle up. */
import type { Client } from '@temporalio/client';
import { findTroubledRun } from './failed-tasks.ts';

/** The protocol's WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR. */
const NON_DETERMINISTIC = 24;
/** A worker that was just being replaced may fail a task or two. */
const FAILURES = 3;
const REASON = 'Its history fits its code no more: another run takes the lifecycle up from its row.';

/** A run that cannot go on. */
export interface StuckRun {
  /** Ends it, and no other run of the same workflow. */
  end(): Promise<void>;
}

/**
 * The open run of a workflow when its newest tasks have failed because its history does not fit the code: a replay
 * fails the same way for ever. Undefined where there is none. Only for lifecycles whose rows say where they stand, so
 * that a new run goes on from there.
 *
 * @throws {ServiceError} when Temporal does not answer.
 */
export async function findStuckRun(client: Client, workflowId: string): Promise<StuckRun | undefined> {
  const run = await findTroubledRun(client, workflowId);
  if (!run || run.tries < FAILURES) return undefined;
  if (run.failed.some(({ cause }) => cause !== NON_DETERMINISTIC)) return undefined;
  const handle = client.workflow.getHandle(workflowId, run.runId);
  return { end: async () => void (await handle.terminate(REASON)) };
}
