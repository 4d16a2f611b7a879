/** Our own places at the providers, and what stands there. */
import { sql } from 'drizzle-orm';
import { bigint, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { chainType } from './wallet.ts';

/** Our Mint deposit address per chain: where off-ramp transfers go. */
export const mintDepositAddresses = pgTable('mint_deposit_addresses', {
  chain: chainType('chain').primaryKey(),
  address: text('address').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});

const units = (name: string) => bigint(name, { mode: 'bigint' }).notNull().default(sql`0`);
const time = (name: string) => timestamp(name, { withTimezone: true });

/** What a provider last told us for each float, and what the last round of the treasury made of it; smallest units. */
export const floats = pgTable('floats', {
  /** `alpaca_firm`, `mint_balance` or `treasury_wallet:<chain>`: the ledger account it mirrors. */
  account: text('account').primaryKey(),
  reported: bigint('reported', { mode: 'bigint' }).notNull(),
  reportedAt: timestamp('reported_at', { withTimezone: true }).notNull(),
  /** What lifecycles that are on their way will draw, and will bring. */
  outgoing: units('outgoing'),
  incoming: units('incoming'),
  /** What wires on their way will bring. */
  arriving: units('arriving'),
  drawPerHour: units('draw_per_hour'),
  /** When the next wire to it is expected. */
  expectedAt: time('expected_at'),
  /** When a wire that is ordered now would arrive. */
  refillAt: time('refill_at'),
  /** When it runs dry by the forecast; null while it lasts. */
  dryAt: time('dry_at'),
  /** The sentence with the figures; null when all is well. */
  alarm: text('alarm'),
  alarmSince: time('alarm_since'),
});

/** Ids that we got from a provider once and need for ever: wallet set, subscriptions. */
export const providerFacts = pgTable('provider_facts', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
});
