/** Outgoing webhooks: who wants to hear what, what there is to tell, and each try to tell it. */
import { sql } from 'drizzle-orm';
import {
  bigint,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { users } from './user.ts';

export const webhookEndpoints = pgTable('webhook_endpoints', {
  id: uuid('id').primaryKey(),
  url: text('url').notNull(),
  description: text('description').notNull().default(''),
  /** `*` alone means everything. */
  eventTypes: text('event_types').array().notNull(),
  /** `enabled` or `disabled`. */
  status: text('status').notNull().default('enabled'),
  disabledReason: text('disabled_reason'),
  disabledAt: timestamp('disabled_at', { withTimezone: true }),
  /** Since when no delivery has been taken; null while all is well. */
  failingSince: timestamp('failing_since', { withTimezone: true }),
  /** `[{sealed, expires_at}]`, newest first; at most two sign at a time. */
  secrets: jsonb('secrets').notNull(),
  createdBy: uuid('created_by').references(() => users.id),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  /** A deleted endpoint keeps its delivery log. */
  deletedAt: timestamp('deleted_at', { withTimezone: true }),
});

export const webhookMessages = pgTable(
  'webhook_messages',
  {
    id: uuid('id').primaryKey().default(sql`gen_random_uuid()`),
    type: text('type').notNull(),
    subjectId: uuid('subject_id'),
    /** The body, byte for byte as it is signed and sent. */
    payload: text('payload').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [index('webhook_messages_created').on(t.createdAt)],
);

export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: uuid('id').primaryKey().default(sql`gen_random_uuid()`),
    /** No foreign key: it would lock the endpoint's one row in every step of every lifecycle. */
    endpointId: uuid('endpoint_id').notNull(),
    messageId: uuid('message_id')
      .notNull()
      .references(() => webhookMessages.id, { onDelete: 'cascade' }),
    /** `pending`, `delivered` or `failed`: given up. */
    state: text('state').notNull().default('pending'),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: timestamp('next_attempt_at', { withTimezone: true }).notNull().defaultNow(),
    /** After this the delivery is given up. Counted from its first try, or from the last re-sending. */
    firstAttemptAt: timestamp('first_attempt_at', { withTimezone: true }),
    /** The endpoint's workflow was told of it. */
    announcedAt: timestamp('announced_at', { withTimezone: true }),
    deliveredAt: timestamp('delivered_at', { withTimezone: true }),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('webhook_deliveries_once').on(t.endpointId, t.messageId),
    index('webhook_deliveries_due').on(t.endpointId, t.nextAttemptAt).where(sql`${t.state} = 'pending'`),
    index('webhook_deliveries_unannounced')
      .on(t.endpointId)
      .where(sql`${t.state} = 'pending' and ${t.announcedAt} is null`),
    index('webhook_deliveries_list').on(t.endpointId, t.createdAt),
    index('webhook_deliveries_message').on(t.messageId),
  ],
);

export const webhookAttempts = pgTable(
  'webhook_attempts',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    deliveryId: uuid('delivery_id')
      .notNull()
      .references(() => webhookDeliveries.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    httpStatus: integer('http_status'),
    /** Why it did not count as delivered; null when it did. */
    error: text('error'),
    /** The beginning of what the endpoint answered. */
    answer: text('answer'),
    durationMs: integer('duration_ms').notNull(),
    at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [uniqueIndex('webhook_attempts_delivery').on(t.deliveryId, t.number)],
);
