/** What people do about a review: own it, ask for a decision, decide. Each is written once, and audited. */
import type { ReviewDecision, ReviewDecisionName, ReviewEvidence } from '../../domain/platform/review.ts';
import type { Database } from '../client.ts';

/**
 * False when the review was decided before.
 * @throws {DatabaseError} SL006 when the decision needs a second person and there is none.
 */
export async function decideReview(database: Database, decision: ReviewDecision): Promise<boolean> {
  const [row] = await database.query<{ decided: boolean }>(
    'select decide_review($1, $2, $3, $4, $5, $6) as decided',
    [
      decision.review_id,
      decision.decision,
      decision.decided_by,
      decision.note,
      decision.request_id,
      decision.evidence ? JSON.stringify(decision.evidence) : null,
    ],
  );
  return row?.decided ?? false;
}

/** The first of two persons asks for a decision. */
export async function proposeReview(
  database: Database,
  reviewId: string,
  request: {
    readonly decision: ReviewDecisionName;
    readonly by: string;
    readonly note: string;
    readonly evidence: ReviewEvidence;
    readonly request: string;
  },
): Promise<'proposed' | 'not_found' | 'decided'> {
  return answer(database, 'select propose_review($1, $2) as answer', [reviewId, JSON.stringify(request)]);
}

/** Gives a review an owner; null takes it away. */
export async function ownReview(
  database: Database,
  change: {
    readonly reviewId: string;
    readonly ownerId: string | null;
    readonly by: string;
    readonly requestId: string;
  },
): Promise<'done' | 'not_found' | 'decided' | 'owned' | 'not_staff'> {
  const values = [change.reviewId, change.ownerId, change.by, change.requestId];
  return answer(database, 'select own_review($1, $2, $3, $4) as answer', values);
}

/** Raises what is overdue; answers how many were raised. */
export async function escalateReviews(
  database: Database,
  policy: { readonly everySeconds: number; readonly topLevel: number; readonly limit: number },
): Promise<number> {
  return answer(database, 'select escalate_reviews($1, $2, $3) as answer', [
    policy.everySeconds,
    policy.topLevel,
    policy.limit,
  ]);
}

async function answer<T>(database: Database, text: string, values: unknown[]): Promise<T> {
  const [row] = await database.query<{ answer: T }>(text, values);
  if (!row) throw new Error('the database answered nothing about the review');
  return row.answer;
}
