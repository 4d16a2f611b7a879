/** Reviews, as lifecycles write them. */
import type { Database } from '../../db/client.ts';
import { decideReview } from '../../db/platform/review-decision.ts';
import type { ReviewDecision } from '../../domain/platform/review.ts';
import { withFailures } from '../failure.ts';

/** The database step of a decision. */
export function createReviewActivities({ database }: { readonly database: Database }) {
  return withFailures({
    /** Records and audits the decision; false when the review was decided before. */
    recordReviewDecision: (decision: ReviewDecision): Promise<boolean> => decideReview(database, decision),
  });
}

export type ReviewActivities = ReturnType<typeof createReviewActivities>;
