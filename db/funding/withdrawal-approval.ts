/** What staff said about withdrawals that must be approved: each person once. */
import { pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { users } from '../platform/user.ts';
import { withdrawals } from './withdrawal.ts';

export const withdrawalApprovals = pgTable(
  'withdrawal_approvals',
  {
    withdrawalId: uuid('withdrawal_id')
      .notNull()
      .references(() => withdrawals.id),
    staffId: uuid('staff_id')
      .notNull()
      .references(() => users.id),
    /** `approve` or `reject`. */
    decision: text('decision').notNull(),
    note: text('note').notNull(),
    /** Recognises the repetition of one request. */
    requestId: text('request_id').notNull(),
    at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.withdrawalId, t.staffId] })],
);
