/** Why a lifecycle stands where it stands, in words that can be read to a customer's face. */
import { z } from 'zod';
import { lifecycleKindOf, whyRecord } from '../../db/platform/why-queries.ts';
import { LIFECYCLES, type LifecycleName } from '../../domain/lifecycles.ts';
import { lifecycleWorkflow } from '../../domain/platform/lifecycle-words.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import { explain } from '../../domain/platform/why.ts';
import { timestamp, uuid } from '../fields.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

const NAMES = Object.keys(LIFECYCLES) as [LifecycleName, ...LifecycleName[]];

const whySchema = z
  .strictObject({
    kind: z.enum(NAMES),
    id: z.uuid(),
    status: z.string(),
    waiting_for: z.string().nullable().describe('Why the state lasts; null when all is usual.'),
    text: z.string().describe('All of it, to be read aloud.'),
    waits_for: z.string().describe('Whom it waits for.'),
    since: timestamp,
    happening: z.string(),
    tried: z.array(z.string()).describe('What was asked of companies with their answers, oldest first.'),
    next: z.string().describe('What happens by itself, and when.'),
    next_look_up_at: timestamp.nullable().describe('When we look by ourselves, about.'),
    deadline_at: timestamp.nullable().describe('When a review opens, or when the open one is due.'),
    who_can_act: z.array(z.string()).describe('Who can act, and how.'),
  })
  .meta({ id: 'Why' });

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
const isoOrNull = (milliseconds: number | null) => (milliseconds === null ? null : iso(milliseconds));

const getWhy = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/lifecycles/:id/why',
    operationId: 'explainLifecycle',
    tag: 'admin',
    summary: 'Why a lifecycle stands where it stands',
    description:
      'Any lifecycle by the id of its record; of an application that is the id of the user. Look-up times follow ' +
      'from the present policy and what is on record, so they are near the truth and not the truth itself.',
    access: STAFF_ROLES,
    params: z.strictObject({ id: uuid }),
    responses: { 200: { description: 'The explanation.', schema: whySchema } },
    problems: ['not_found'],
  },
  async ({ params: { id } }, deps) => {
    const kind = await lifecycleKindOf(deps.database, id);
    const record = kind && (await whyRecord(deps.database, kind, id));
    if (!kind || !record) throw new ProblemError('not_found');
    // Where the engine does not answer, what is on record is the explanation.
    const trouble = await deps.runTrouble(lifecycleWorkflow(kind, id, record.userId)).catch(() => undefined);
    const { next_look_up, deadline, ...why } = explain(record, trouble);
    return {
      status: 200,
      body: {
        ...{ kind, id },
        status: record.status,
        waiting_for: record.waitingFor,
        ...why,
        tried: [...why.tried],
        who_can_act: [...why.who_can_act],
        since: iso(record.since),
        next_look_up_at: isoOrNull(next_look_up),
        deadline_at: isoOrNull(deadline),
      },
    };
  },
);

export const whyRoutes = [getWhy];
