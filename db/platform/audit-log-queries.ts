/** Reads of the audit log. */
import type { Database } from '../client.ts';
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
  return database.prepared<AuditRow>(
    'audit-list',
    `select id::text, actor_id, actor_role, action, subject_kind, subject_id, request_id, detail, at,
       to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at
     from audit_log
     where id < coalesce($1::bigint, 9223372036854775807) and ($3::uuid is null or actor_id = $3)
       and ($4::text is null or action = $4) and ($5::text is null or subject_id = $5)
     order by id desc limit $2`,
    [page.id, page.limit, filter.actorId ?? null, filter.action ?? null, filter.subjectId ?? null],
  );
}
