/** Decides reviews: the lifecycle that waits for one records it; where none runs, the database does. */
import { type Client, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import type { Database } from '../../db/client.ts';
import { decideReview } from '../../db/platform/review-decision.ts';
import { findReview } from '../../db/platform/review-queries.ts';
import { type WorkflowKind, workflowId } from '../../domain/ids.ts';
import { DECIDE_REVIEW, type ReviewDecision, type ReviewDecisionName } from '../../domain/platform/review.ts';
import { tellAddress } from '../../temporal/start-address.ts';
import { ProblemError } from '../problem.ts';
import type { ReviewPort } from './review-port.ts';

/** Lifecycles whose workflow takes decisions, by the name that reviews carry. */
const TAKES_DECISIONS: Readonly<Record<string, WorkflowKind>> = {
  deposit: 'deposit',
  withdrawal: 'withdrawal',
  kyc: 'onboarding',
  wallet: 'onboarding',
  wire: 'wire',
};
/** What the database can record alone; anything else is for a lifecycle to do. */
const NEEDS_NOBODY: readonly ReviewDecisionName[] = ['retry', 'close'];

/** The port that server.ts hands to the routes. */
export function createReviewGateway(database: Database, temporal: Client, taskQueue: string): ReviewPort {
  return {
    decide: async (request) => {
      const { reviewId, decision, note, decidedBy, requestId, operationId, evidence, requestedBy } = request;
      const review = await findReview(database, reviewId);
      if (!review) return 'not_found';
      if (review.decided_at !== null) return review.decision === decision ? 'decided' : 'already_decided';
      const words: ReviewDecision = {
        review_id: reviewId,
        decision,
        decided_by: decidedBy,
        note,
        request_id: requestId,
        reason: review.reason,
        ...(evidence && { evidence }),
        ...(requestedBy && { requested_by: requestedBy }),
      };
      if (review.lifecycle === 'address') {
        // A blocked address has no workflow: the decision begins a run that acts upon it.
        const of = { id: review.subject_id, decision: words, updateId: operationId };
        return (await tellAddress(temporal, taskQueue, of)).accepted ? 'decided' : 'already_decided';
      }
      const kind = TAKES_DECISIONS[review.lifecycle];
      const told = kind
        ? // A wallet is made by the onboarding of its customer.
          await tell(
            temporal,
            workflowId(kind, review.lifecycle === 'wallet' ? (review.user_id ?? '') : review.subject_id),
            words,
            operationId,
          )
        : null;
      if (told === null && !NEEDS_NOBODY.includes(decision)) {
        throw new ProblemError('decision_refused', 'Nothing runs that could act upon this decision.');
      }
      const accepted = told ?? (await decideReview(database, words));
      return accepted ? 'decided' : 'already_decided';
    },
  };
}

/** Whether the lifecycle took the decision; null when none runs. */
async function tell(
  temporal: Client,
  id: string,
  decision: ReviewDecision,
  operationId: string,
): Promise<boolean | null> {
  try {
    const handle = temporal.workflow.getHandle(id);
    const { accepted } = await handle.executeUpdate<{ accepted: boolean }, [ReviewDecision]>(DECIDE_REVIEW, {
      args: [decision],
      ...(operationId && { updateId: operationId }),
    });
    return accepted;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    if (error instanceof WorkflowUpdateFailedError) {
      const reason =
        error.cause instanceof Error ? error.cause.message : 'The lifecycle does not take this decision.';
      throw new ProblemError('decision_refused', reason);
    }
    throw error;
  }
}
