/** What the API asks of whoever waits for a review; wired to Temporal by server.ts. */

export interface ReviewDecision {
  readonly reviewId: string;
  readonly decision: string;
  readonly note: string;
  readonly decidedBy: string;
  readonly requestId: string;
  /** The same for every repetition of one request. */
  readonly operationId: string;
}

export interface ReviewPort {
  /**
   * Decides a review and wakes the lifecycle that waits for it. Idempotent by `operationId`.
   * @returns `decided`, `already_decided` (by another request), or `not_found`.
   */
  decide(decision: ReviewDecision): Promise<'decided' | 'already_decided' | 'not_found'>;
}
