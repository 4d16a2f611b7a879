/** What the API asks of whoever waits for a review; wired to Temporal by server.ts. */
import type { ReviewDecisionName, ReviewEvidence } from '../../domain/platform/review.ts';

export interface ReviewDecisionRequest {
  readonly reviewId: string;
  readonly decision: ReviewDecisionName;
  readonly note: string;
  readonly decidedBy: string;
  readonly requestId: string;
  /** The same for every repetition of one request. */
  readonly operationId: string;
  readonly evidence?: ReviewEvidence;
  /** Of a decision by two: who asked for it. */
  readonly requestedBy?: string;
}

export interface ReviewPort {
  /**
   * Decides a review and wakes the lifecycle that waits for it. Idempotent by `operationId`.
   * @returns `decided`, `already_decided` (by another request), or `not_found`.
   */
  decide(decision: ReviewDecisionRequest): Promise<'decided' | 'already_decided' | 'not_found'>;
}
