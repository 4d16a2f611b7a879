/** Seals: the order in which ledger and audit log became visible, chained by digests. See docs/ledger-proofs.md. */
import { bigint, customType, index, pgTable, primaryKey, text, timestamp, unique } from 'drizzle-orm/pg-core';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** One row per sealed ledger transaction (chain `ledger`) or audit entry (chain `audit`); append only. */
export const seals = pgTable(
  'seals',
  {
    chain: text('chain').notNull(),
    /** 1, 2, 3 …, without a gap. */
    position: bigint('position', { mode: 'bigint' }).notNull(),
    /**
     * Id of the row that is sealed. No foreign key: it would lock that row, and a row that somebody took away
     * must still be missed.
     */
    subjectId: bigint('subject_id', { mode: 'bigint' }).notNull(),
    /** Since when it counts in a balance of the past; never earlier than that of the position before. */
    effectiveAt: timestamp('effective_at', { withTimezone: true }).notNull(),
    digest: bytea('digest').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.chain, t.position] }),
    unique('seals_subject').on(t.chain, t.subjectId),
    index('seals_effective').on(t.chain, t.effectiveAt, t.position),
  ],
);

/** How far each chain is sealed. Only a memory of where to look next: the proof is in the seals. */
export const sealWatermarks = pgTable('seal_watermarks', {
  chain: text('chain').primaryKey(),
  /** Everything that was visible at this moment is sealed. */
  asOf: timestamp('as_of', { withTimezone: true }).notNull(),
  /** Database transactions before this one had all ended by then. */
  nextXid: text('next_xid').notNull(),
  /** The database cluster that gave the number; another one counts anew. */
  cluster: text('cluster').notNull(),
});
