/** The clock of reviews: what nobody has decided in time is raised, and staff are told. */
import type { ReviewEscalationActivities } from '../../activities/platform/review-escalation.ts';
import { showCard } from '../runtime/card.ts';
import { databaseSteps } from '../runtime/proxies.ts';

const { escalateOverdueReviews } = databaseSteps<ReviewEscalationActivities>({
  escalateOverdueReviews: 'Raise what is overdue and tell staff',
});

/** One round; a schedule starts it every minute. */
export async function reviewEscalation(): Promise<{ raised: number }> {
  const raised = await escalateOverdueReviews();
  showCard(
    raised === 0
      ? 'No review became overdue in this round. Who must act: nobody.'
      : `Raised **${raised}** overdue reviews. Who must act: **support**, see \`/v1/admin/review-queue\`.`,
  );
  return { raised };
}
