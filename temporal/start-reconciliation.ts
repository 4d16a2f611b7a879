/** Starts a reconciliation run that a person asked for. */
import { type Client, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { workflowId } from '../domain/ids.ts';
import { initialAttributes, WORKFLOWS } from '../workflows/contract.ts';
import type { ReconciliationInput } from '../workflows/funding/reconciliation-messages.ts';
import { requestContext } from './request-context.ts';

/** Starts the run once, however often it is asked for; while another run is at work it waits for its turn. */
export async function startReconciliation(client: Client, taskQueue: string, runId: string): Promise<void> {
  const { requestId } = requestContext();
  const input: ReconciliationInput = { run_id: runId, cause: 'request' };
  await client.workflow.start(WORKFLOWS.reconciliation.type, {
    workflowId: workflowId('reconciliation', runId),
    taskQueue,
    args: [input],
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    priority: { priorityKey: WORKFLOWS.reconciliation.priority },
    typedSearchAttributes: initialAttributes({
      lifecycle: 'reconciliation',
      area: 'funding',
      state: 'running',
    }),
    staticSummary: 'Reconciliation, asked for by a person',
    ...(requestId && { memo: { request_id: requestId } }),
  });
}
