/** What can be said to an onboarding, and what it answers. Ids and ciphertext travel, never personal data. */
import { defineSignal, defineUpdate } from '@temporalio/workflow';
import { DECIDE_REVIEW, type ReviewDecision } from '../../domain/platform/review.ts';

/** Alpaca's word about the customer's account. It is a hint to look: what counts is what the look-up finds. */
export interface AccountMessage {
  readonly source: 'alpaca.account';
  readonly event_id?: string;
  readonly state: string;
  readonly reference: string;
}

/** What starts an onboarding; everything else it learns from the first message and the database. */
export interface OnboardingInput {
  readonly user_id: string;
  /** Set when a run continues another one. */
  readonly continued?: {
    readonly look_ups: number;
    readonly waited_seconds: number;
    readonly inbound: readonly string[];
  };
}

export interface OnboardingResult {
  readonly status: string;
}

/** An application, sealed with the customer's own key: erasing that key makes it unreadable, in history as well. */
export interface SubmitApplication {
  /** The same for every repetition of one request. */
  readonly operation_id: string;
  /** Hexadecimal. */
  readonly sealed_application: string;
}

/** A document that lies sealed in the database. */
export interface UploadDocument {
  readonly document_id: string;
}

/** Whether a request was taken; `status` is the application's state after it. */
export interface OnboardingAnswer {
  readonly accepted: boolean;
  readonly status: string;
}

/** A signal, because the sender (an event stream) cannot wait and needs no answer. */
export const accountEvent = defineSignal<[AccountMessage]>('providerEvent');

/** An update, because the customer must know that the application was taken. */
export const submitApplication = defineUpdate<OnboardingAnswer, [SubmitApplication]>('submitApplication');

/** An update, because the customer must know whether the document was wanted. */
export const uploadDocument = defineUpdate<OnboardingAnswer, [UploadDocument]>('uploadDocument');

/** An update, because the person who decides must know that it was taken. */
export const decideOnboardingReview = defineUpdate<{ accepted: boolean }, [ReviewDecision]>(DECIDE_REVIEW);
