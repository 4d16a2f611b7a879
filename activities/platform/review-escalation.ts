/** Reviews that nobody has decided in time are raised. */
import type { Database } from '../../db/client.ts';
import { escalateReviews } from '../../db/platform/review-decision.ts';
import { type ReviewPolicy, reviewPolicy } from '../../domain/platform/review-policy.ts';
import { withFailures } from '../failure.ts';

/** More wait for the next round, a minute later. */
const PER_ROUND = 500;

/** The round of the clock of reviews. */
export function createReviewEscalationActivities({ database }: { readonly database: Database }) {
  return withFailures({
    /** Raises what is overdue and tells staff; answers how many reviews were raised. */
    escalateOverdueReviews: async (): Promise<number> => {
      const [row] = await database.query<{ value: Partial<ReviewPolicy> }>(
        "select value from settings where key = 'review_policy'",
      );
      const { escalateEverySeconds, topLevel } = reviewPolicy(row?.value);
      return escalateReviews(database, { everySeconds: escalateEverySeconds, topLevel, limit: PER_ROUND });
    },
  });
}

export type ReviewEscalationActivities = ReturnType<typeof createReviewEscalationActivities>;
