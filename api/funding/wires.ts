/** Wires between our own places: list, one with its history, by hand, approvals, calling off. */
import { z } from 'zod';
import {
  findWire,
  listWires,
  type WireDetailRow,
  type WireRow,
  type WireTimelineRow,
} from '../../db/funding/wire-queries.ts';
import { CHAINS } from '../../domain/funding/chain.ts';
import { isBankWire, WIRE_KINDS, type WireState, wireLifecycle } from '../../domain/funding/wire.ts';
import { wireWords } from '../../domain/funding/wire-facts.ts';
import { isFinal, stateSpec, statesOf } from '../../domain/lifecycle.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import { streamEvents } from '../event-stream.ts';
import { isoTime, isoTimeOrNull, line, timestamp, usd, uuid } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

const STATES = statesOf(wireLifecycle);

const summary = {
  id: z.uuid(),
  kind: z.enum(WIRE_KINDS),
  chain: z.enum(CHAINS).nullable().describe('Of the treasury wallet; null for bank wires.'),
  amount_usd: usd,
  reason: z.string(),
  requested_by: z.uuid().nullable().describe('Null when the treasury wanted it.'),
  approvals_needed: z.int().describe('Beside the person who asked.'),
  approval_expires_at: timestamp.nullable(),
  status: z.enum(STATES),
  waiting_for: z.string().nullable(),
  message: z.string().describe('What is happening and what comes next.'),
  paused_by: z.string().nullable(),
  failure_reason: z.string().nullable(),
  final: z.boolean(),
  sends_at: timestamp.nullable().describe('When the banks open, where it waits for them.'),
  expected_at: timestamp.nullable().describe('When it is expected at the other end.'),
  provider_ref: z.string().nullable().describe("The sending company's id."),
  tracking_ref: z.string().nullable().describe('What stands on the wire, or the hash of its transaction.'),
  arrival_ref: z.string().nullable().describe("The receiving company's id."),
  arrived_usd: usd.nullable(),
  initiated_at: timestamp.nullable(),
  sent_at: timestamp.nullable(),
  completed_at: timestamp.nullable(),
  ended_at: timestamp.nullable(),
  created_at: timestamp,
};
const wireSchema = z.strictObject(summary).meta({ id: 'Wire' });
const entrySchema = z
  .strictObject({
    id: z.string().describe('Grows with time; the event id of the stream.'),
    event: z.string(),
    from_status: z.enum(STATES).nullable(),
    status: z.enum(STATES),
    message: z.string(),
    evidence: z.record(z.string(), z.unknown()),
    at: timestamp,
  })
  .meta({ id: 'WireEvent' });
const approvalSchema = z
  .strictObject({ user_id: z.uuid(), approved: z.boolean(), note: z.string(), at: timestamp })
  .meta({ id: 'WireApproval' });
const detailSchema = z
  .strictObject({ ...summary, approvals: z.array(approvalSchema), timeline: z.array(entrySchema) })
  .meta({ id: 'WireDetail' });

function present(row: WireRow): z.infer<typeof wireSchema> {
  return {
    id: row.id,
    kind: row.kind,
    chain: row.chain,
    amount_usd: row.amount_usd,
    reason: row.reason,
    requested_by: row.requested_by,
    approvals_needed: row.approvals_needed,
    approval_expires_at: isoTimeOrNull(row.approval_expires_at),
    status: row.status,
    waiting_for: row.waiting_for,
    message: wireWords(row.status, row.waiting_for).support,
    paused_by: row.paused_by,
    failure_reason: row.failure_reason,
    final: isFinal(wireLifecycle, row.status),
    sends_at: isoTimeOrNull(row.sends_at),
    expected_at: isoTimeOrNull(row.expected_at),
    provider_ref: row.provider_ref,
    tracking_ref: row.tracking_ref,
    arrival_ref: row.arrival_ref,
    arrived_usd: row.arrived_usd,
    initiated_at: isoTimeOrNull(row.initiated_at),
    sent_at: isoTimeOrNull(row.sent_at),
    completed_at: isoTimeOrNull(row.completed_at),
    ended_at: isoTimeOrNull(row.ended_at),
    created_at: isoTime(row.created_at),
  };
}

function presentEntry(row: WireTimelineRow): z.infer<typeof entrySchema> {
  const status = row.to_state as WireState;
  return {
    id: row.id,
    event: row.event,
    from_status: row.from_state as WireState | null,
    status,
    message: stateSpec(wireLifecycle, status).support,
    evidence: row.evidence,
    at: row.at,
  };
}

function presentDetail(row: WireDetailRow): z.infer<typeof detailSchema> {
  return { ...present(row), approvals: [...row.approvals], timeline: row.timeline.map(presentEntry) };
}

const getWires = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/wires',
    operationId: 'listWires',
    tag: 'admin',
    summary: 'Wires between our own places',
    access: STAFF_ROLES,
    query: z.strictObject({
      ...pageQuery,
      status: z.enum(STATES).optional(),
      kind: z.enum(WIRE_KINDS).optional(),
    }),
    responses: { 200: { description: 'Newest first.', schema: page(wireSchema).meta({ id: 'WirePage' }) } },
  },
  async ({ query }, deps) => {
    const rows = await listWires(deps.database, pageRequest(query), query);
    return { status: 200, body: pageOf(rows, query.limit, present) };
  },
);

const params = z.strictObject({ wire_id: uuid });

