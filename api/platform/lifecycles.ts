/** One lifecycle in full, for the person who must answer "where is this customer's money?". */
import { z } from 'zod';
import { findLifecycle } from '../../db/platform/lifecycle-queries.ts';
import { LIFECYCLES, type LifecycleName } from '../../domain/lifecycles.ts';
import { isFinalState, lifecycleWords, lifecycleWorkflow } from '../../domain/platform/lifecycle-words.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import type { ApiDeps } from '../deps.ts';
import { uuid } from '../fields.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

const NAMES = Object.keys(LIFECYCLES) as [LifecycleName, ...LifecycleName[]];
const record = z.record(z.string(), z.unknown());

const lifecycleSchema = z
  .strictObject({
    kind: z.enum(NAMES),
    id: z.uuid(),
    user_id: z.uuid().nullable().describe('Null where no customer is concerned.'),
    status: z.string(),
    final: z.boolean(),
    why: z.string().describe('What is happening and what comes next.'),
    waits_for: z.string().describe('Who must act.'),
    customer_message: z.string(),
    workflow_id: z.string(),
    workflow_url: z.string().nullable().describe('The workflow in the Temporal Web UI.'),
    row: record.describe('The row without personal fields.'),
    events: z.array(record),
    operations: z.array(record).describe('Effects at providers: the answer to "did we pay?".'),
    reviews: z.array(record),
    ledger: z.array(record).describe('Postings; amounts in smallest units (1e-6), debit positive.'),
  })
  .meta({ id: 'Lifecycle' });

/** Address of a workflow in the Temporal Web UI; null where there is none. */
export function workflowUrl(deps: ApiDeps, id: string): string | null {
  return deps.temporalUi === undefined ? null : `${deps.temporalUi}/workflows/${encodeURIComponent(id)}`;
}

const getLifecycle = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/lifecycles/:kind/:id',
    operationId: 'getLifecycle',
    tag: 'admin',
    summary: 'Everything known of one lifecycle',
    access: STAFF_ROLES,
    params: z.strictObject({ kind: z.enum(NAMES), id: uuid }),
    responses: {
      200: { description: 'Row, events, provider operations, reviews, ledger.', schema: lifecycleSchema },
    },
    problems: ['not_found'],
  },
  async ({ params: { kind, id } }, deps) => {
    const found = await findLifecycle(deps.database, kind, id);
    if (!found) throw new ProblemError('not_found');
    const words = lifecycleWords(kind, found.status, (found.row.waiting_for ?? null) as string | null);
    const workflow = lifecycleWorkflow(kind, id, found.user_id);
    return {
      status: 200,
      body: {
        kind,
        id,
        user_id: found.user_id,
        status: found.status,
        final: isFinalState(kind, found.status),
        why: words.support,
        waits_for: words.waitsFor,
        customer_message: words.customer,
        workflow_id: workflow,
        workflow_url: workflowUrl(deps, workflow),
        row: found.row,
        events: found.events,
        operations: found.operations,
        reviews: found.reviews,
        ledger: found.ledger,
      },
    };
  },
);

export const lifecycleRoutes = [getLifecycle];
