/** Reads of the audit log. */
import type { Database } from '../client.ts';
import { chosen, limitOf } from '../conditions.ts';
import type { PageRequest } from '../page.ts';

export interface AuditRow {
  readonly id: string;
  readonly actor_id: string | null;
  readonly actor_role: string;
  readonly action: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly request_id: string | null;
  readonly detail: unknown;
  readonly at: Date;
  readonly cursor_at: string;
}

/** Entries, newest first. */
export function listAuditLog(
  database: Database,
  page: PageRequest,
  filter: {
    readonly actorId?: string | undefined;
    readonly action?: string | undefined;
    readonly subjectId?: string | undefined;
  },
): Promise<AuditRow[]> {
  const asked = chosen(2, [
    { name: 'actor', sql: 'actor_id = ?::uuid', value: filter.actorId },
    { name: 'action', sql: 'action = ?::text', value: filter.action },
    { name: 'subject', sql: 'subject_id = ?::text', value: filter.subjectId },
  ]);
  return database.prepared<AuditRow>(
    `audit-list${asked.name}`,
    `select id::text, actor_id, actor_role, action, subject_kind, subject_id, request_id, detail, at,
       to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at
     from audit_log
     where id < coalesce($1::bigint, 9223372036854775807) ${asked.sql}
     order by id desc ${limitOf(2)}`,
    [page.id, page.limit, ...asked.values],
  );
}
