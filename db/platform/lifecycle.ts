/** Lifecycles as the database knows them, and the append-only list of what happened in each. */
import {
  bigint,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { users } from './user.ts';

/** The declared edges, written by `migrate` from domain/lifecycles.ts; the guard trigger reads them. */
export const lifecycleEdges = pgTable(
  'lifecycle_edges',
  {
    lifecycle: text('lifecycle').notNull(),
    fromState: text('from_state').notNull(),
    event: text('event').notNull(),
    toState: text('to_state').notNull(),
  },
  (t) => [primaryKey({ columns: [t.lifecycle, t.fromState, t.event] })],
);

/** Where each lifecycle's rows stand; written by `migrate`. */
export const lifecycles = pgTable('lifecycles', {
  name: text('name').primaryKey(),
  initialState: text('initial_state').notNull(),
  tableName: text('table_name').notNull(),
  columnName: text('column_name').notNull(),
});

export const lifecycleEvents = pgTable(
  'lifecycle_events',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    lifecycle: text('lifecycle').notNull(),
    subjectId: uuid('subject_id').notNull(),
    userId: uuid('user_id').references(() => users.id),
    event: text('event').notNull(),
    /** Makes the event idempotent: the same event with the same reference is recorded once. */
    reference: text('reference').notNull(),
    fromState: text('from_state'),
    toState: text('to_state').notNull(),
    /** Proof: provider ids, transaction hashes, request ids. Never personal data. */
    evidence: jsonb('evidence').notNull().default({}),
    at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('lifecycle_events_once').on(t.subjectId, t.lifecycle, t.event, t.reference),
    index('lifecycle_events_subject').on(t.subjectId, t.id),
  ],
);
