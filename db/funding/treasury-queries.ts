/** Floats as the providers report them, and the deposits that draw on them. Amounts are smallest units. */
import type { Database } from '../client.ts';

/** Keeps the reported balances and answers what deposits on their way will draw from the firm account. */
export async function keepFloats(
  database: Database,
  reported: { readonly alpaca_firm: bigint; readonly mint_balance: bigint },
): Promise<{ needed: bigint }> {
  const [row] = await database.query<{ needed: string }>(
    `with kept as (
       insert into floats (account, reported, reported_at)
       values ('alpaca_firm', $1, now()), ('mint_balance', $2, now())
       on conflict (account) do update set reported = excluded.reported, reported_at = excluded.reported_at
     )
     select (coalesce(sum(amount_usd), 0) * 1000000)::bigint as needed from deposits
     where status in ('confirmed_on_chain', 'off_ramp_initiated', 'off_ramp_complete')`,
    [reported.alpaca_firm.toString(), reported.mint_balance.toString()],
  );
  return { needed: BigInt(row?.needed ?? 0) };
}

/** Deposits that wait for float, oldest first, as many as the available amount covers together. */
export async function depositsWaitingForFloat(
  database: Database,
  available: bigint,
): Promise<{ id: string; user_id: string }[]> {
  return database.query<{ id: string; user_id: string }>(
    `select id, user_id from (
       select id, user_id, sum(amount_usd) over (order by created_at, id) * 1000000 as together
       from deposits where waiting_for = 'float' and status = 'off_ramp_complete'
     ) x where together <= $1 limit 1000`,
    [available.toString()],
  );
}
