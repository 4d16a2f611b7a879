/** Deposits that are over, in bulk: every row that they would have left, with the ledger exact. */
import type pg from 'pg';

/** Rows of one deposit in the table that grows the most, the ledger's postings. */
export const POSTINGS_PER_DEPOSIT = 12;
const DEPOSITS_PER_CUSTOMER = 5;
/** Smallest units of what each deposit is worth. */
const UNITS = 25_000_000;
/** Longest time back of a row, and the shortest: older than what rounds of the product look at again. */
const OLDEST = "interval '400 days'";
const YOUNGEST = "interval '40 days'";

/** The `n`th customer of the history, from 1 on. */
export const historyUser = (n: number): string => `md5('history-user' || ${n})::uuid`;

/**
 * Set-based and without the triggers of single rows, which would take hours: the laws of the ledger hold by
 * construction, and its balances are summed up from its postings. $1 deposits, of which each customer has five.
 */
const STATEMENTS = (deposits: number): string[] => {
  const users = Math.ceil(deposits / DEPOSITS_PER_CUSTOMER);
  const owner = `(n % ${users}) + 1`;
  const at = `now() - ${OLDEST} + (${OLDEST} - ${YOUNGEST}) * (n::float8 / ${deposits})`;
  const each = `generate_series(1, ${deposits}) n`;
  const deposit = "md5('history-deposit' || n)::uuid";
  const user = `md5('history-user' || (${owner}))::uuid`;
  const wallet = `md5('history-wallet' || (${owner}))::uuid`;
  return [
    `insert into users (id, auth_provider_id, alpaca_account_id, kyc_status, created_at)
       select md5('history-user' || n)::uuid, 'history:' || n, 'history-account-' || n, 'approved', now() - ${OLDEST}
       from generate_series(1, ${users}) n`,
    `insert into wallets (id, user_id, chain, address, circle_wallet_id, status)
       select md5('history-wallet' || n)::uuid, md5('history-user' || n)::uuid, 'ethereum', '0xhistory' || n,
         'history-wallet-' || n, 'active' from generate_series(1, ${users}) n`,
    `insert into deposits (id, user_id, wallet_id, chain, tx_hash, circle_transaction_id, token, amount_stablecoin,
         amount_usd, status, off_ramp_attempt, circle_transfer_ref, off_ramp_tx_hash, mint_transfer_ref,
         broker_journal_ref, confirmed_at, off_ramp_initiated_at, off_ramp_completed_at, broker_funded_at,
         created_at, updated_at)
       select ${deposit}, ${user}, ${wallet}, 'ethereum', '0xin' || n, 'history-in-' || n, 'USDC', 25, 25,
         'broker_funded', 1, 'history-off-' || n, '0xoff' || n, 'history-mint-' || n, 'history-journal-' || n,
         t.at, t.at, t.at, t.at, t.at, t.at from ${each}, lateral (select ${at} as at) t`,
    `insert into lifecycle_events (lifecycle, subject_id, user_id, event, reference, from_state, to_state, evidence, at)
       select 'deposit', ${deposit}, ${user}, e.event, '1', e.from_state, e.to_state, '{}', ${at}
       from ${each}, (values ('seen', null, 'pending_confirmation'),
         ('confirmed', 'pending_confirmation', 'confirmed_on_chain'),
         ('off_ramp_started', 'confirmed_on_chain', 'off_ramp_initiated'),
         ('off_ramp_completed', 'off_ramp_initiated', 'off_ramp_complete'),
         ('broker_funded', 'off_ramp_complete', 'broker_funded')) as e(event, from_state, to_state)`,
    `insert into provider_operations (lifecycle, subject_id, step, provider, idempotency_key, request_digest, state,
         provider_reference, tx_hash, attempts, created_at, updated_at)
       select 'deposit', ${deposit}, s.step, s.provider, md5(s.step || n)::uuid, '', 'succeeded', s.prefix || n,
         case when s.provider = 'circle' then '0xoff' || n end, 1, t.at, t.at
       from ${each}, lateral (select ${at} as at) t, (values ('off_ramp:1', 'circle', 'history-off-'),
         ('journal:1', 'alpaca', 'history-journal-')) as s(step, provider, prefix)`,
    `insert into inbound_events (provider, provider_event_id, kind, reference, tx_hash, payload, message, workflow_id,
         received_at, processed_at)
       select s.provider, 'history-' || s.word || '-' || n, s.kind, s.prefix || n, s.hash || n,
         jsonb_build_object('text', repeat('x', 400)), '{"state": "complete"}', 'deposit:' || ${deposit}, t.at, t.at
       from ${each}, lateral (select ${at} as at) t, (values
         ('circle', 'confirmed', 'circle.inbound', 'history-in-', '0xin'),
         ('circle', 'complete', 'circle.inbound', 'history-in-', '0xin'),
         ('circle', 'out', 'circle.outbound', 'history-off-', '0xoff'),
         ('mint', 'mint', 'mint.transfer', 'history-mint-', '0xoff'),
         ('alpaca', 'journal', 'alpaca.journal', 'history-journal-', null)) as s(provider, word, kind, prefix, hash)`,
    `insert into notifications (user_id, kind, subject_id, body, reference, created_at)
       select ${user}, 'deposit.' || s.state, ${deposit}, 'Your transfer has arrived.', '1', ${at}
       from ${each}, unnest(array['pending_confirmation', 'confirmed_on_chain', 'off_ramp_initiated',
         'off_ramp_complete', 'broker_funded']) as s(state)`,
    `insert into ledger_accounts (kind, owner_id, asset)
       select c.kind, case when c.kind in ('circle_wallet', 'customer_incoming')
         then md5('history-wallet' || n)::uuid else md5('history-user' || n)::uuid end, c.asset
       from generate_series(1, ${users}) n, ledger_chart c where c.kind in ('circle_wallet', 'customer_incoming',
         'customer_converting', 'customer_pending', 'customer_cash', 'alpaca_customer')`,
    // Written by a database transaction of long ago: the rounds that seal the ledger have been past it.
    `insert into ledger_transactions (reference, lifecycle, subject_id, event, written_by, at)
       select 'deposit:' || ${deposit} || ':' || e.event || ':1', 'deposit', ${deposit}, e.event, '3', ${at}
       from ${each}, unnest(array['confirmed', 'off_ramp_started', 'off_ramp_completed', 'broker_funded']) as e(event)`,
    `insert into ledger_postings (transaction_id, account_id, asset, shard, amount)
       select t.id, a.id, a.asset, t.id % c.shards, p.sign * ${UNITS}
       from ${each} join ledger_transactions t on t.subject_id = ${deposit}
       join (values ('confirmed', 'circle_wallet', 1), ('confirmed', 'customer_converting', -1),
         ('off_ramp_started', 'circle_in_transit', 1), ('off_ramp_started', 'circle_wallet', -1),
         ('off_ramp_completed', 'customer_converting', 1), ('off_ramp_completed', 'circle_in_transit', -1),
         ('off_ramp_completed', 'mint_balance', 1), ('off_ramp_completed', 'customer_pending', -1),
         ('broker_funded', 'alpaca_customer', 1), ('broker_funded', 'alpaca_firm', -1),
         ('broker_funded', 'customer_pending', 1), ('broker_funded', 'customer_cash', -1)) as p(event, kind, sign)
         on p.event = t.event
       join ledger_chart c on c.kind = p.kind
       join ledger_accounts a on a.kind = p.kind and coalesce(a.owner_id, '00000000-0000-0000-0000-000000000000') = case
         when c.shards > 1 then '00000000-0000-0000-0000-000000000000' when p.kind = 'circle_wallet' then ${wallet}
         else ${user} end`,
    `insert into ledger_balances (account_id, shard, guard, balance)
       select a.id, 0, case when not c.guarded then 0 when c.normal = 'debit' then 1 else -1 end, 0
       from ledger_accounts a join ledger_chart c on c.kind = a.kind where c.shards = 1 on conflict do nothing`,
    `update ledger_balances b set balance = s.total from (select account_id, shard, sum(amount) as total
       from ledger_postings group by account_id, shard) s
       where s.account_id = b.account_id and s.shard = b.shard and b.balance <> s.total`,
    `insert into reconciliation_runs (id, cause, status, since, started_at, finished_at)
       select md5('history-run' || n)::uuid, 'schedule', 'done', t.at, t.at, t.at
       from generate_series(1, ${deposits}, 10) n, lateral (select ${at} as at) t`,
    `insert into reconciliation_breaks (key, kind, state, first_run, last_run, found_at, opened_at, resolution,
         resolved_at)
       select 'history-' || n, 'missing_theirs', 'resolved', md5('history-run1')::uuid, md5('history-run1')::uuid,
         t.at, t.at, 'gone', t.at from generate_series(1, ${deposits}, 10) n, lateral (select ${at} as at) t`,
  ];
};

/** Writes that many deposits, and brings the statistics of the planner up to date. */
export async function writeHistory(pool: pg.Pool, deposits: number): Promise<void> {
  const client = await pool.connect();
  try {
    // The accounts that everybody shares have their rows before their postings come.
    await client.query(`select ledger_open(jsonb_agg(jsonb_build_object('account', kind)))
      from unnest(array['circle_in_transit', 'mint_balance', 'alpaca_firm']) kind`);
    // What is there counts as sealed: a first round would take in the whole history otherwise.
    await client.query("select seal_chain('ledger', 1000)");
    await client.query('begin');
    await client.query('set local session_replication_role = replica');
    await client.query('set local enable_nestloop = off');
    for (const statement of STATEMENTS(deposits)) await client.query(statement);
    await client.query('commit');
    await client.query('vacuum (analyze)');
    await client.query('checkpoint');
  } finally {
    client.release();
  }
}
