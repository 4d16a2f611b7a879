/** Tells a deposit's workflow something, and starts it where it does not run. */
import { type Client, WorkflowIdReusePolicy } from '@temporalio/client';
import { recordIdOf, workflowId } from '../domain/ids.ts';
import { initialAttributes, WORKFLOWS } from '../workflows/contract.ts';
import {
  type DepositInput,
  type DepositMessage,
  providerEvent,
} from '../workflows/funding/deposit-messages.ts';
import { requestContext } from './request-context.ts';

/** Whom to tell what. */
export interface DepositSignal {
  readonly workflow_id: string;
  readonly user_id: string | null;
  readonly message: unknown;
  /** What was said before it and goes along, the oldest first. */
  readonly earlier?: readonly unknown[];
  /** It is news for a deposit that has not begun or is under way: one that has ended is not taken up again for it. */
  readonly reopens?: boolean;
}

/**
 * Signals with start: a transfer's first event begins its deposit, a later one finds it running, and one
 * that reopens a finished deposit (a corrected journal) gives it a new run under the same address.
 * @throws {ServiceError} when Temporal does not answer; the event stays stored and is sent again later.
 * @throws {WorkflowExecutionAlreadyStartedError} where it would reopen a deposit that has ended, and must not.
 */
export async function signalDeposit(
  client: Client,
  taskQueue: string,
  { workflow_id, user_id, message, earlier = [], reopens = true }: DepositSignal,
): Promise<void> {
  const depositId = recordIdOf('deposit', workflow_id);
  const { requestId } = requestContext();
  const news = message as DepositMessage;
  const input: DepositInput = { deposit_id: depositId };
  await client.workflow.signalWithStart(WORKFLOWS.deposit.type, {
    workflowId: workflowId('deposit', depositId),
    taskQueue,
    args: [input],
    signal: providerEvent,
    signalArgs: [...(earlier as DepositMessage[]), news],
    workflowIdReusePolicy: reopens
      ? WorkflowIdReusePolicy.ALLOW_DUPLICATE
      : WorkflowIdReusePolicy.REJECT_DUPLICATE,
    priority: { priorityKey: WORKFLOWS.deposit.priority, ...(user_id && { fairnessKey: user_id }) },
    typedSearchAttributes: initialAttributes({
      lifecycle: 'deposit',
      area: 'funding',
      state: news.source === 'circle.inbound' ? 'pending_confirmation' : 'resumed',
      ...(user_id && { userId: user_id }),
      references: referencesOf(news),
    }),
    staticSummary: summaryOf(news),
    staticDetails:
      'USDC that arrived in a customer wallet at Circle goes to Circle Mint, becomes dollars there, and reaches ' +
      "the customer's account at Alpaca by a journal. *Current details* says where it is now and who must act.",
    ...(requestId && { memo: { request_id: requestId } }),
  });
}

/** What the first message knows the transfer by. */
function referencesOf(message: DepositMessage): string[] {
  if (message.source !== 'circle.inbound') return [];
  return [message.circle_transaction_id, ...(message.tx_hash ? [message.tx_hash] : [])];
}

function summaryOf(message: DepositMessage): string {
  if (message.source !== 'circle.inbound') return 'Deposit, taken up again';
  return `Deposit of ${message.amount} ${message.token === 'USDC' ? 'USDC' : 'another token'}`;
}
