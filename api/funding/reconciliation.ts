/** Reconciliation for staff: runs, breaks, who takes care of them, and how they are settled. */
import { z } from 'zod';
import {
  annotateBreak,
  findBreak,
  findRun,
  listBreaks,
  listRuns,
  settleBreak,
} from '../../db/funding/reconciliation-queries.ts';
import { BREAK_KINDS, COUNTER_ACCOUNTS, type CounterAccount } from '../../domain/funding/reconciliation.ts';
import { ASSETS } from '../../domain/money.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import type { ApiDeps } from '../deps.ts';
import { line, uuid } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute, type Reply } from '../route.ts';
import {
  breakDetailSchema,
  breakSchema,
  presentBreak,
  presentBreakDetail,
  presentRun,
  runSchema,
  SHOWN_STATES,
} from './reconciliation-schema.ts';

const RUNS = '/v1/admin/reconciliation/runs';
const BREAKS = '/v1/admin/reconciliation/breaks';
const COUNTERS = Object.keys(COUNTER_ACCOUNTS) as [CounterAccount, ...CounterAccount[]];
const shared = { tag: 'admin', access: STAFF_ROLES } as const;
const note = line(3, 1000).describe('Why. No personal data.');
const breakParams = z.strictObject({ break_id: uuid });
const breakAnswer = { 200: { description: 'The break as it is now.', schema: breakDetailSchema } };

const getRuns = defineRoute(
  {
    ...shared,
    method: 'GET',
    path: RUNS,
    operationId: 'listReconciliationRuns',
    summary: 'Reconciliation runs',
    query: z.strictObject(pageQuery),
    responses: {
      200: { description: 'Newest first.', schema: page(runSchema).meta({ id: 'ReconciliationRunPage' }) },
    },
  },
  async ({ query }, deps) => {
    const rows = await listRuns(deps.database, pageRequest(query));
    return { status: 200, body: pageOf(rows, query.limit, presentRun) };
  },
);

const startRun = defineRoute(
  {
    ...shared,
    method: 'POST',
    path: RUNS,
    operationId: 'startReconciliation',
    summary: 'Compare everything now',
    description:
      'A run also begins every quarter of an hour. While one is at work, this one waits for its turn.',
    responses: { 202: { description: 'The run that was asked for.', schema: runSchema } },
  },
  async ({ operationId, caller, requestId }, deps) => {
    await deps.reconciliation.start({ runId: operationId, requestedBy: caller.userId, requestId });
    return { status: 202, body: await shownRun(deps, operationId) };
  },
);

const getRun = defineRoute(
  {
    ...shared,
    method: 'GET',
    path: `${RUNS}/:run_id`,
    operationId: 'getReconciliationRun',
    summary: 'One reconciliation run',
    params: z.strictObject({ run_id: uuid }),
    responses: { 200: { description: 'The run.', schema: runSchema } },
    problems: ['not_found'],
  },
  async ({ params: { run_id } }, deps) => ({ status: 200, body: await shownRun(deps, run_id) }),
);

async function shownRun(deps: ApiDeps, id: string) {
  const row = await findRun(deps.database, id);
  if (!row) throw new ProblemError('not_found');
  return presentRun(row);
}

const getBreaks = defineRoute(
  {
    ...shared,
    method: 'GET',
    path: BREAKS,
    operationId: 'listReconciliationBreaks',
    summary: "Where our books and the companies' lists differ",
    query: z.strictObject({
      ...pageQuery,
      status: z.enum(SHOWN_STATES).optional(),
      kind: z.enum(BREAK_KINDS).optional(),
      owner_id: uuid.optional(),
      subject_id: uuid.optional(),
    }),
    responses: {
      200: {
        description: 'Newest first.',
        schema: page(breakSchema).meta({ id: 'ReconciliationBreakPage' }),
      },
    },
  },
  async ({ query }, deps) => {
    const { status, kind, owner_id, subject_id } = query;
    const filter = { state: status, kind, ownerId: owner_id, subjectId: subject_id };
    const rows = await listBreaks(deps.database, pageRequest(query), filter);
    return { status: 200, body: pageOf(rows, query.limit, presentBreak) };
  },
);

async function shownBreak(deps: ApiDeps, id: string): Promise<Reply> {
  const row = await findBreak(deps.database, id);
  if (!row) throw new ProblemError('not_found');
  return { status: 200, body: presentBreakDetail(row) };
}

