/** A deposit as the database in memory keeps it. */
import type { Row } from './store.ts';

/** A row of `deposits`. */
export interface DepositRow extends Row {
  readonly wallet_id: string;
  readonly circle_wallet_id: string;
  readonly circle_transaction_id: string;
  readonly amount_stablecoin: string;
  amount_usd: string | null;
  off_ramp_attempt: number;
  journal_attempt: number;
  refund_attempt: number;
  refund_wallet: string | null;
  refund_usdc: string | null;
  refund_ref: string | null;
  circle_transfer_ref: string | null;
  broker_journal_ref: string | null;
  carried_by_id: string | null;
}

/** As the SQL function deposit_rails: the switches that the next provider call depends on. */
export function depositRails(row: DepositRow): readonly string[] {
  const { status, waiting_for, user_id } = row;
  if (waiting_for === 'next_deposit' || waiting_for === 'carrier') return [];
  if (row.refund_wallet !== null && status !== 'refunded')
    return row.refund_ref === null ? ['circle', 'chain:base'] : [];
  if (status === 'confirmed_on_chain') return ['deposits', 'circle', 'mint', 'chain:base', `user:${user_id}`];
  return status === 'off_ramp_complete' ? ['deposits', 'alpaca', `user:${user_id}`] : [];
}

/** The effect that a deposit asks a company for next; undefined where it asks for none, or where it was taken. */
export function depositNextStep(row: DepositRow): string | undefined {
  const { status, refund_wallet, refund_ref, broker_journal_ref } = row;
  if (refund_wallet)
    return refund_ref === null && status !== 'refunded' ? `refund:${row.refund_attempt}` : undefined;
  if (status === 'confirmed_on_chain') return `off_ramp:${row.off_ramp_attempt}`;
  const isNext = status === 'off_ramp_complete' && broker_journal_ref === null;
  return isNext ? `journal:${row.journal_attempt}` : undefined;
}
