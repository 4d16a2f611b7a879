/** Who did what, append only. */
import { sql } from 'drizzle-orm';
import { bigint, index, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

export const auditLog = pgTable(
  'audit_log',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    actorId: uuid('actor_id'),
    actorRole: text('actor_role').notNull(),
    action: text('action').notNull(),
    subjectKind: text('subject_kind').notNull(),
    subjectId: text('subject_id').notNull(),
    requestId: text('request_id'),
    /** What changed; never personal data. */
    detail: jsonb('detail').notNull().default({}),
    /** The database transaction that wrote it: what sealing goes by. */
    writtenBy: text('written_by').notNull().default(sql`pg_current_xact_id()::text`),
    at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    index('audit_log_subject').on(t.subjectKind, t.subjectId),
    index('audit_log_writer').on(sql`(written_by::xid8)`, t.id),
  ],
);
