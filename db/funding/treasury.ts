/** Our own places at the providers, and what stands there. */
import { bigint, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { chainType } from './wallet.ts';

/** Our Mint deposit address per chain: where off-ramp transfers go. */
export const mintDepositAddresses = pgTable('mint_deposit_addresses', {
  chain: chainType('chain').primaryKey(),
  address: text('address').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});

/** The last balance that a provider told us for each float, in smallest units. */
export const floats = pgTable('floats', {
  /** `alpaca_firm` or `mint_balance`: the ledger account it mirrors. */
  account: text('account').primaryKey(),
  reported: bigint('reported', { mode: 'bigint' }).notNull(),
  reportedAt: timestamp('reported_at', { withTimezone: true }).notNull(),
  alarm: text('alarm'),
});

/** Ids that we got from a provider once and need for ever: wallet set, subscriptions. */
export const providerFacts = pgTable('provider_facts', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});
