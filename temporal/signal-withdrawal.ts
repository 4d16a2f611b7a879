/** Reaches a withdrawal: starts it with its request, tells it things, and asks it what people want of it. */
import { type Client, WithStartWorkflowOperation, WorkflowIdReusePolicy } from '@temporalio/client';
import { recordIdOf, workflowId } from '../domain/ids.ts';
import { initialAttributes, WORKFLOWS } from '../workflows/contract.ts';
import {
  type ApproveAnswer,
  type ApproveWithdrawal,
  type CancelAnswer,
  type CancelWithdrawal,
  cancelWithdrawal,
  decideApproval,
  type RequestAnswer,
  type RequestWithdrawal,
  requestWithdrawal,
  type WithdrawalInput,
  type WithdrawalMessage,
  withdrawalEvent,
} from '../workflows/funding/withdrawal-messages.ts';
import { requestContext } from './request-context.ts';

const DETAILS =
  "Dollars of the customer's account at Alpaca go to our firm account by a journal, Circle Mint makes USDC of " +
  'dollars that we hold there, and our treasury wallet sends it to the address of the customer. *Current details* ' +
  'says where it is now and who must act.';

/** What every start of a withdrawal has in common, whoever causes it. */
function startOptions(
  id: string,
  taskQueue: string,
  about: { userId: string | null; state: string; summary: string },
) {
  const { requestId } = requestContext();
  const { userId, state, summary } = about;
  const input: WithdrawalInput = { withdrawal_id: id };
  return {
    workflowId: workflowId('withdrawal', id),
    taskQueue,
    args: [input] as [WithdrawalInput],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    priority: { priorityKey: WORKFLOWS.withdrawal.priority, ...(userId && { fairnessKey: userId }) },
    typedSearchAttributes: initialAttributes({
      lifecycle: 'withdrawal',
      area: 'funding',
      state,
      ...(userId && { userId }),
    }),
    staticSummary: summary,
    staticDetails: DETAILS,
    ...(requestId && { memo: { request_id: requestId } }),
  };
}

/**
 * Starts a withdrawal with its request, and answers the row as it stands then, or why there is none. The same
 * request again finds the withdrawal that the first one made.
 */
export function startWithdrawal(
  client: Client,
  taskQueue: string,
  withdrawal: { readonly id: string; readonly request: RequestWithdrawal },
): Promise<RequestAnswer> {
  const { id, request } = withdrawal;
  type Run = (input: WithdrawalInput) => Promise<unknown>;
  const startWorkflowOperation: WithStartWorkflowOperation<Run> = new WithStartWorkflowOperation(
    WORKFLOWS.withdrawal.type,
    {
      ...startOptions(id, taskQueue, {
        userId: request.user_id,
        state: 'pending',
        summary: `Withdrawal of ${request.amount_usd} USD on ${request.chain}`,
      }),
      workflowIdConflictPolicy: 'USE_EXISTING',
    },
  );
  // No update id of ours: Temporal would answer a request that was refused, and is made again later, with the old
  // refusal. A repetition is recognised by the row.
  return client.workflow.executeUpdateWithStart(requestWithdrawal, {
    startWorkflowOperation,
    args: [request],
  });
}

/**
 * Signals with start: what reopens a finished withdrawal (a corrected journal, a reorganisation) gives it a new run
 * under the same address.
 * @throws {ServiceError} when Temporal does not answer; the event stays stored and is sent again later.
 */
export async function signalWithdrawal(
  client: Client,
  taskQueue: string,
  signal: { readonly workflow_id: string; readonly user_id: string | null; readonly message: unknown },
): Promise<void> {
  const id = recordIdOf('withdrawal', signal.workflow_id);
  await client.workflow.signalWithStart(WORKFLOWS.withdrawal.type, {
    ...startOptions(id, taskQueue, {
      userId: signal.user_id,
      state: 'resumed',
      summary: 'Withdrawal, taken up again',
    }),
    signal: withdrawalEvent,
    signalArgs: [signal.message as WithdrawalMessage],
  });
}

/**
 * Asks a running withdrawal to be canceled.
 * @throws {WorkflowNotFoundError} when it does not run any more: it has ended.
 */
export function askToCancel(client: Client, id: string, wish: CancelWithdrawal): Promise<CancelAnswer> {
  const handle = client.workflow.getHandle(workflowId('withdrawal', id));
  return handle.executeUpdate(cancelWithdrawal, { updateId: `cancel:${wish.request_id}`, args: [wish] });
}

/**
 * Says what a member of staff thinks of a withdrawal that must be approved.
 * @throws {WorkflowNotFoundError} when it does not run any more: it has ended.
 */
export function sayApproval(client: Client, id: string, decision: ApproveWithdrawal): Promise<ApproveAnswer> {
  const handle = client.workflow.getHandle(workflowId('withdrawal', id));
  return handle.executeUpdate(decideApproval, {
    updateId: `approve:${decision.request_id}`,
    args: [decision],
  });
}
