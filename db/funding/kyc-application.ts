/** What a customer told us for KYC: sealed with the customer's own key, which erasure destroys. */
import { customType, integer, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { users } from '../platform/user.ts';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** One data key per customer, itself sealed with a key of the configuration. */
export const userKeys = pgTable('user_keys', {
  userId: uuid('user_id')
    .primaryKey()
    .references(() => users.id),
  keyId: text('key_id').notNull(),
  sealedKey: bytea('sealed_key').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});

export const kycApplications = pgTable('kyc_applications', {
  userId: uuid('user_id')
    .primaryKey()
    .references(() => users.id),
  sealedApplication: bytea('sealed_application').notNull(),
  /** Counts submissions: a corrected application is a new revision. */
  revision: integer('revision').notNull().default(1),
  submittedAt: timestamp('submitted_at', { withTimezone: true }).notNull().defaultNow(),
});

/** Documents on their way to the broker; erased once the broker has them. */
export const kycDocuments = pgTable('kyc_documents', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id')
    .notNull()
    .references(() => users.id),
  documentType: text('document_type').notNull(),
  mimeType: text('mime_type').notNull(),
  sealedContent: bytea('sealed_content'),
  sentAt: timestamp('sent_at', { withTimezone: true }),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});
