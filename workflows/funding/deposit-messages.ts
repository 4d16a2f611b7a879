/** What can be said to a deposit, and what it answers. */
import { defineSignal, defineUpdate } from '@temporalio/workflow';
import { DECIDE_REVIEW, type ReviewDecision } from '../../domain/platform/review.ts';

/** Circle's word about the transfer into the customer's wallet. */
export interface InboundTransferMessage {
  readonly source: 'circle.inbound';
  readonly event_id?: string;
  readonly state: string;
  readonly circle_transaction_id: string;
  readonly circle_wallet_id: string;
  /** `USDC`, or the id of the token that it is instead. */
  readonly token: string;
  /** Decimal string in token units. */
  readonly amount: string;
  readonly tx_hash?: string;
  readonly source_address?: string;
}

/** Circle's word about our transfer from the wallet to Mint. */
export interface OutboundTransferMessage {
  readonly source: 'circle.outbound';
  readonly event_id?: string;
  readonly state: string;
  readonly reference: string;
  readonly tx_hash?: string;
  readonly error_reason?: string;
}

/** Mint's word about what reached our deposit address. */
export interface MintTransferMessage {
  readonly source: 'mint.transfer';
  readonly event_id?: string;
  /** Set where two persons vouch for it in Mint's place: their review. */
  readonly forced_by_review?: string;
  readonly state: string;
  readonly reference: string;
  readonly tx_hash?: string;
  /** Dollars, decimal string. */
  readonly amount: string;
  readonly error_reason?: string;
}

/** Alpaca's word about the journal that funds the customer. */
export interface JournalMessage {
  readonly source: 'alpaca.journal';
  readonly event_id?: string;
  /** Set where two persons vouch for it in Alpaca's place: their review. */
  readonly forced_by_review?: string;
  readonly state: string;
  readonly reference: string;
}

/** The treasury's word that float is there again. */
export interface FloatMessage {
  readonly source: 'treasury.float';
  readonly event_id?: string;
}

/** Our people's word that a switch is on again. */
export interface ReleasedMessage {
  readonly source: 'staff.released';
  readonly event_id?: string;
}

export type DepositMessage =
  | InboundTransferMessage
  | OutboundTransferMessage
  | MintTransferMessage
  | JournalMessage
  | FloatMessage
  | ReleasedMessage;

/** What starts a deposit; everything else it learns from the first message and the database. */
export interface DepositInput {
  readonly deposit_id: string;
}

export interface DepositResult {
  readonly status: string;
}

/** A signal, because the sender (a webhook) cannot wait and needs no answer. */
export const providerEvent = defineSignal<DepositMessage[]>('providerEvent');

/** An update, because the person who decides must know that it was taken. */
export const decideDepositReview = defineUpdate<{ accepted: boolean }, [ReviewDecision]>(DECIDE_REVIEW);
