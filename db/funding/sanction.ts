/** Sanctions lists as staff imported them: addresses and names that no money may go to. */
import { index, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

export const sanctionedAddresses = pgTable(
  'sanctioned_addresses',
  {
    /** As addresses are compared: EVM in lower case. */
    addressKey: text('address_key').notNull(),
    /** For example `OFAC SDN`. */
    list: text('list').notNull(),
    /** The list's own number of the entry. */
    reference: text('reference').notNull(),
    addedAt: timestamp('added_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.addressKey, t.list] })],
);

export const sanctionedNames = pgTable(
  'sanctioned_names',
  {
    /** See `sanctionsNameKey`. */
    nameKey: text('name_key').notNull(),
    list: text('list').notNull(),
    reference: text('reference').notNull(),
    addedAt: timestamp('added_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.nameKey, t.list, t.reference] }),
    index('sanctioned_names_list').on(t.list),
  ],
);
