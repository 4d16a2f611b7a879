/** When a review that nobody decides is raised; read from the settings at each round. */

export interface ReviewPolicy {
  /** Time between two levels, after the due time has raised the first. */
  readonly escalateEverySeconds: number;
  /** Where it stays: 2 is all of support, 3 the administrators. */
  readonly topLevel: number;
}

const DEFAULT_REVIEW_POLICY: ReviewPolicy = { escalateEverySeconds: 4 * 3600, topLevel: 3 };

/** The policy with what the settings say instead of the defaults; malformed entries are ignored. */
export function reviewPolicy(stored: Partial<ReviewPolicy> | null | undefined): ReviewPolicy {
  const { escalateEverySeconds, topLevel } = { ...DEFAULT_REVIEW_POLICY, ...stored };
  const isSeconds = Number.isFinite(escalateEverySeconds) && escalateEverySeconds >= 0;
  const isLevel = Number.isInteger(topLevel) && topLevel >= 1;
  return {
    escalateEverySeconds: isSeconds ? escalateEverySeconds : DEFAULT_REVIEW_POLICY.escalateEverySeconds,
    topLevel: isLevel ? topLevel : DEFAULT_REVIEW_POLICY.topLevel,
  };
}
