/** What can be said to a withdrawal, and what it answers. */
import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { OpenedWithdrawal, WithdrawalFacts } from '../../domain/funding/withdrawal-facts.ts';
import { DECIDE_REVIEW, type ReviewDecision } from '../../domain/platform/review.ts';
import type {
  FloatMessage,
  JournalMessage,
  MintTransferMessage,
  OutboundTransferMessage,
  ReleasedMessage,
} from './deposit-messages.ts';

/** Something that our own people or the customer said, put where the provider's word is awaited. */
export interface WishMessage {
  readonly source: 'wish';
  readonly event_id?: string;
}

/** A word that a person gave on evidence names the review that it came with. */
type OnEvidence = { readonly review_id?: string };

export type WithdrawalMessage =
  | (JournalMessage & OnEvidence)
  | (MintTransferMessage & OnEvidence)
  | (OutboundTransferMessage & OnEvidence)
  | FloatMessage
  | ReleasedMessage
  | WishMessage;

export interface WithdrawalInput {
  readonly withdrawal_id: string;
}

export interface WithdrawalResult {
  readonly status: string;
}

/** A request as the first database step takes it; money is a decimal string. */
export interface RequestWithdrawal {
  readonly user_id: string;
  readonly chain: string;
  readonly destination_address: string;
  readonly amount_usd: string;
  readonly fee_usd: string;
  readonly address_id?: string;
  readonly [more: string]: unknown;
}

/** The row as it stands after the request, or why there is none. */
export type RequestAnswer =
  | OpenedWithdrawal
  | {
      readonly refused: {
        readonly code: string;
        readonly detail: string;
        readonly [figure: string]: unknown;
      };
    };

/** What a member of staff says about a withdrawal that must be approved. */
export interface ApproveWithdrawal {
  readonly decision: 'approve' | 'reject';
  readonly decided_by: string;
  readonly note: string;
  readonly request_id: string;
  readonly [more: string]: unknown;
}

export interface ApproveAnswer {
  readonly accepted: boolean;
  readonly refused?: { readonly code: string; readonly detail: string; readonly [figure: string]: unknown };
  readonly facts: WithdrawalFacts;
}

/** Who wants the withdrawal canceled; for the record. */
export interface CancelWithdrawal {
  readonly requested_by: string;
  readonly request_id: string;
}

/** `canceled` is true as soon as the money is in the balance again, or on its way back to it. */
export interface CancelAnswer {
  readonly canceled: boolean;
  /** Where it is not: a problem code and a sentence for the customer. */
  readonly code?: 'withdrawal_under_way' | 'withdrawal_over';
  readonly detail?: string;
  readonly facts: WithdrawalFacts;
}

/** A signal, because the sender (a webhook) cannot wait and needs no answer. */
export const withdrawalEvent = defineSignal<[WithdrawalMessage]>('providerEvent');

export const requestWithdrawal = defineUpdate<RequestAnswer, [RequestWithdrawal]>('requestWithdrawal');
export const decideApproval = defineUpdate<ApproveAnswer, [ApproveWithdrawal]>('decideApproval');
export const cancelWithdrawal = defineUpdate<CancelAnswer, [CancelWithdrawal]>('cancelWithdrawal');
export const decideWithdrawalReview = defineUpdate<{ accepted: boolean }, [ReviewDecision]>(DECIDE_REVIEW);
