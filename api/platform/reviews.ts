/** Reviews: the list, the queue in the order in which they are due, and one of them. */
import { z } from 'zod';
import { findReview, listReviewQueue, listReviews } from '../../db/platform/review-queries.ts';
import { LIFECYCLES, type LifecycleName } from '../../domain/lifecycles.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import { line, uuid } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { presentReview, reviewSchema } from './review-schema.ts';

const NAMES = Object.keys(LIFECYCLES) as [LifecycleName, ...LifecycleName[]];
const pageSchema = page(reviewSchema).meta({ id: 'ReviewPage' });

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
    responses: { 200: { description: 'Newest first.', schema: pageSchema } },
  },
  async ({ query }, deps) => {
    const open = query.state === undefined ? undefined : query.state === 'open';
    const filter = { open, lifecycle: query.lifecycle, userId: query.user_id };
    const rows = await listReviews(deps.database, pageRequest(query), filter);
    return { status: 200, body: pageOf(rows, query.limit, presentReview) };
  },
);

const getQueue = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/review-queue',
    operationId: 'listReviewQueue',
    tag: 'admin',
    summary: 'Open reviews in the order in which they are due',
    access: STAFF_ROLES,
    query: z.strictObject({
      ...pageQuery,
      owner: z.enum(['me', 'nobody']).optional().describe('Only mine, or only those that nobody owns.'),
      overdue: z.enum(['true', 'false']).optional(),
      lifecycle: z.enum(NAMES).optional(),
      reason: line(1, 100).optional(),
    }),
    responses: { 200: { description: 'The one that is due first comes first.', schema: pageSchema } },
  },
  async ({ query, caller }, deps) => {
    const rows = await listReviewQueue(deps.database, pageRequest(query), {
      ...(query.owner !== undefined && { ownerId: query.owner === 'me' ? caller.userId : null }),
      ...(query.overdue !== undefined && { overdue: query.overdue === 'true' }),
      lifecycle: query.lifecycle,
      reason: query.reason,
    });
    return { status: 200, body: pageOf(rows, query.limit, presentReview) };
  },
);

const getReview = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/reviews/:review_id',
    operationId: 'getReview',
    tag: 'admin',
    summary: 'One review',
    access: STAFF_ROLES,
    params: z.strictObject({ review_id: uuid }),
    responses: { 200: { description: 'The review.', schema: reviewSchema } },
    problems: ['not_found'],
  },
  async ({ params: { review_id } }, deps) => {
    const row = await findReview(deps.database, review_id);
    if (!row) throw new ProblemError('not_found');
    return { status: 200, body: presentReview(row) };
  },
);

export const reviewRoutes = [getReviews, getQueue, getReview];
