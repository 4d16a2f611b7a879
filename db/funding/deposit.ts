/** Deposits: USDC seen on chain on its way to buying power. */
import { sql } from 'drizzle-orm';
import { index, integer, numeric, pgEnum, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { depositLifecycle } from '../../domain/funding/deposit.ts';
import { statesOf } from '../../domain/lifecycle.ts';
import { enumValues } from '../columns.ts';
import { users } from '../platform/user.ts';
import { chainType, wallets } from './wallet.ts';

export const depositStatus = pgEnum('deposit_status', enumValues(statesOf(depositLifecycle)));

export const deposits = pgTable(
  'deposits',
  {
    /** Derived from Circle's transaction id, so that one transfer can only ever be one deposit. */
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    walletId: uuid('wallet_id')
      .notNull()
      .references(() => wallets.id),
    chain: chainType('chain').notNull(),
    /** Not unique: one chain transaction can carry several transfers. */
    txHash: text('tx_hash'),
    circleTransactionId: text('circle_transaction_id').notNull().unique(),
    token: text('token').notNull(),
    amountStablecoin: numeric('amount_stablecoin', { precision: 36, scale: 18 }).notNull(),
    /** What is converted: whole cents of this deposit and of the dust before it. Null until confirmed. */
    amountUsd: numeric('amount_usd', { precision: 18, scale: 2 }),
    sourceAddress: text('source_address'),
    status: depositStatus('status').notNull().default('pending_confirmation'),
    /** Why a state lasts: `float`, `broker_approval`, `next_deposit`, `circle_answer`; null when all is usual. */
    waitingFor: text('waiting_for'),
    failureReason: text('failure_reason'),
    offRampAttempt: integer('off_ramp_attempt').notNull().default(0),
    journalAttempt: integer('journal_attempt').notNull().default(1),
    circleTransferRef: text('circle_transfer_ref'),
    offRampTxHash: text('off_ramp_tx_hash'),
    mintTransferRef: text('mint_transfer_ref'),
    brokerJournalRef: text('broker_journal_ref'),
    /** How often a refund to the sender was asked for; 0 while the deposit goes forward. */
    refundAttempt: integer('refund_attempt').notNull().default(0),
    /** USDC of the refund, and the wallet at Circle that sends it. */
    refundUsdc: numeric('refund_usdc', { precision: 18, scale: 6 }),
    refundWallet: text('refund_wallet'),
    refundRef: text('refund_ref'),
    refundTxHash: text('refund_tx_hash'),
    refundedAt: timestamp('refunded_at', { withTimezone: true }),
    /** The later deposit that took this one's dust along. */
    carriedById: uuid('carried_by_id'),
    confirmedAt: timestamp('confirmed_at', { withTimezone: true }),
    offRampInitiatedAt: timestamp('off_ramp_initiated_at', { withTimezone: true }),
    offRampCompletedAt: timestamp('off_ramp_completed_at', { withTimezone: true }),
    brokerFundedAt: timestamp('broker_funded_at', { withTimezone: true }),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [
    index('deposits_user').on(t.userId, t.createdAt),
    index('deposits_status').on(t.status),
    index('deposits_tx_hash').on(t.chain, t.txHash),
    index('deposits_wallet_waiting').on(t.walletId, t.waitingFor),
    index('deposits_carried_by').on(t.carriedById).where(sql`${t.carriedById} is not null`),
    index('deposits_refunded').on(t.walletId).where(sql`${t.refundWallet} is not null`),
    index('deposits_off_ramp_tx_hash').on(t.offRampTxHash),
    index('deposits_journal').on(t.brokerJournalRef),
    /** Rows come in the order of time: the treasury reads the latest ones at every round. */
    index('deposits_created').using('brin', t.createdAt),
  ],
);
