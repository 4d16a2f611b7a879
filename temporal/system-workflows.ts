/** Workflows that run for the product itself: started by every worker, running once however many there are. */
import { type Client, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { BROKER_STREAMS, DEFAULT_BROKER_EVENT_POLICY } from '../domain/platform/broker-events.ts';
import { DEFAULT_WEBHOOK_DISPATCH } from '../domain/platform/webhook.ts';
import { type Area, initialAttributes, WORKFLOWS, type WorkflowContract } from '../workflows/contract.ts';
import { scheduleHousekeeping } from './schedules.ts';

/** The part of the configuration that starting needs. */
export interface SystemWorkflowConfig {
  readonly temporal: { readonly taskQueue: string };
}

/** Starts what is not running yet; safe to call from many workers at once. */
export async function startSystemWorkflows(client: Client, config: SystemWorkflowConfig): Promise<void> {
  const { taskQueue } = config.temporal;
  await Promise.all([
    startOnce(client, taskQueue, WORKFLOWS.providerSetup, 'provider-setup:main', []),
    startOnce(client, taskQueue, WORKFLOWS.webhookDispatch, 'webhook-dispatch:main', [
      DEFAULT_WEBHOOK_DISPATCH,
    ]),
    ...BROKER_STREAMS.map((stream) =>
      startOnce(client, taskQueue, WORKFLOWS.brokerEvents, `broker-events:${stream}`, [
        { stream, policy: DEFAULT_BROKER_EVENT_POLICY },
      ]),
    ),
    scheduleHousekeeping(client, taskQueue),
  ]);
}

async function startOnce(
  client: Client,
  taskQueue: string,
  contract: WorkflowContract & { readonly area: Area },
  workflowId: string,
  args: unknown[],
): Promise<void> {
  await client.workflow.start(contract.type, {
    workflowId,
    taskQueue,
    args,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    priority: { priorityKey: contract.priority },
    typedSearchAttributes: initialAttributes({
      lifecycle: contract.type,
      area: contract.area,
      state: 'running',
    }),
    staticSummary: contract.means,
  });
}
