/** What a round of the treasury reads and keeps. */
import type { Chain } from '../../domain/funding/chain.ts';
import { type TreasuryPolicy, treasuryPolicy } from '../../domain/funding/treasury-policy.ts';
import type { WireKind } from '../../domain/funding/wire.ts';
import type { Database } from '../client.ts';

/** Dollars or USDC as decimal strings: what lifecycles on their way take and bring, and what the past window drew. */
interface Flow {
  readonly out: string;
  readonly in: string;
  readonly drawn: string;
}

/** A wire that has not come to its end. */
export interface OpenWire {
  readonly id: string;
  readonly kind: WireKind;
  readonly chain: Chain | null;
  readonly status: string;
  readonly waiting_for: string | null;
  readonly amount: string;
  readonly expected_at: string | null;
}

export interface TreasuryFacts {
  /** Changes with every change of any wire. */
  readonly mark: string;
  readonly policy: TreasuryPolicy;
  readonly wires: readonly OpenWire[];
  /** Kinds of which a wire failed or was returned lately. */
  readonly cautious: readonly WireKind[];
  readonly wallets: readonly {
    readonly chain: Chain;
    readonly circle_wallet_id: string;
    /** What our books say stands there, smallest units. */
    readonly booked: string;
    readonly out: string;
  }[];
  readonly firm: Flow;
  readonly mint: Flow;
}

/** One picture of everything that a round rests on, except the balances that companies tell. */
export async function treasuryFacts(database: Database): Promise<TreasuryFacts> {
  const usual = treasuryPolicy(null);
  const [row] = await database.prepared<{ result: TreasuryFacts }>(
    'treasury_facts',
    'select treasury_facts($1, $2) as result',
    [usual.cautionSeconds, usual.forecastWindowSeconds],
  );
  if (!row) throw new Error('treasury_facts answered nothing');
  return { ...row.result, policy: treasuryPolicy(row.result.policy) };
}

/** A row of `floats`; amounts are smallest units as text, times RFC 3339. */
export interface FloatRow {
  readonly account: string;
  readonly reported: string;
  readonly outgoing: string;
  readonly incoming: string;
  readonly arriving: string;
  readonly draw_per_hour: string;
  readonly expected_at: string | null;
  readonly refill_at: string;
  readonly dry_at: string | null;
  readonly alarm: string | null;
}

/** Keeps what a round found; alarms that begin or end are audited and told. */
export async function keepFloats(database: Database, floats: readonly FloatRow[]): Promise<void> {
  await database.prepared('keep_floats', 'select keep_floats($1)', [JSON.stringify(floats)]);
}

/** A lifecycle that waits for float. */
export interface FloatWaiter {
  readonly lifecycle: 'deposit' | 'withdrawal';
  readonly id: string;
  readonly user_id: string;
}

/**
 * Lifecycles that wait for float, oldest first, as many as what stands at each place covers together.
 *
 * @param available account to smallest units as text.
 */
export function floatWaiters(
  database: Database,
  available: Readonly<Record<string, string>>,
): Promise<FloatWaiter[]> {
  return database.query<FloatWaiter>(
    `select lifecycle, id, user_id from (
       select x.*, sum(x.usd) over (partition by x.account order by x.created_at, x.id) * 1000000 as together from (
         select 'deposit' as lifecycle, id, user_id, created_at, amount_usd as usd, 'alpaca_firm' as account
         from deposits where waiting_for = 'float' and status = 'off_ramp_complete'
         union all
         select 'withdrawal', id, user_id, created_at,
           case waiting_for when 'broker_float' then amount_usd else net_usd end,
           case waiting_for when 'broker_float' then 'alpaca_firm' when 'mint_float' then 'mint_balance'
             else 'treasury_wallet:' || chain::text end
         from withdrawals where waiting_for in ('broker_float', 'mint_float', 'treasury_float')) x) y
     where y.together <= coalesce(($1::jsonb ->> y.account)::numeric, 0) limit 1000`,
    [JSON.stringify(available)],
  );
}
