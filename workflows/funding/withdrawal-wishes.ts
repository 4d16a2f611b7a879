/** What people say to a withdrawal: requests, approvals, cancelations, decisions. They wish; the main loop acts. */
import { condition } from '@temporalio/workflow';
import type { WithdrawalFacts } from '../../domain/funding/withdrawal-facts.ts';
import type { ReviewDecision } from '../../domain/platform/review.ts';
import { database } from './withdrawal-activities.ts';
import type {
  ApproveAnswer,
  ApproveWithdrawal,
  CancelAnswer,
  CancelWithdrawal,
  RequestAnswer,
  RequestWithdrawal,
  WithdrawalMessage,
} from './withdrawal-messages.ts';
import type { WithdrawalRun } from './withdrawal-run.ts';

const UNDER_WAY =
  'This withdrawal is under way: a partner has been asked to move the money, and that cannot be taken back now.';

/** Takes the request. The same request again finds the row that the first one made. */
export async function request(run: WithdrawalRun, wanted: RequestWithdrawal): Promise<RequestAnswer> {
  const answer = await database.recordWithdrawalRequested({ ...wanted, withdrawal_id: run.id });
  if ('refused' in answer) run.refused = true;
  else run.begin(answer);
  return answer;
}

/** Takes an approval or a rejection. */
export async function approve(run: WithdrawalRun, decision: ApproveWithdrawal): Promise<ApproveAnswer> {
  const answer = await database.recordWithdrawalApproval({ ...decision, withdrawal_id: run.id });
  if (run.isOpen) run.moveTo(answer.facts);
  return answer;
}

/** Whether the step that is next has been asked for already, as far as anybody knows. */
function isAsked(run: WithdrawalRun): boolean {
  return run.busy || run.facts.unclear.length > 0;
}

/** Why it cannot be canceled now; undefined when it can. */
function refuseCancel(run: WithdrawalRun): Pick<CancelAnswer, 'code' | 'detail'> | undefined {
  const { status, waiting_for } = run.facts;
  const underWay = { code: 'withdrawal_under_way', detail: UNDER_WAY } as const;
  switch (status) {
    case 'awaiting_approval':
      return undefined;
    case 'pending':
      return isAsked(run) ? underWay : undefined;
    case 'broker_withdrawal_initiated':
      return waiting_for === 'broker_approval' && !run.busy ? undefined : underWay;
    case 'broker_withdrawal_complete':
    case 'on_ramp_complete':
      return isAsked(run) || waiting_for === null || waiting_for === 'review' ? underWay : undefined;
    case 'complete':
    case 'failed':
      return { code: 'withdrawal_over', detail: `This withdrawal has ended already: it is ${status}.` };
    default:
      return underWay;
  }
}

const isOnItsWayBack = ({ status, refund_reason }: WithdrawalFacts) =>
  status === 'canceled' || status === 'refunded' || refund_reason !== null;

/** Cancels where that is still possible. Whoever asks hears how it ended, or that it was too late. */
export async function cancel(run: WithdrawalRun, _wish: CancelWithdrawal): Promise<CancelAnswer> {
  if (!run.isOpen) await condition(() => run.isOpen);
  if (isOnItsWayBack(run.facts)) return { canceled: true, facts: run.facts };
  const refusal = refuseCancel(run);
  if (refusal) return { canceled: false, ...refusal, facts: run.facts };
  run.back = { by: 'customer', reason: 'Canceled by the customer.' };
  run.wake();
  await condition(() => run.back === undefined && !run.busy);
  // The loop drops a wish that came too late.
  if (isOnItsWayBack(run.facts)) return { canceled: true, facts: run.facts };
  return { canceled: false, code: 'withdrawal_under_way', detail: UNDER_WAY, facts: run.facts };
}

/** Whether the question is about a journal that is owed; another one may be open beside it. */
function isOfJournal(run: WithdrawalRun, reason: string | undefined): boolean {
  if (run.facts.owed_journal === null) return false;
  return reason === undefined ? !run.inReview : reason === 'journal_corrected';
}

