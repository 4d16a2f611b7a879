/** The double-entry ledger. Rules that the database itself enforces are in db/functions/02-ledger.sql. */
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

/** The chart of accounts, written by `migrate` from domain/funding/ledger.ts. */
export const ledgerChart = pgTable('ledger_chart', {
  kind: text('kind').primaryKey(),
  asset: text('asset').notNull(),
  normal: text('normal').notNull(),
  guarded: boolean('guarded').notNull(),
  shards: smallint('shards').notNull(),
  means: text('means').notNull(),
});

export const ledgerAccounts = pgTable(
  'ledger_accounts',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    kind: text('kind')
      .notNull()
      .references(() => ledgerChart.kind),
    /** The user or wallet it belongs to; null for shared accounts. */
    ownerId: uuid('owner_id'),
    asset: text('asset').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    unique('ledger_accounts_code').on(t.kind, t.ownerId).nullsNotDistinct(),
    unique('ledger_accounts_asset').on(t.id, t.asset),
    index('ledger_accounts_owner').on(t.ownerId),
  ],
);

export const ledgerTransactions = pgTable(
  'ledger_transactions',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    /** The same reference posts once. */
    reference: text('reference').notNull().unique(),
    lifecycle: text('lifecycle').notNull(),
    subjectId: uuid('subject_id'),
    event: text('event').notNull(),
    /** The database transaction that wrote it: no posting may be added by a later one. */
    writtenBy: text('written_by').notNull(),
    at: timestamp('at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    index('ledger_transactions_subject').on(t.subjectId),
    /** What was written since the last seals, in the order of the writing transactions. */
    index('ledger_transactions_writer').on(sql`(written_by::xid8)`, t.id),
  ],
);

export const ledgerPostings = pgTable(
  'ledger_postings',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    // No foreign keys: the trigger on the postings checks both, without a lock on what they name.
    transactionId: bigint('transaction_id', { mode: 'bigint' }).notNull(),
    accountId: bigint('account_id', { mode: 'bigint' }).notNull(),
    asset: text('asset').notNull(),
    shard: smallint('shard').notNull(),
    /** Smallest units; debit positive, credit negative. */
    amount: bigint('amount', { mode: 'bigint' }).notNull(),
  },
  (t) => [
    index('ledger_postings_account').on(t.accountId, t.id),
    index('ledger_postings_transaction').on(t.transactionId),
  ],
);

/** Running balances, kept by a trigger on the postings. */
export const ledgerBalances = pgTable(
  'ledger_balances',
  {
    accountId: bigint('account_id', { mode: 'bigint' })
      .notNull()
      .references(() => ledgerAccounts.id),
    shard: smallint('shard').notNull(),
    /** 1: never below zero on the debit side; -1: on the credit side; 0: unguarded. */
    guard: smallint('guard').notNull(),
    balance: bigint('balance', { mode: 'bigint' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.accountId, t.shard] })],
);
