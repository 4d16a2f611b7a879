/** How withdrawals look in answers. */
import { z } from 'zod';
import type { TimelineRow } from '../../db/funding/deposit-queries.ts';
import type { WithdrawalRow } from '../../db/funding/withdrawal-queries.ts';
import { CHAINS } from '../../domain/funding/chain.ts';
import { type WithdrawalState, withdrawalLifecycle } from '../../domain/funding/withdrawal.ts';
import { withdrawalWords } from '../../domain/funding/withdrawal-facts.ts';
import { isFinal, stateSpec, statesOf } from '../../domain/lifecycle.ts';
import { formatUnits, parseUnits } from '../../domain/money.ts';
import { isoTime, isoTimeOrNull, timestamp, usd, usdc } from '../fields.ts';

export const WITHDRAWAL_STATES = statesOf(withdrawalLifecycle);

/** An amount of dollars as a request gives it. */
export const amountUsd = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,2})?$/, { error: 'is not an amount of dollars and cents, for example 250.00' })
  .transform((text) => formatUnits(parseUnits(text)))
  .describe('US dollars with at most two decimals: what leaves the balance, the fee included.');

export const withdrawalEventSchema = z
  .strictObject({
    id: z.string().describe('Grows with time; the event id of the stream.'),
    event: z.string(),
    from_status: z.enum(WITHDRAWAL_STATES).nullable(),
    status: z.enum(WITHDRAWAL_STATES),
    message: z.string().describe('For the customer.'),
    tx_hash: z.string().nullable(),
    at: timestamp,
  })
  .meta({ id: 'WithdrawalEvent' });

export const withdrawalSummary = {
  id: z.uuid(),
  chain: z.enum(CHAINS),
  address_id: z.uuid().nullable(),
  destination_address: z.string(),
  amount_usd: usd.describe('What leaves the balance.'),
  fee_usd: usd,
  net_usdc: usdc.describe('What arrives.'),
  status: z.enum(WITHDRAWAL_STATES),
  message: z.string().describe('For the customer.'),
  waiting_for: z.string().nullable().describe('Why the state lasts; null when all is usual.'),
  failure_reason: z.string().nullable(),
  final: z.boolean().describe('True when nothing more is expected to happen.'),
  broker_withdrawal_ref: z.string().nullable(),
  circle_on_ramp_ref: z.string().nullable(),
  circle_transfer_ref: z.string().nullable(),
  tx_hash: z.string().nullable(),
  estimated_arrival_at: timestamp
    .nullable()
    .describe('From how long others took; null once it has ended, and while a person must decide.'),
  approval_expires_at: timestamp.nullable(),
  completed_at: timestamp.nullable(),
  ended_at: timestamp.nullable().describe('When it was canceled, failed or refunded.'),
  created_at: timestamp,
  updated_at: timestamp,
};

/** States of waiting that no percentile of others says anything about. */
const OPEN_ENDED = ['review', 'paused', 'refund'];

function estimatedArrival(row: WithdrawalRow): string | null {
  const isOpenEnded = row.status === 'awaiting_approval' || OPEN_ENDED.includes(row.waiting_for ?? '');
  if (row.eta_seconds === null || isOpenEnded || isFinal(withdrawalLifecycle, row.status)) return null;
  return new Date(row.created_at.getTime() + row.eta_seconds * 1000).toISOString();
}

/** A withdrawal as its customer sees it. */
export function presentWithdrawal(row: WithdrawalRow) {
  return {
    id: row.id,
    chain: row.chain,
    address_id: row.address_id,
    destination_address: row.destination_address,
    amount_usd: row.amount_usd,
    fee_usd: row.fee_usd,
    net_usdc: row.net_usd,
    status: row.status,
    message: withdrawalWords(row.status, row.waiting_for).customer,
    waiting_for: row.waiting_for,
    failure_reason: row.failure_reason,
    final: isFinal(withdrawalLifecycle, row.status),
    broker_withdrawal_ref: row.broker_withdrawal_ref,
    circle_on_ramp_ref: row.circle_on_ramp_ref,
    circle_transfer_ref: row.circle_transfer_ref,
    tx_hash: row.tx_hash,
    estimated_arrival_at: estimatedArrival(row),
    approval_expires_at: isoTimeOrNull(row.approval_expires_at),
    completed_at: isoTimeOrNull(row.completed_at),
    ended_at: isoTimeOrNull(row.ended_at),
    created_at: isoTime(row.created_at),
    updated_at: isoTime(row.updated_at),
  };
}

/** An entry of a timeline. */
export function presentWithdrawalEvent(row: TimelineRow): z.infer<typeof withdrawalEventSchema> {
  const status = row.to_state as WithdrawalState;
  return {
    id: row.id,
    event: row.event,
    from_status: row.from_state as WithdrawalState | null,
    status,
    message: stateSpec(withdrawalLifecycle, status).customer,
    tx_hash: row.tx_hash,
    at: row.at,
  };
}
