/** Reaches a wire: starts it where its row waits, tells it things, and asks it what people want of it. */
import { type Client, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import { recordIdOf, workflowId } from '../domain/ids.ts';
import { initialAttributes, WORKFLOWS } from '../workflows/contract.ts';
import {
  cancelWire,
  voteOnWire,
  type WireCancel,
  type WireInput,
  type WireMessage,
  type WireVote,
  type WireVoteAnswer,
  wireEvent,
} from '../workflows/funding/wire-messages.ts';
import { requestContext } from './request-context.ts';

const DETAILS =
  'Our own money goes from one of our places to another: Circle Mint, the firm account at Alpaca, a treasury wallet. ' +
  '*Current details* says where it is now and who must act.';

function startOptions(id: string, taskQueue: string, about: { state: string; summary: string }) {
  const { requestId } = requestContext();
  const input: WireInput = { wire_id: id };
  return {
    workflowId: workflowId('wire', id),
    taskQueue,
    args: [input] as [WireInput],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    priority: { priorityKey: WORKFLOWS.wire.priority },
    typedSearchAttributes: initialAttributes({ lifecycle: 'wire', area: 'funding', state: about.state }),
    staticSummary: about.summary,
    staticDetails: DETAILS,
    ...(requestId && { memo: { request_id: requestId } }),
  };
}

/** Starts the workflow of a wire that has its row; one that runs already is left alone. */
export async function startWire(
  client: Client,
  taskQueue: string,
  wire: { readonly id: string; readonly summary: string },
): Promise<void> {
  await client.workflow.start(WORKFLOWS.wire.type, {
    ...startOptions(wire.id, taskQueue, { state: 'planned', summary: wire.summary }),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  });
}

/** Signals with start: a wire that comes back after it was finished gets a new run under the same address. */
export async function signalWire(
  client: Client,
  taskQueue: string,
  signal: { readonly workflow_id: string; readonly message: unknown },
): Promise<void> {
  const id = recordIdOf('wire', signal.workflow_id);
  await client.workflow.signalWithStart(WORKFLOWS.wire.type, {
    ...startOptions(id, taskQueue, { state: 'resumed', summary: 'Wire, taken up again' }),
    signal: wireEvent,
    signalArgs: [signal.message as WireMessage],
  });
}

/** One person's word about a wire. @throws {WorkflowNotFoundError} when it does not run any more. */
export function sayOnWire(client: Client, id: string, vote: WireVote): Promise<WireVoteAnswer> {
  const handle = client.workflow.getHandle(workflowId('wire', id));
  return handle.executeUpdate(voteOnWire, { updateId: `vote:${vote.request_id}`, args: [vote] });
}

/** Calls a wire off. @throws {WorkflowNotFoundError} when it does not run any more. */
export function askToCancelWire(
  client: Client,
  id: string,
  wish: WireCancel,
): Promise<{ canceled: boolean }> {
  const handle = client.workflow.getHandle(workflowId('wire', id));
  return handle.executeUpdate(cancelWire, { updateId: `cancel:${wish.request_id}`, args: [wish] });
}
