/** Kill switches: what staff have stopped, and everything that was ever stopped or released. */
import { bigint, boolean, index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';

export const switches = pgTable('switches', {
  /** A rail (`deposits`, `circle`, `chain:base`) or `user:<id>`; see domain/platform/switch.ts. */
  key: text('key').primaryKey(),
  off: boolean('off').notNull(),
  reason: text('reason').notNull(),
  setBy: uuid('set_by'),
  setAt: timestamp('set_at', { withTimezone: true }).notNull().defaultNow(),
});

export const switchChanges = pgTable(
  'switch_changes',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    key: text('key').notNull(),
    off: boolean('off').notNull(),
    reason: text('reason').notNull(),
    setBy: uuid('set_by'),
    requestId: text('request_id'),
    at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [index('switch_changes_key').on(t.key, t.id)],
);
