/** Reviews: what a person must decide. */
import { z } from 'zod';
import { findReview, listReviews, type ReviewRow } from '../../db/platform/review-queries.ts';
import { LIFECYCLES, type LifecycleName } from '../../domain/lifecycles.ts';
import { REVIEW_DECISIONS } from '../../domain/platform/review.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import { isoTime, isoTimeOrNull, line, timestamp, uuid } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

const NAMES = Object.keys(LIFECYCLES) as [LifecycleName, ...LifecycleName[]];

const reviewSchema = z
  .strictObject({
    id: z.uuid(),
    lifecycle: z.string(),
    subject_id: z.uuid(),
    user_id: z.uuid().nullable(),
    reason: z.string(),
    detail: z.string(),
    evidence: z.unknown(),
    opened_at: timestamp,
    due_at: timestamp,
    owner_id: z.uuid().nullable(),
    decision: z.string().nullable(),
    decided_by: z.uuid().nullable(),
    decided_at: timestamp.nullable(),
    decision_note: z.string().nullable(),
  })
  .meta({ id: 'Review' });

function present(row: ReviewRow): z.infer<typeof reviewSchema> {
  const { cursor_at: _place, ...rest } = row;
  return {
    ...rest,
    opened_at: isoTime(row.opened_at),
    due_at: isoTime(row.due_at),
    decided_at: isoTimeOrNull(row.decided_at),
  };
}

const getReviews = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/reviews',
    operationId: 'listReviews',
    tag: 'admin',
    summary: 'Reviews',
    access: STAFF_ROLES,
    query: z.strictObject({
      ...pageQuery,
      state: z.enum(['open', 'decided']).optional(),
      lifecycle: z.enum(NAMES).optional(),
      user_id: uuid.optional(),
    }),
    responses: {
      200: { description: 'Newest first.', schema: page(reviewSchema).meta({ id: 'ReviewPage' }) },
    },
  },
  async ({ query }, deps) => {
    const open = query.state === undefined ? undefined : query.state === 'open';
    const filter = { open, lifecycle: query.lifecycle, userId: query.user_id };
    const rows = await listReviews(deps.database, pageRequest(query), filter);
    return { status: 200, body: pageOf(rows, query.limit, present) };
  },
);

const params = z.strictObject({ review_id: uuid });

const getReview = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/reviews/:review_id',
    operationId: 'getReview',
    tag: 'admin',
    summary: 'One review',
    access: STAFF_ROLES,
    params,
    responses: { 200: { description: 'The review.', schema: reviewSchema } },
    problems: ['not_found'],
  },
  async ({ params: { review_id } }, deps) => {
    const row = await findReview(deps.database, review_id);
    if (!row) throw new ProblemError('not_found');
    return { status: 200, body: present(row) };
  },
);

const decideReview = defineRoute(
  {
    method: 'POST',
    path: '/v1/admin/reviews/:review_id/decision',
    operationId: 'decideReview',
    tag: 'admin',
    summary: 'Decide a review',
    description: 'Wakes the lifecycle that waits for it. Decided once; written to the audit log.',
    access: STAFF_ROLES,
    params,
    body: z
      .strictObject({
        decision: z
          .enum(REVIEW_DECISIONS)
          .describe(
            'retry: take the step again. close: dealt with; the lifecycle waits on or is over. For applications ' +
              'also ask_correction: the customer corrects it; reject: it ends.',
          ),
        note: line(3, 1000).describe('Why. No personal data.'),
      })
      .meta({ id: 'ReviewDecision' }),
    responses: { 200: { description: 'The decided review.', schema: reviewSchema } },
    problems: ['not_found', 'review_closed', 'decision_refused'],
  },
  async (input, deps) => {
    const { review_id } = input.params;
    const outcome = await deps.reviews.decide({
      reviewId: review_id,
      decision: input.body.decision,
      note: input.body.note,
      decidedBy: input.caller.userId,
      requestId: input.requestId,
      operationId: input.operationId,
    });
    if (outcome === 'already_decided') throw new ProblemError('review_closed');
    const row = outcome === 'decided' ? await findReview(deps.database, review_id) : undefined;
    if (!row) throw new ProblemError('not_found');
    return { status: 200, body: present(row) };
  },
);

export const reviewRoutes = [getReviews, getReview, decideReview];
