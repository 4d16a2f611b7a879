/** Starts the workflow that wakes what staff had held. */
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client';
import type { Logger } from 'pino';
import { initialAttributes, WORKFLOWS } from '../../workflows/contract.ts';
import { describeCause } from '../middleware/error-handler.ts';
import type { ControlPort } from './control-port.ts';

/** The port that server.ts hands to the routes. */
export function createControlGateway(temporal: Client, taskQueue: string, log: Logger): ControlPort {
  const { type, area, means, priority } = WORKFLOWS.release;
  return {
    released: async (operationId) => {
      try {
        await temporal.workflow.start(type, {
          workflowId: `release:${operationId}`,
          taskQueue,
          args: [],
          workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
          workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
          priority: { priorityKey: priority },
          typedSearchAttributes: initialAttributes({ lifecycle: type, area, state: 'running' }),
          staticSummary: means,
        });
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return;
        // The switch is on; what it held looks for itself after a while.
        log.warn({ cause: describeCause(error) }, 'held lifecycles could not be told of a release');
      }
    },
  };
}
