/** The case page of one customer: where their money is, what was tried, what people decided. */
import { z } from 'zod';
import { type CaseLifecycle, findCase } from '../../db/platform/case-queries.ts';
import { findReviews } from '../../db/platform/review-queries.ts';
import { LIFECYCLES, type LifecycleName } from '../../domain/lifecycles.ts';
import { isFinalState, lifecycleWords, lifecycleWorkflow } from '../../domain/platform/lifecycle-words.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import type { ApiDeps } from '../deps.ts';
import { timestamp, uuid } from '../fields.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { workflowUrl } from './lifecycles.ts';
import { presentReview, reviewSchema } from './review-schema.ts';

const NAMES = Object.keys(LIFECYCLES) as [LifecycleName, ...LifecycleName[]];
const record = z.record(z.string(), z.unknown());

const lifecycleSchema = z.strictObject({
  kind: z.enum(NAMES),
  id: z.uuid(),
  status: z.string(),
  waiting_for: z.string().nullable(),
  final: z.boolean(),
  amount: z.string().nullable(),
  happening: z.string().describe('What is happening and what comes next.'),
  customer_message: z.string(),
  open_reviews: z.int(),
  why_path: z.string().describe('The whole explanation.'),
  workflow_id: z.string(),
  workflow_url: z.string().nullable().describe('The workflow in the Temporal Web UI.'),
  created_at: timestamp,
  updated_at: timestamp,
});

const caseSchema = z
  .strictObject({
    user: record.describe('Ids and states; never who they are.'),
    balances: record,
    accounts: z.array(record).describe('Ledger accounts that are not empty, in smallest units (1e-6).'),
    lifecycles: z.array(lifecycleSchema).describe('The newest 50 of all kinds.'),
    operations: z.array(record).describe('Effects at providers, the newest 50: the answer to "did we pay?".'),
    ledger: z
      .array(record)
      .describe('Ledger transactions of these lifecycles, the newest 50; debit positive.'),
    reviews: z.array(reviewSchema).describe('The newest 50, open and decided.'),
    notices: z.array(record).describe('What the customer was told, the newest 50.'),
    audit: z.array(record).describe('What people did about the user and these lifecycles, the newest 50.'),
  })
  .meta({ id: 'Case' });

function presentLifecycle(
  deps: ApiDeps,
  userId: string,
  row: CaseLifecycle,
): z.infer<typeof lifecycleSchema> {
  const { kind, id, status, waiting_for } = row;
  const words = lifecycleWords(kind, status, waiting_for);
  const workflow = lifecycleWorkflow(kind, id, userId);
  return {
    ...row,
    final: isFinalState(kind, status),
    happening: words.support,
    customer_message: words.customer,
    why_path: `/v1/admin/lifecycles/${id}/why`,
    workflow_id: workflow,
    workflow_url: workflowUrl(deps, workflow),
  };
}

const getCase = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/users/:user_id/case',
    operationId: 'getCase',
    tag: 'admin',
    summary: 'The case page of one customer',
    description:
      'Joins lifecycles, ledger, provider operations, workflows, notices, reviews and audit entries.',
    access: STAFF_ROLES,
    params: z.strictObject({ user_id: uuid }),
    responses: { 200: { description: 'The case.', schema: caseSchema } },
    problems: ['not_found'],
  },
  async ({ params: { user_id } }, deps) => {
    const found = await findCase(deps.database, user_id);
    if (!found) throw new ProblemError('not_found');
    const reviews = await findReviews(
      deps.database,
      found.reviews.map(({ id }) => id),
    );
    return {
      status: 200,
      body: {
        ...found,
        lifecycles: found.lifecycles.map((row) => presentLifecycle(deps, user_id, row)),
        reviews: reviews.map(presentReview),
      },
    };
  },
);

export const caseRoutes = [getCase];
