/** What customers are told, one row per notice. */
import { sql } from 'drizzle-orm';
import { index, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { users } from './user.ts';

export const notifications = pgTable(
  'notifications',
  {
    id: uuid('id').primaryKey().default(sql`gen_random_uuid()`),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    /** `<lifecycle>.<state>`, for example `deposit.broker_funded`. */
    kind: text('kind').notNull(),
    subjectId: uuid('subject_id').notNull(),
    body: text('body').notNull(),
    reference: text('reference').notNull(),
    /** Where it is told: what the customer has not turned off; filled in by the database. */
    channels: text('channels').array().notNull().default(sql`'{in_app,webhook}'`),
    readAt: timestamp('read_at', { withTimezone: true }),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('notifications_once').on(t.subjectId, t.kind, t.reference),
    index('notifications_user').on(t.userId, t.createdAt),
  ],
);