/** Whether nobody knows if the journal out was made, or the customer's address paid. */
const mayHaveMoved = ({ status, refund_reason, unclear }: WithdrawalFacts): boolean =>
  (status === 'pending' || status === 'on_ramp_complete') && refund_reason === null && unclear.length > 0;

/** Why a decision is not possible now; undefined when it is. */
export function refuseDecision(run: WithdrawalRun, { decision, reason }: ReviewDecision): string | undefined {
  if (!run.isOpen) return 'This withdrawal has not begun yet.';
  const { status, refund_reason } = run.facts;
  switch (decision) {
    case 'retry':
      if (run.inReview || isOfJournal(run, reason)) return undefined;
      return 'This withdrawal does not wait for a retry.';
    case 'refund':
      if (isAsked(run)) return 'It is not known yet whether the last step has happened: retry finds out.';
      if (refund_reason !== null) return 'The money is on its way back already.';
      if (['pending', 'broker_withdrawal_complete', 'on_ramp_complete'].includes(status)) return undefined;
      return `A withdrawal that is ${status.replaceAll('_', ' ')} cannot be refunded from here.`;
    case 'force_complete':
      if (evidenceMessage(run.facts, { decision, evidence: {} })) return undefined;
      return `A withdrawal that is ${status.replaceAll('_', ' ')} has no step to complete by hand.`;
    case 'force_fail':
      if (run.inReview && !run.busy && mayHaveMoved(run.facts)) return undefined;
      return 'There is no journal or transfer of which it is not known whether it was made.';
    case 'close':
      if (isOfJournal(run, reason)) {
        return isAsked(run)
          ? 'It is not known yet whether the journal was made again: only retry finds out.'
          : undefined;
      }
      if (!run.inReview) return undefined;
      return 'This withdrawal waits for this decision: closing the review would leave it waiting.';
    default:
      return 'A withdrawal takes retry, refund, force_complete, force_fail or close.';
  }
}

/** The company's word that a person gives in its place, on evidence. */
function evidenceMessage(
  facts: WithdrawalFacts,
  { review_id, evidence = {} }: Partial<ReviewDecision>,
): WithdrawalMessage | undefined {
  const review = review_id ? { review_id } : {};
  const hash = evidence.tx_hash ? { tx_hash: evidence.tx_hash } : {};
  const isRefund = facts.refund_reason !== null && facts.refund_ref !== null;
  if (facts.status === 'broker_withdrawal_initiated' || isRefund) {
    const known = isRefund ? facts.refund_ref : facts.broker_withdrawal_ref;
    const reference = evidence.alpaca_journal_id ?? known ?? '';
    return { source: 'alpaca.journal', state: 'executed', reference, ...review };
  }
  if (facts.status === 'on_ramp_initiated') {
    const reference = facts.circle_on_ramp_ref ?? '';
    const amount = facts.net_usd;
    return { source: 'mint.transfer', state: 'complete', reference, amount, ...hash, ...review };
  }
  if (facts.status === 'transfer_initiated') {
    const reference = facts.circle_transfer_ref ?? '';
    return { source: 'circle.outbound', state: 'complete', reference, ...hash, ...review };
  }
  return undefined;
}

/** Records the decision once, then puts down what it wishes. */
export async function decide(run: WithdrawalRun, decision: ReviewDecision): Promise<{ accepted: boolean }> {
  const ofJournal = isOfJournal(run, decision.reason);
  const accepted = await database.recordReviewDecision(decision);
  if (!accepted) return { accepted };
  switch (decision.decision) {
    case 'retry':
      if (ofJournal) run.repeatJournal = true;
      else run.retry = decision.reason ?? run.askedFor;
      break;
    case 'force_fail':
      run.neverMade = true;
      break;
    case 'refund':
      run.back = { by: 'support', reason: `Decided by a person: ${decision.note}` };
      break;
    case 'force_complete': {
      const message = evidenceMessage(run.facts, decision);
      if (message) run.inbox.receive(message);
      break;
    }
    default:
      if (ofJournal) run.closed = true;
      run.answered();
  }
  run.wake();
  return { accepted };
}
