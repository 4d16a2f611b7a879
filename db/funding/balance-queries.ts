/** Reads of the balances view, and of what is still on its way. */
import type { DepositState } from '../../domain/funding/deposit.ts';
import type { Database } from '../client.ts';

export interface BalanceRow {
  readonly buying_power_usd: string;
  readonly pending_broker_deposits_usd: string;
  readonly held_usd: string;
  readonly unsettled_usd: string;
  readonly receivable_usd: string;
  readonly dust_usdc: string;
  /** Deposits that are not final yet, by state. */
  readonly in_progress: readonly {
    readonly status: DepositState;
    readonly count: number;
    readonly amount_usdc: string;
  }[];
  readonly updated_at: Date;
}

/** A user's balance in one round trip. `finalStates` are left out of what is in progress. */
export async function findBalance(
  database: Database,
  userId: string,
  finalStates: readonly string[],
): Promise<BalanceRow | undefined> {
  const [row] = await database.prepared<BalanceRow>(
    'balance-find',
    `select b.buying_power_usd, b.pending_broker_deposits_usd, b.held_usd, b.unsettled_usd, b.receivable_usd,
       b.dust_usdc, b.updated_at,
       coalesce((
         select json_agg(
           json_build_object('status', s.status, 'count', s.count, 'amount_usdc', s.amount) order by s.status)
         from (
           select status, count(*)::int as count, sum(amount_stablecoin)::text as amount
           from deposits where user_id = $1::uuid and status <> all ($2::deposit_status[]) group by status
         ) as s
       ), '[]') as in_progress
     from balances as b where b.user_id = $1::uuid`,
    [userId, finalStates],
  );
  return row;
}
