-- The seeds' `balances`: a view over the ledger, never a second truth.
create or replace view balances as
select
  u.id as user_id,
  -- Never rounded up: nobody sees a cent that is not there.
  trunc(ledger_balance('customer_cash', u.id) / 1000000.0, 2)::numeric(18, 2) as buying_power_usd,
  trunc((ledger_balance('customer_converting', u.id) + ledger_balance('customer_pending', u.id)) / 1000000.0, 2)
    ::numeric(18, 2) as pending_broker_deposits_usd,
  trunc(ledger_balance('customer_held', u.id) / 1000000.0, 2)::numeric(18, 2) as held_usd,
  trunc(ledger_balance('customer_unsettled', u.id) / 1000000.0, 2)::numeric(18, 2) as unsettled_usd,
  (ledger_balance('customer_receivable', u.id) / 1000000.0)::numeric(18, 2) as receivable_usd,
  ((select coalesce(sum(ledger_balance('customer_incoming', w.id)), 0) from wallets w where w.user_id = u.id)
    / 1000000.0)::numeric(18, 6) as dust_usdc,
  u.updated_at
from users u;

-- Every account with its balance on its normal side, in smallest units.
create or replace view ledger_account_balances as
select a.id, a.kind, a.owner_id, a.asset, c.normal,
  (sum(b.balance) * case when c.normal = 'debit' then 1 else -1 end)::bigint as balance
from ledger_accounts a join ledger_chart c on c.kind = a.kind join ledger_balances b on b.account_id = a.id
group by a.id, c.kind;
