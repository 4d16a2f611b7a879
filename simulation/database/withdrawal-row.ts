/** A withdrawal as the database in memory keeps it. */
import { formatUnits } from '../../domain/money.ts';
import { line, units } from './ledger.ts';
import type { Row } from './store.ts';

/** A row of `withdrawals`. */
export interface WithdrawalRow extends Row {
  readonly destination_address: string;
  readonly amount_usd: string;
  readonly fee_usd: string;
  readonly net_usd: string;
  readonly created_at: number;
  approval_expires_at: number | null;
  refund_reason: string | null;
  owed_journal: 'journal' | 'refund' | null;
  broker_withdrawal_ref: string | null;
  circle_on_ramp_ref: string | null;
  circle_transfer_ref: string | null;
  tx_hash: string | null;
  refund_ref: string | null;
  journal_attempt: number;
  on_ramp_attempt: number;
  transfer_attempt: number;
  refund_attempt: number;
}

/** Where the amount does not count against any limit. */
export const GIVEN_UP: readonly string[] = ['canceled', 'failed', 'refunded'];
export const ENDED: readonly string[] = ['complete', ...GIVEN_UP];

/** What was held for it is in the balance again. */
export function release(row: WithdrawalRow) {
  const amount = units(row.amount_usd);
  return [line('customer_held', row.user_id, amount), line('customer_cash', row.user_id, -amount)];
}

/** Decimal dollars of an amount less a fee. */
export const less = (amount: string, fee: string): string => formatUnits(units(amount) - units(fee));
