/** Texts of notices by kind, and what a customer has chosen about a kind and a channel. No row: as usual for it. */
import { boolean, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { users } from './user.ts';

/** The declared notices, written by `migrate` from domain/platform/notification.ts. */
export const noticeTexts = pgTable('notice_texts', {
  kind: text('kind').primaryKey(),
  title: text('title').notNull(),
  body: text('body').notNull(),
  /** `critical`, `told` or `quiet`. */
  weight: text('weight').notNull(),
});

export const notificationPreferences = pgTable(
  'notification_preferences',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    kind: text('kind').notNull(),
    channel: text('channel').notNull(),
    wanted: boolean('wanted').notNull(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.kind, t.channel] })],
);
