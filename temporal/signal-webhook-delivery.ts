/** Tells an endpoint's workflow that there is something to deliver, and starts it where it does not run. */
import { type Client, WorkflowIdReusePolicy } from '@temporalio/client';
import { workflowId } from '../domain/ids.ts';
import { initialAttributes, WORKFLOWS } from '../workflows/contract.ts';
import { deliveriesWait } from '../workflows/platform/webhook-messages.ts';

/** @throws {ServiceError} when Temporal does not answer; the deliveries stay unannounced. */
export async function announceDeliveries(
  client: Client,
  taskQueue: string,
  endpointId: string,
): Promise<void> {
  const { type, area, means, priority } = WORKFLOWS.webhookDelivery;
  await client.workflow.signalWithStart(type, {
    workflowId: workflowId('webhook-delivery', endpointId),
    taskQueue,
    args: [{ endpoint_id: endpointId }],
    signal: deliveriesWait,
    signalArgs: [],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    priority: { priorityKey: priority, fairnessKey: endpointId },
    typedSearchAttributes: initialAttributes({ lifecycle: type, area, state: 'running' }),
    staticSummary: means,
  });
}
