/** Figures for those who watch: money in flight by state and age, open reviews, events that nobody has used. */
import type { Database } from '../client.ts';

export interface MoneyInFlight {
  readonly deposits: readonly {
    readonly status: string;
    readonly waiting_for: string | null;
    readonly count: number;
    /** Dollars and USDC together: one USDC is one dollar on its way. */
    readonly amount: number;
    readonly oldest_seconds: number;
  }[];
  readonly open_reviews: readonly {
    readonly reason: string;
    readonly count: number;
    readonly overdue: number;
  }[];
  /** Stored events without a workflow to hear them, older than ten minutes: somebody must look. */
  readonly unrouted_events: number;
  readonly floats: readonly {
    readonly account: string;
    readonly amount: number;
    /** 1 while the float's alarm is on. */
    readonly alarm: number;
    /** Until it runs dry by the forecast; null while it lasts. */
    readonly dry_seconds: number | null;
  }[];
  readonly wires: readonly { readonly kind: string; readonly status: string; readonly amount: number }[];
}

/** One round trip. Finished deposits are not in flight and not counted. */
export async function moneyInFlight(database: Database): Promise<MoneyInFlight> {
  const [row] = await database.prepared<{ result: MoneyInFlight }>(
    'money-in-flight',
    `select jsonb_build_object(
      'deposits', (select coalesce(jsonb_agg(d), '[]') from (
        select status, waiting_for, count(*)::int as count,
          sum(coalesce(amount_usd, amount_stablecoin))::float8 as amount,
          extract(epoch from now() - min(created_at))::float8 as oldest_seconds
        from deposits
        where status in ('pending_confirmation', 'confirmed_on_chain', 'off_ramp_initiated', 'off_ramp_complete')
        group by status, waiting_for) d),
      'open_reviews', (select coalesce(jsonb_agg(r), '[]') from (
        select reason, count(*)::int as count, (count(*) filter (where due_at < now()))::int as overdue
        from reviews where decided_at is null group by reason) r),
      'unrouted_events', (select count(*)::int from unused_events
        where workflow_id is null and received_at < now() - interval '10 minutes'),
      'floats', (
        select coalesce(jsonb_agg(jsonb_build_object('account', account, 'amount', reported / 1000000.0,
          'alarm', case when alarm is null then 0 else 1 end,
          'dry_seconds', extract(epoch from dry_at - now())::float8)), '[]')
        from floats),
      'wires', (select coalesce(jsonb_agg(w), '[]') from (
        select kind, status, sum(amount_usd)::float8 as amount from wires
        where status in ('planned', 'awaiting_approval', 'initiated', 'sent') group by kind, status) w)) as result`,
  );
  if (!row) throw new Error('the figures answered nothing');
  return row.result;
}
