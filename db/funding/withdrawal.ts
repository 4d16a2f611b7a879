/** Withdrawals: dollars at the broker on their way to an address as USDC. */
import {
  customType,
  index,
  integer,
  jsonb,
  numeric,
  pgEnum,
  pgTable,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';
import { withdrawalLifecycle } from '../../domain/funding/withdrawal.ts';
import type { WithdrawalPolicy } from '../../domain/funding/withdrawal-rules.ts';
import { statesOf } from '../../domain/lifecycle.ts';
import { enumValues } from '../columns.ts';
import { users } from '../platform/user.ts';
import { chainType } from './wallet.ts';

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const time = (name: string) => timestamp(name, { withTimezone: true });

export const withdrawalStatus = pgEnum('withdrawal_status', enumValues(statesOf(withdrawalLifecycle)));

export const withdrawals = pgTable(
  'withdrawals',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    chain: chainType('chain').notNull(),
    /** The entry of the address book that was chosen. */
    addressId: uuid('address_id'),
    destinationAddress: text('destination_address').notNull(),
    /** What leaves the balance; `fee_usd` of it stays with us, and `net_usd` arrives as USDC. */
    amountUsd: numeric('amount_usd', { precision: 18, scale: 2 }).notNull(),
    feeUsd: numeric('fee_usd', { precision: 18, scale: 2 }).notNull(),
    netUsd: numeric('net_usd', { precision: 18, scale: 2 }).notNull(),
    status: withdrawalStatus('status').notNull().default('pending'),
    /** Why a state lasts; null when all is usual. */
    waitingFor: text('waiting_for'),
    failureReason: text('failure_reason'),
    /** Set when it was decided that the money goes back: from then on nothing moves forward. */
    refundReason: text('refund_reason'),
    /** `journal` or `refund`: that one was taken back after it had executed, and has not been made again. */
    owedJournal: text('owed_journal'),
    brokerWithdrawalRef: text('broker_withdrawal_ref'),
    circleOnRampRef: text('circle_on_ramp_ref'),
    onRampTxHash: text('on_ramp_tx_hash'),
    circleTransferRef: text('circle_transfer_ref'),
    txHash: text('tx_hash'),
    refundRef: text('refund_ref'),
    /** The number under which each effect is asked for next; a new one only after a clear failure. */
    journalAttempt: integer('journal_attempt').notNull().default(1),
    onRampAttempt: integer('on_ramp_attempt').notNull().default(1),
    transferAttempt: integer('transfer_attempt').notNull().default(1),
    refundAttempt: integer('refund_attempt').notNull().default(1),
    /** The rules that were in force at the request. */
    policy: jsonb('policy').$type<Partial<WithdrawalPolicy>>(),
    etaSeconds: integer('eta_seconds'),
    approvalExpiresAt: time('approval_expires_at'),
    /** Originator and beneficiary for the travel rule, sealed with the customer's key. */
    sealedTravelRule: bytea('sealed_travel_rule'),
    brokerWithdrawalInitiatedAt: time('broker_withdrawal_initiated_at'),
    brokerWithdrawalCompletedAt: time('broker_withdrawal_completed_at'),
    onRampInitiatedAt: time('on_ramp_initiated_at'),
    onRampCompletedAt: time('on_ramp_completed_at'),
    transferInitiatedAt: time('transfer_initiated_at'),
    completedAt: time('completed_at'),
    /** When it was canceled, failed or refunded. */
    endedAt: time('ended_at'),
    createdAt: time('created_at').notNull().defaultNow(),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (t) => [
    index('withdrawals_user').on(t.userId, t.createdAt),
    index('withdrawals_status').on(t.status),
    index('withdrawals_waiting').on(t.waitingFor),
    index('withdrawals_chain_completed').on(t.chain, t.completedAt),
    index('withdrawals_tx_hash').on(t.txHash),
    index('withdrawals_on_ramp').on(t.circleOnRampRef),
  ],
);

/** Our own Circle wallet on each chain: what Mint pays into, and withdrawals are paid from. */
export const treasuryWallets = pgTable('treasury_wallets', {
  /** Owner of the ledger account `treasury_wallet`. */
  id: uuid('id').primaryKey().defaultRandom(),
  chain: chainType('chain').notNull().unique(),
  circleWalletId: text('circle_wallet_id').notNull().unique(),
  address: text('address').notNull(),
  /** The entry of Mint's address book that stands for this wallet; null until Mint has it. */
  mintRecipientId: text('mint_recipient_id'),
  /** When the books of the wallet were opened: what stood in it then is our own. */
  openedAt: time('opened_at'),
  createdAt: time('created_at').notNull().defaultNow(),
});
