/** What a person can decide about a review. */

/**
 * `retry`: the lifecycle takes the step again. `close`: the matter is dealt with, and the lifecycle goes on
 * waiting or is over; it is refused where the lifecycle waits for this very decision. For applications only:
 * `ask_correction` gives one that the broker does not have back to the customer, `reject` ends one.
 */
export const REVIEW_DECISIONS = ['retry', 'close', 'ask_correction', 'reject'] as const;
export type ReviewDecisionName = (typeof REVIEW_DECISIONS)[number];

/** The update that every lifecycle with reviews takes, by this name. */
export const DECIDE_REVIEW = 'decideReview';

/** A decision on its way to the lifecycle. */
export interface ReviewDecision {
  readonly review_id: string;
  readonly decision: ReviewDecisionName;
  readonly decided_by: string;
  readonly note: string;
  readonly request_id: string;
}