const getBreak = defineRoute(
  {
    ...shared,
    method: 'GET',
    path: `${BREAKS}/:break_id`,
    operationId: 'getReconciliationBreak',
    summary: 'One break with its notes',
    params: breakParams,
    responses: { 200: { description: 'The break.', schema: breakDetailSchema } },
    problems: ['not_found'],
  },
  ({ params: { break_id } }, deps) => shownBreak(deps, break_id),
);

const assignBreak = defineRoute(
  {
    ...shared,
    method: 'POST',
    path: `${BREAKS}/:break_id/assign`,
    operationId: 'assignReconciliationBreak',
    summary: 'Give a break to somebody',
    params: breakParams,
    body: z
      .strictObject({
        owner_id: uuid.nullable().describe('Active support staff or administrators; null: nobody.'),
      })
      .meta({ id: 'ReconciliationAssignment' }),
    responses: breakAnswer,
    problems: ['not_found', 'decision_refused'],
  },
  async ({ params: { break_id }, body, caller, requestId }, deps) => {
    const change = { owner: body.owner_id, person: caller.userId, request_id: requestId };
    const outcome = await annotateBreak(deps.database, break_id, change);
    if (outcome === 'not_staff')
      throw new ProblemError(
        'decision_refused',
        'A break can be owned by active support staff and administrators.',
      );
    return shownBreak(deps, break_id);
  },
);

const noteBreak = defineRoute(
  {
    ...shared,
    method: 'POST',
    path: `${BREAKS}/:break_id/note`,
    operationId: 'noteReconciliationBreak',
    summary: 'Write a note to a break',
    params: breakParams,
    body: z.strictObject({ note }).meta({ id: 'ReconciliationNote' }),
    responses: breakAnswer,
    problems: ['not_found'],
  },
  async ({ params: { break_id }, body, caller, requestId }, deps) => {
    await annotateBreak(deps.database, break_id, {
      note: body.note,
      person: caller.userId,
      request_id: requestId,
    });
    return shownBreak(deps, break_id);
  },
);

const REFUSED: Readonly<Record<string, string>> = {
  not_open: 'This break is settled already.',
  differs: 'Somebody proposed another settlement; withdraw that one first.',
  nothing_to_post: 'No money differs here: only an explanation can settle it.',
};

const resolveBreak = defineRoute(
  {
    ...shared,
    method: 'POST',
    path: `${BREAKS}/:break_id/resolve`,
    operationId: 'resolveReconciliationBreak',
    summary: 'Settle a break',
    description:
      'The first call proposes; a second person who sends the same settles it. `posting`: our mirror account ' +
      'comes to show what the company says, and the counter account takes the other side. `explanation`: it is ' +
      'right as it is, for as long as the difference stays the same. `withdrawal`: the proposal is taken back.',
    params: breakParams,
    body: z
      .discriminatedUnion('by', [
        z.strictObject({
          by: z.literal('posting'),
          counter: z.enum(COUNTERS).describe('suspense: not understood yet. company: our own money.'),
          note,
        }),
        z.strictObject({ by: z.literal('explanation'), note }),
        z.strictObject({ by: z.literal('withdrawal'), note }),
      ])
      .meta({ id: 'ReconciliationSettlement' }),
    responses: breakAnswer,
    problems: ['not_found', 'decision_refused', 'second_person_required'],
  },
  async ({ params: { break_id }, body, caller, requestId }, deps) => {
    const counters = body.by === 'posting' ? COUNTER_ACCOUNTS[body.counter] : undefined;
    const outcome = await settleBreak(deps.database, break_id, {
      ...body,
      ...(counters && { counters: { [ASSETS.USD]: counters.USD, [ASSETS.USDC]: counters.USDC } }),
      person: caller.userId,
      request_id: requestId,
    });
    if (outcome === 'second_person') throw new ProblemError('second_person_required');
    const refused = REFUSED[outcome];
    if (refused) throw new ProblemError('decision_refused', refused);
    return shownBreak(deps, break_id);
  },
);

export const reconciliationRoutes = [
  getRuns,
  startRun,
  getRun,
  getBreaks,
  getBreak,
  assignBreak,
  noteBreak,
  resolveBreak,
];
