/** What has been requested today, all customers together, in parts that do not wait for each other. */
import { bigint, date, pgTable, primaryKey, smallint } from 'drizzle-orm/pg-core';

/** Each part may reach its share of the limit alone; see withdrawal_day_take in db/functions. */
export const withdrawalDayTotals = pgTable(
  'withdrawal_day_totals',
  {
    /** UTC. */
    day: date('day').notNull(),
    part: smallint('part').notNull(),
    /** Smallest units of USD; below zero when a withdrawal that filled several parts was given up. */
    used: bigint('used', { mode: 'bigint' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.day, t.part] })],
);
