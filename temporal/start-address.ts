/** Reaches the workflow of an address: starts it with the request, wakes it, and brings it decisions. */
import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { recordIdOf, workflowId } from '../domain/ids.ts';
import type { ReviewDecision } from '../domain/platform/review.ts';
import { initialAttributes, WORKFLOWS } from '../workflows/contract.ts';
import {
  type AddAddress,
  type AddAnswer,
  type AddressInput,
  addAddress,
  addressChanged,
  decideAddressReview,
} from '../workflows/funding/address-messages.ts';
import { requestContext } from './request-context.ts';

type StartAddress = WithStartWorkflowOperation<(input: AddressInput) => Promise<unknown>>;

function startOptions(taskQueue: string, id: string, userId: string | null) {
  const { requestId } = requestContext();
  return {
    workflowId: workflowId('address', id),
    taskQueue,
    args: [{ address_id: id }] as [AddressInput],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    priority: { priorityKey: WORKFLOWS.address.priority, ...(userId && { fairnessKey: userId }) },
    typedSearchAttributes: initialAttributes({
      lifecycle: 'address',
      area: 'funding',
      state: 'cooling_down',
      ...(userId && { userId }),
    }),
    staticSummary: 'New withdrawal address',
    staticDetails:
      'A new address rests before money can go there. Meanwhile Circle is asked whether it takes it, and sanctions ' +
      'lists are asked at the beginning, at the end, and again before each withdrawal.',
    ...(requestId && { memo: { request_id: requestId } }),
  };
}

const startOperation = (taskQueue: string, id: string, userId: string | null): StartAddress =>
  new WithStartWorkflowOperation(WORKFLOWS.address.type, {
    ...startOptions(taskQueue, id, userId),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });

/** Starts the address with its request; the same request again finds what the first one made. */
export function startAddress(
  client: Client,
  taskQueue: string,
  { id, request }: { readonly id: string; readonly request: AddAddress },
): Promise<AddAnswer> {
  return client.workflow.executeUpdateWithStart(addAddress, {
    startWorkflowOperation: startOperation(taskQueue, id, request.user_id),
    args: [request],
  });
}

/** Wakes an address that rests; one that does not needs nobody. */
export async function wakeAddress(client: Client, id: string): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId('address', id)).signal(addressChanged);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/**
 * Makes an address look at its row, in a run of its own where it has none.
 * @throws {ServiceError} when Temporal does not answer.
 */
export async function signalAddress(
  client: Client,
  taskQueue: string,
  { workflow_id, user_id }: { readonly workflow_id: string; readonly user_id: string | null },
): Promise<void> {
  await client.workflow.signalWithStart(WORKFLOWS.address.type, {
    ...startOptions(taskQueue, recordIdOf('address', workflow_id), user_id),
    signal: addressChanged,
  });
}

/** Brings a decision to the address, which is blocked and so does not run. */
export function tellAddress(
  client: Client,
  taskQueue: string,
  { id, decision, updateId }: { id: string; decision: ReviewDecision; updateId: string },
): Promise<{ accepted: boolean }> {
  return client.workflow.executeUpdateWithStart(decideAddressReview, {
    startWorkflowOperation: startOperation(taskQueue, id, null),
    ...(updateId && { updateId }),
    args: [decision],
  });
}