const getWire = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/wires/:wire_id',
    operationId: 'getWire',
    tag: 'admin',
    summary: 'One wire with its approvals and its history',
    access: STAFF_ROLES,
    params,
    responses: { 200: { description: 'The wire.', schema: detailSchema } },
    problems: ['not_found'],
  },
  async ({ params: { wire_id } }, deps) => {
    const row = await findWire(deps.database, wire_id);
    if (!row) throw new ProblemError('not_found');
    return { status: 200, body: presentDetail(row) };
  },
);

const streamWire = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/wires/:wire_id/events',
    operationId: 'streamWireEvents',
    tag: 'admin',
    summary: 'A wire as it happens',
    description:
      'Server-sent events named `wire`. Reconnect with Last-Event-ID; after the final event the stream ends.',
    access: STAFF_ROLES,
    params,
    responses: {
      200: { description: 'An event stream.', contentType: 'text/event-stream' },
      204: { description: 'The wire is final and every event was delivered.' },
    },
    problems: ['not_found'],
  },
  async ({ params: { wire_id }, caller, request, response }, deps) =>
    streamEvents(
      request,
      response,
      { name: 'wire', userId: caller.userId, stopping: deps.stopping },
      async (afterId) => {
        const found = await findWire(deps.database, wire_id, afterId);
        if (!found) throw new ProblemError('not_found');
        const events = found.timeline.map((row) => ({ id: row.id, data: presentEntry(row) }));
        return { events, ended: isFinal(wireLifecycle, found.status) };
      },
    ),
);

const requestWire = defineRoute(
  {
    method: 'POST',
    path: '/v1/admin/wires',
    operationId: 'requestWire',
    tag: 'admin',
    summary: 'Ask for a wire by hand',
    description: 'It goes when another person has approved it. Audited.',
    access: ['admin'],
    body: z
      .strictObject({
        kind: z.enum(WIRE_KINDS),
        chain: z.enum(CHAINS).optional().describe('Only for the two kinds that touch a treasury wallet.'),
        amount_usd: z.string().regex(/^(?!0+(\.0+)?$)\d{1,12}\.\d{2}$/, {
          error: 'is not an amount above zero with two decimals',
        }),
        reason: line(3, 500),
      })
      .refine(({ kind, chain }) => isBankWire(kind) === (chain === undefined), {
        path: ['chain'],
        error: 'belongs to transfers from and to a treasury wallet, and only to those',
      })
      .meta({ id: 'WireRequest' }),
    responses: { 201: { description: 'The wire, waiting for approval.', schema: detailSchema } },
  },
  async ({ body, caller, requestId, operationId }, deps) => {
    const id = await deps.wires.request({
      ...{ userId: caller.userId, requestId, operationId },
      ...{ kind: body.kind, chain: body.chain ?? null, amountUsd: body.amount_usd, reason: body.reason },
    });
    const row = await findWire(deps.database, id);
    if (!row) throw new ProblemError('not_found');
    return { status: 201, body: presentDetail(row) };
  },
);

const WHY_NOT = {
  not_waiting: 'This wire does not wait for approval.',
  own_request: 'Another person must approve what you have asked for.',
  same_person: 'You have said your word about this wire already.',
} as const;

const voteOnWire = defineRoute(
  {
    method: 'POST',
    path: '/v1/admin/wires/:wire_id/approvals',
    operationId: 'approveWire',
    tag: 'admin',
    summary: 'Approve or reject a wire',
    description: 'Each person once, and never the one who asked for it. One rejection calls it off. Audited.',
    access: STAFF_ROLES,
    params,
    body: z
      .strictObject({ decision: z.enum(['approve', 'reject']), note: line(3, 500) })
      .meta({ id: 'WireDecision' }),
    responses: { 200: { description: 'The wire as it stands now.', schema: detailSchema } },
    problems: ['not_found', 'decision_refused'],
  },
  async ({ params: { wire_id }, body, caller, requestId, operationId }, deps) => {
    if (!(await findWire(deps.database, wire_id))) throw new ProblemError('not_found');
    const outcome = await deps.wires.vote(wire_id, {
      ...{ userId: caller.userId, requestId, operationId },
      ...{ approve: body.decision === 'approve', note: body.note },
    });
    if (outcome !== 'counted') throw new ProblemError('decision_refused', WHY_NOT[outcome]);
    const row = await findWire(deps.database, wire_id);
    if (!row) throw new ProblemError('not_found');
    return { status: 200, body: presentDetail(row) };
  },
);

const cancelWire = defineRoute(
  {
    method: 'POST',
    path: '/v1/admin/wires/:wire_id/cancel',
    operationId: 'cancelWire',
    tag: 'admin',
    summary: 'Call off a wire that has not been ordered',
    access: ['admin'],
    params,
    body: z.strictObject({ note: line(3, 500) }).meta({ id: 'WireCancel' }),
    responses: { 200: { description: 'The wire, canceled.', schema: detailSchema } },
    problems: ['not_found', 'decision_refused'],
  },
  async ({ params: { wire_id }, body, caller, requestId, operationId }, deps) => {
    if (!(await findWire(deps.database, wire_id))) throw new ProblemError('not_found');
    const wish = { userId: caller.userId, requestId, operationId, note: body.note };
    const canceled = await deps.wires.cancel(wire_id, wish);
    const row = await findWire(deps.database, wire_id);
    if (!row) throw new ProblemError('not_found');
    if (!canceled) {
      throw new ProblemError(
        'decision_refused',
        `The wire is ${row.status}: it cannot be called off any more.`,
      );
    }
    return { status: 200, body: presentDetail(row) };
  },
);

export const wireRoutes = [getWires, getWire, streamWire, requestWire, voteOnWire, cancelWire];
