/** Deciding a review, alone or as two persons. */
import { z } from 'zod';
import { proposeReview } from '../../db/platform/review-decision.ts';
import { findReview, type ReviewRow } from '../../db/platform/review-queries.ts';
import {
  NEEDS_SECOND_PERSON,
  REVIEW_DECISIONS,
  type ReviewDecisionName,
  type ReviewEvidence,
} from '../../domain/platform/review.ts';
import { decisionMisfit } from '../../domain/platform/review-rules.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import type { ApiDeps } from '../deps.ts';
import { line, uuid } from '../fields.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute, type Reply } from '../route.ts';
import type { ReviewDecisionRequest } from './review-port.ts';
import { evidenceSchema, presentReview, reviewSchema } from './review-schema.ts';

const params = z.strictObject({ review_id: uuid });

async function existing(deps: ApiDeps, reviewId: string): Promise<ReviewRow> {
  const row = await findReview(deps.database, reviewId);
  if (!row) throw new ProblemError('not_found');
  return row;
}

async function decide(deps: ApiDeps, request: ReviewDecisionRequest): Promise<Reply> {
  const outcome = await deps.reviews.decide(request);
  if (outcome === 'already_decided') throw new ProblemError('review_closed');
  if (outcome === 'not_found') throw new ProblemError('not_found');
  return { status: 200, body: presentReview(await existing(deps, request.reviewId)) };
}

const decideReview = defineRoute(
  {
    method: 'POST',
    path: '/v1/admin/reviews/:review_id/decision',
    operationId: 'decideReview',
    tag: 'admin',
    summary: 'Decide a review',
    description:
      'Wakes the lifecycle that waits for it. Decided once; written to the audit log. The review says which ' +
      'decisions it takes and which evidence they need. force_complete and force_fail are only asked for here: they ' +
      'count when another person confirms them.',
    access: STAFF_ROLES,
    params,
    body: z
      .strictObject({
        decision: z
          .enum(REVIEW_DECISIONS)
          .describe(
            'retry: take the step again. refund: the money goes back to where it came from. force_complete: the ' +
              'step counts as done, on evidence. force_fail: it counts as never taken, on evidence. close: dealt ' +
              'with; the lifecycle waits on or is over. reject: it ends. ask_correction: the customer corrects the ' +
              'application.',
          ),
        note: line(3, 1000).describe('Why. No personal data.'),
        evidence: evidenceSchema.optional(),
      })
      .meta({ id: 'ReviewDecision' }),
    responses: {
      200: { description: 'The decided review.', schema: reviewSchema },
      202: { description: 'Asked for: another person has to confirm it.', schema: reviewSchema },
    },
    problems: ['not_found', 'review_closed', 'decision_refused'],
  },
  async (input, deps) => {
    const { review_id } = input.params;
    const { decision, note, evidence = {} } = input.body;
    const review = await existing(deps, review_id);
    const misfit = decisionMisfit(review, decision, evidence);
    if (misfit && review.decided_at === null) throw new ProblemError('decision_refused', misfit);
    if (!NEEDS_SECOND_PERSON.includes(decision) || review.decided_at !== null) {
      return decide(deps, {
        reviewId: review_id,
        ...{ decision, note, evidence },
        decidedBy: input.caller.userId,
        requestId: input.requestId,
        operationId: input.operationId,
      });
    }
    const asked = { decision, note, evidence, by: input.caller.userId, request: input.requestId };
    const outcome = await proposeReview(deps.database, review_id, asked);
    if (outcome === 'decided') throw new ProblemError('review_closed');
    return { status: 202, body: presentReview(await existing(deps, review_id)) };
  },
);

const confirmReview = defineRoute(
  {
    method: 'POST',
    path: '/v1/admin/reviews/:review_id/confirmation',
    operationId: 'confirmReview',
    tag: 'admin',
    summary: 'Confirm what another person decided',
    description:
      'The second of two persons, never the first. Look at the evidence yourself before you confirm.',
    access: STAFF_ROLES,
    params,
    body: z
      .strictObject({ note: line(3, 1000).describe('What you checked. No personal data.') })
      .meta({ id: 'ReviewConfirmation' }),
    responses: { 200: { description: 'The decided review.', schema: reviewSchema } },
    problems: ['not_found', 'review_closed', 'decision_refused', 'second_person_required'],
  },
  async (input, deps) => {
    const review = await existing(deps, input.params.review_id);
    const { proposed_decision, proposed_by, proposed_evidence } = review;
    if (proposed_decision === null || proposed_by === null) {
      throw new ProblemError('decision_refused', 'Nobody has asked for a decision that needs confirming.');
    }
    if (proposed_by === input.caller.userId) throw new ProblemError('second_person_required');
    return decide(deps, {
      reviewId: review.id,
      decision: proposed_decision as ReviewDecisionName,
      note: input.body.note,
      evidence: (proposed_evidence ?? {}) as ReviewEvidence,
      requestedBy: proposed_by,
      decidedBy: input.caller.userId,
      requestId: input.requestId,
      operationId: input.operationId,
    });
  },
);

export const reviewDecisionRoutes = [decideReview, confirmReview];
