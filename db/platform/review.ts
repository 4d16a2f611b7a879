/** Reviews: what a person must decide, with a clock. Being in review is not a state of the lifecycle. */
import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { users } from './user.ts';

export const reviews = pgTable(
  'reviews',
  {
    id: uuid('id').primaryKey().default(sql`gen_random_uuid()`),
    lifecycle: text('lifecycle').notNull(),
    subjectId: uuid('subject_id').notNull(),
    userId: uuid('user_id').references(() => users.id),
    /** Reason code, for example `off_ramp_failed`. */
    reason: text('reason').notNull(),
    /** One sentence for the person who decides. */
    detail: text('detail').notNull(),
    evidence: jsonb('evidence').notNull().default({}),
    openedAt: timestamp('opened_at', { withTimezone: true }).notNull().defaultNow(),
    dueAt: timestamp('due_at', { withTimezone: true }).notNull(),
    ownerId: uuid('owner_id').references(() => users.id),
    decision: text('decision'),
    decidedBy: uuid('decided_by').references(() => users.id),
    decidedAt: timestamp('decided_at', { withTimezone: true }),
    decisionNote: text('decision_note'),
    /** What the decision rests on. */
    decisionEvidence: jsonb('decision_evidence'),
    /** A decision by two: what the first person asked for, and on what evidence. */
    proposedDecision: text('proposed_decision'),
    proposedBy: uuid('proposed_by').references(() => users.id),
    proposedAt: timestamp('proposed_at', { withTimezone: true }),
    proposedNote: text('proposed_note'),
    proposedEvidence: jsonb('proposed_evidence'),
    claimedAt: timestamp('claimed_at', { withTimezone: true }),
    /** Grows while nobody decides: 1 is the queue, 2 all of support, 3 the administrators. */
    level: integer('level').notNull().default(1),
    /** When the level grows next; the due time until it first does. */
    escalateAt: timestamp('escalate_at', { withTimezone: true }),
  },
  (t) => [
    uniqueIndex('reviews_one_open').on(t.subjectId, t.lifecycle, t.reason).where(sql`${t.decidedAt} is null`),
    index('reviews_queue').on(t.dueAt).where(sql`${t.decidedAt} is null`),
    index('reviews_subject').on(t.subjectId),
    index('reviews_opened').on(t.openedAt, t.id),
  ],
);
