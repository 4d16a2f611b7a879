/** The tasks of an open run that have failed since one last went well: whoever has some of them stands still. */
import type { Client } from '@temporalio/client';
import { describeOpenRun } from './open-run.ts';

/** Newest events that are read: what is told to a run that stands still stands between its failed tasks. */
const EVENTS = 200;

/** A task that failed, as the history has it. */
interface FailedTask {
  /** The protocol's WorkflowTaskFailedCause. */
  readonly cause: number;
  readonly reason: string;
}

/** The open run of a workflow, and what its newest tasks came to. */
export interface TroubledRun {
  readonly runId: string;
  /** The newest first; of tries that nothing came between the history holds the first alone. */
  readonly failed: readonly FailedTask[];
  /** How often the newest task was tried, and failed. */
  readonly tries: number;
}

/**
 * The open run of a workflow whose newest tasks have failed; undefined where the newest went well, or nothing runs.
 *
 * @throws {ServiceError} when Temporal does not answer.
 */
export async function findTroubledRun(client: Client, workflowId: string): Promise<TroubledRun | undefined> {
  const run = await describeOpenRun(client, workflowId);
  // After a task that failed there is another one at once.
  const task = run?.raw.pendingWorkflowTask;
  if (!run || !task) return undefined;
  const failed = await failedTasks(client, workflowId, run.runId);
  if (failed.length === 0) return undefined;
  const untold = Number(task.attempt ?? 1) - 1;
  return { runId: run.runId, failed, tries: Math.max(failed.length, untold) };
}

async function failedTasks(client: Client, workflowId: string, runId: string): Promise<FailedTask[]> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: EVENTS,
  });
  const events = history?.events ?? [];
  const completed = events.findIndex((event) => event.workflowTaskCompletedEventAttributes);
  return events.slice(0, completed < 0 ? undefined : completed).flatMap((event) => {
    const failure = event.workflowTaskFailedEventAttributes;
    return failure ? [{ cause: failure.cause ?? 0, reason: failure.failure?.message ?? '' }] : [];
  });
}
