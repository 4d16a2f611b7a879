/** Reconciliation as the API reaches it: the row first, then the run that fills it. */
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Database } from '../../db/client.ts';
import { requestRun } from '../../db/funding/reconciliation-queries.ts';
import { startReconciliation } from '../../temporal/start-reconciliation.ts';

export interface ReconciliationPort {
  /** Starts a run named by the request; repeating it changes nothing. */
  start(run: {
    readonly runId: string;
    readonly requestedBy: string;
    readonly requestId: string;
  }): Promise<void>;
}

/** The port that server.ts hands to the routes. */
export function createReconciliationGateway(
  database: Database,
  temporal: Client,
  taskQueue: string,
): ReconciliationPort {
  return {
    start: async (run) => {
      await requestRun(database, run);
      try {
        await startReconciliation(temporal, taskQueue, run.runId);
      } catch (error) {
        // A repeated request finds the run that the first one started, and that has ended meanwhile.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },
  };
}
