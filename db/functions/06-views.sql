-- The seeds' `balances`: a view over the ledger, never a second truth.
-- One pass over the customer's few accounts, each on its normal side.
create or replace view balances as
select
  u.id as user_id,
  -- Never rounded up: nobody sees a cent that is not there.
  trunc(k.cash / 1000000.0, 2)::numeric(18, 2) as buying_power_usd,
  trunc(k.on_the_way / 1000000.0, 2)::numeric(18, 2) as pending_broker_deposits_usd,
  trunc(k.held / 1000000.0, 2)::numeric(18, 2) as held_usd,
  trunc(k.unsettled / 1000000.0, 2)::numeric(18, 2) as unsettled_usd,
  (k.receivable / 1000000.0)::numeric(18, 2) as receivable_usd,
  (w.incoming / 1000000.0)::numeric(18, 6) as dust_usdc,
  u.updated_at
from users u
cross join lateral (
  select coalesce(sum(-b.balance) filter (where a.kind = 'customer_cash'), 0) as cash,
    coalesce(sum(-b.balance) filter (where a.kind in ('customer_converting', 'customer_pending')), 0) as on_the_way,
    coalesce(sum(-b.balance) filter (where a.kind = 'customer_held'), 0) as held,
    coalesce(sum(-b.balance) filter (where a.kind = 'customer_unsettled'), 0) as unsettled,
    coalesce(sum(b.balance) filter (where a.kind = 'customer_receivable'), 0) as receivable
  from ledger_accounts a join ledger_balances b on b.account_id = a.id where a.owner_id = u.id) k
cross join lateral (
  select coalesce(sum(-b.balance), 0) as incoming
  from wallets o join ledger_accounts a on a.kind = 'customer_incoming' and a.owner_id = o.id
  join ledger_balances b on b.account_id = a.id where o.user_id = u.id) w;

-- Every account with its balance on its normal side, in smallest units.
create or replace view ledger_account_balances as
select a.id, a.kind, a.owner_id, a.asset, c.normal,
  (sum(b.balance) * case when c.normal = 'debit' then 1 else -1 end)::bigint as balance
from ledger_accounts a join ledger_chart c on c.kind = a.kind join ledger_balances b on b.account_id = a.id
group by a.id, c.kind;
