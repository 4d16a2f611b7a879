/** What can be said to a wire, and what it answers. */
import { defineSignal, defineUpdate } from '@temporalio/workflow';
import { DECIDE_REVIEW, type ReviewDecision } from '../../domain/platform/review.ts';

/** A company, or our staff, say that something has changed: the wire looks up what. */
export interface WireHint {
  readonly source:
    | 'mint.payout'
    | 'mint.deposit'
    | 'mint.transfer'
    | 'alpaca.transfer'
    | 'circle.outbound'
    | 'staff.released'
    | 'wish';
  readonly event_id?: string;
}

/** What both companies say when they are asked. */
export interface WireNews {
  readonly source: 'wire.look_up';
  readonly event_id?: string;
  readonly state: 'sent' | 'arrived' | 'failed' | 'returned' | 'unknown';
  /** The company's words: an error code, a reason, or a word that we do not know. */
  readonly detail: string | null;
  readonly tracking_ref: string | null;
  readonly arrival_ref: string | null;
  /** What the other end credited, decimal string. */
  readonly arrived_usd: string | null;
}

export type WireMessage = WireHint | WireNews;

/** What starts a wire: its row is there already. */
export interface WireInput {
  readonly wire_id: string;
}

export interface WireResult {
  readonly status: string;
}

/** One person's word about a wire that needs approval. */
export interface WireVote {
  readonly user_id: string;
  readonly approve: boolean;
  readonly note: string;
  readonly request_id: string;
}

/** Why a vote did not count, or that it did. */
export interface WireVoteAnswer {
  readonly outcome: 'counted' | 'not_waiting' | 'own_request' | 'same_person';
}

/** Somebody calls a wire off. */
export interface WireCancel {
  readonly user_id: string;
  readonly note: string;
  readonly request_id: string;
}

/** A signal, because the sender (a webhook) cannot wait and needs no answer. */
export const wireEvent = defineSignal<[WireMessage]>('providerEvent');

/** An update, because the person must know whether the word counted. */
export const voteOnWire = defineUpdate<WireVoteAnswer, [WireVote]>('voteOnWire');

/** An update, because what is with a bank cannot be called back, and the person must know. */
export const cancelWire = defineUpdate<{ canceled: boolean }, [WireCancel]>('cancelWire');

/** An update, because the person who decides must know that it was taken. */
export const decideWireReview = defineUpdate<{ accepted: boolean }, [ReviewDecision]>(DECIDE_REVIEW);
