/** Balances as they stood after some positions of the ledger's chain, so that the past need not be added up anew. */
import { bigint, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';

/** All accounts of a kind together. Amounts are smallest units, debit positive. */
export const ledgerCheckpoints = pgTable(
  'ledger_checkpoints',
  {
    kind: text('kind').notNull(),
    position: bigint('position', { mode: 'bigint' }).notNull(),
    balance: bigint('balance', { mode: 'bigint' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.position] })],
);

/** Single accounts: those that moved since the checkpoint before. */
export const ledgerAccountCheckpoints = pgTable(
  'ledger_account_checkpoints',
  {
    accountId: bigint('account_id', { mode: 'bigint' }).notNull(),
    position: bigint('position', { mode: 'bigint' }).notNull(),
    balance: bigint('balance', { mode: 'bigint' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.accountId, t.position] })],
);
