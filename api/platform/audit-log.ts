/** Who did what. */
import { z } from 'zod';
import { type AuditRow, listAuditLog } from '../../db/platform/audit-log-queries.ts';
import { isoTime, line, timestamp, uuid } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { defineRoute } from '../route.ts';

const auditEntrySchema = z
  .strictObject({
    id: z.string(),
    actor_id: z.uuid().nullable(),
    actor_role: z.string(),
    action: z.string(),
    subject_kind: z.string(),
    subject_id: z.string(),
    request_id: z.string().nullable(),
    detail: z.unknown(),
    at: timestamp,
  })
  .meta({ id: 'AuditEntry' });

function present({ cursor_at: _place, ...row }: AuditRow): z.infer<typeof auditEntrySchema> {
  return { ...row, at: isoTime(row.at) };
}

const getAuditLog = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/audit-log',
    operationId: 'listAuditLog',
    tag: 'admin',
    summary: 'The audit log',
    access: ['admin'],
    query: z.strictObject({
      ...pageQuery,
      actor_id: uuid.optional(),
      action: line(1, 100).optional(),
      subject_id: line(1, 100).optional(),
    }),
    responses: {
      200: { description: 'Newest first.', schema: page(auditEntrySchema).meta({ id: 'AuditPage' }) },
    },
  },
  async ({ query }, deps) => {
    const filter = { actorId: query.actor_id, action: query.action, subjectId: query.subject_id };
    const rows = await listAuditLog(deps.database, pageRequest(query, 'number'), filter);
    return { status: 200, body: pageOf(rows, query.limit, present) };
  },
);

export const auditLogRoutes = [getAuditLog];
