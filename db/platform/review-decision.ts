/** The decision of a review: written once, and audited. */
import type { ReviewDecision } from '../../domain/platform/review.ts';
import type { Database } from '../client.ts';

/** False when the review was decided before. */
export async function decideReview(database: Database, decision: ReviewDecision): Promise<boolean> {
  const [row] = await database.query<{ decided: boolean }>(
    'select decide_review($1, $2, $3, $4, $5) as decided',
    [decision.review_id, decision.decision, decision.decided_by, decision.note, decision.request_id],
  );
  return row?.decided ?? false;
}
