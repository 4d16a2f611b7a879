/** Runs whose history no longer fits their code: found, and ended, so that another run takes the lifecycle up. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';

/** The protocol's WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR. */
const NON_DETERMINISTIC = 24;
/** A worker that was just being replaced may fail a task or two. */
const FAILURES = 3;
/** Newest events that are read: what is told to a run that stands still stands between its failed tasks. */
const EVENTS = 200;
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
  try {
    const { runId, status, raw } = await client.workflow.getHandle(workflowId).describe();
    if (status.name !== 'RUNNING') return undefined;
    // Of tries that nothing came between the history holds the first alone.
    const untold = Math.max(0, Number(raw.pendingWorkflowTask?.attempt ?? 1) - 1);
    const told = await newestFailures(client, workflowId, runId);
    if (told === 0 || Math.max(told, untold) < FAILURES) return undefined;
    const run = client.workflow.getHandle(workflowId, runId);
    return { end: async () => void (await run.terminate(REASON)) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** How many of the newest tasks of a run have failed like that, without one that was completed after them. */
async function newestFailures(client: Client, workflowId: string, runId: string): Promise<number> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: EVENTS,
  });
  const events = history?.events ?? [];
  const completed = events.findIndex((event) => event.workflowTaskCompletedEventAttributes);
  return events
    .slice(0, completed < 0 ? undefined : completed)
    .filter((event) => event.workflowTaskFailedEventAttributes?.cause === NON_DETERMINISTIC).length;
}
