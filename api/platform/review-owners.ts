/** Who takes care of a review: claim, release, assign. */
import { z } from 'zod';
import { ownReview } from '../../db/platform/review-decision.ts';
import { findReview } from '../../db/platform/review-queries.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import type { ApiDeps } from '../deps.ts';
import { uuid } from '../fields.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute, type Reply } from '../route.ts';
import { presentReview, reviewSchema } from './review-schema.ts';

const params = z.strictObject({ review_id: uuid });
const responses = { 200: { description: 'The review as it is now.', schema: reviewSchema } };

async function own(
  deps: ApiDeps,
  change: { reviewId: string; ownerId: string | null; by: string; requestId: string },
): Promise<Reply> {
  const outcome = await ownReview(deps.database, change);
  if (outcome === 'decided') throw new ProblemError('review_closed');
  if (outcome === 'owned') throw new ProblemError('review_owned');
  if (outcome === 'not_staff') {
    throw new ProblemError(
      'decision_refused',
      'A review can be owned by active support staff and administrators.',
    );
  }
  const row = outcome === 'done' ? await findReview(deps.database, change.reviewId) : undefined;
  if (!row) throw new ProblemError('not_found');
  return { status: 200, body: presentReview(row) };
}

const claimReview = defineRoute(
  {
    method: 'POST',
    path: '/v1/admin/reviews/:review_id/claim',
    operationId: 'claimReview',
    tag: 'admin',
    summary: 'Take a review over',
    description: 'The caller owns it from now on. What somebody else owns only an administrator takes over.',
    access: STAFF_ROLES,
    params,
    responses,
    problems: ['not_found', 'review_closed', 'review_owned', 'decision_refused'],
  },
  ({ params: { review_id }, caller, requestId }, deps) =>
    own(deps, { reviewId: review_id, ownerId: caller.userId, by: caller.userId, requestId }),
);

const releaseReview = defineRoute(
  {
    method: 'POST',
    path: '/v1/admin/reviews/:review_id/release',
    operationId: 'releaseReview',
    tag: 'admin',
    summary: 'Give a review back to the queue',
    access: STAFF_ROLES,
    params,
    responses,
    problems: ['not_found', 'review_closed', 'review_owned'],
  },
  ({ params: { review_id }, caller, requestId }, deps) =>
    own(deps, { reviewId: review_id, ownerId: null, by: caller.userId, requestId }),
);

const assignReview = defineRoute(
  {
    method: 'POST',
    path: '/v1/admin/reviews/:review_id/assignment',
    operationId: 'assignReview',
    tag: 'admin',
    summary: 'Give a review to somebody',
    access: ['admin'],
    params,
    body: z.strictObject({ owner_id: uuid.describe('A member of staff.') }).meta({ id: 'ReviewAssignment' }),
    responses,
    problems: ['not_found', 'review_closed', 'review_owned', 'decision_refused'],
  },
  ({ params: { review_id }, body, caller, requestId }, deps) =>
    own(deps, { reviewId: review_id, ownerId: body.owner_id, by: caller.userId, requestId }),
);

export const reviewOwnerRoutes = [claimReview, releaseReview, assignReview];
