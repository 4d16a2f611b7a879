/** What a person can decide about a review. */

/**
 * `retry`: the lifecycle takes the step again. `refund`: the money goes back to where it came from.
 * `force_complete`: the step counts as done on written evidence, after a second person has confirmed it.
 * `force_fail`: the step counts as never taken, in the same way.
 * `reject`: an application ends. `close`: the matter is dealt with, and the lifecycle goes on waiting or is over.
 * `ask_correction`: an application that the broker does not have goes back to the customer.
 */
export const REVIEW_DECISIONS = [
  'retry',
  'refund',
  'force_complete',
  'force_fail',
  'reject',
  'close',
  'ask_correction',
] as const;
export type ReviewDecisionName = (typeof REVIEW_DECISIONS)[number];

/** Decisions that one person asks for and another one confirms; the database refuses them otherwise. */
export const NEEDS_SECOND_PERSON: readonly ReviewDecisionName[] = ['force_complete', 'force_fail'];

/** The update that every lifecycle with reviews takes, by this name. */
export const DECIDE_REVIEW = 'decideReview';

/** What a decision rests on: field name to what stands there. Never personal data. */
export type ReviewEvidence = Readonly<Record<string, string>>;

/** A decision on its way to the lifecycle; of a decision by two, the one who confirmed is `decided_by`. */
export interface ReviewDecision {
  readonly review_id: string;
  readonly decision: ReviewDecisionName;
  readonly decided_by: string;
  readonly note: string;
  readonly request_id: string;
  readonly evidence?: ReviewEvidence;
  /** Of a decision by two: who asked for it. */
  readonly requested_by?: string;
  /** What the person was asked: several questions may be open at once. Copies of the API of before do not say it. */
  readonly reason?: string;
}

/** What a person who opens a review must find out, and what they can decide then. */
export interface ReviewRule {
  /** One sentence: what to do. */
  readonly asks: string;
  readonly decisions: readonly ReviewDecisionName[];
  /** Evidence that a decision needs: field to the sentence that says what stands there. */
  readonly evidence?: Readonly<Partial<Record<ReviewDecisionName, Readonly<Record<string, string>>>>>;
}

/** The rules of one lifecycle, by the review's reason. A key that ends in `*` covers reasons that begin so. */
export type ReviewRules = Readonly<Record<string, ReviewRule>>;
