-- The ledger's own laws. They hold for every writer: a transaction sums to zero per asset and is
-- written at once, guarded accounts never pass zero, and balances always equal their postings.
-- That a posting names a transaction and an account which exist is checked here as well and by no foreign key: each
-- would lock the row that it names, and all who post to one account at the same time would share that lock.

create or replace function apply_postings() returns trigger language plpgsql as $$
declare
  v_wrong record;
  v_moved record;
begin
  select p.transaction_id, p.asset, sum(p.amount) as total, max(t.id) as found into v_wrong
    from added p left join ledger_transactions t on t.id = p.transaction_id
    group by p.transaction_id, p.asset
    having sum(p.amount) <> 0 or bool_or(t.written_by is distinct from pg_current_xact_id()::text) limit 1;
  if found then
    if v_wrong.total <> 0 then
      raise exception 'ledger transaction % does not sum to zero in %: off by %',
        v_wrong.transaction_id, v_wrong.asset, v_wrong.total using errcode = 'SL003';
    elsif v_wrong.found is null then
      raise exception 'there is no ledger transaction %', v_wrong.transaction_id
        using errcode = 'foreign_key_violation';
    end if;
    raise exception 'ledger transaction % is closed: nothing can be added to it', v_wrong.transaction_id
      using errcode = 'SL003';
  end if;

  -- Always in the same order, so that two transactions can never wait for each other: the guarded
  -- balances first, because ledger_hold takes those before anything is posted. Row by row, because one statement
  -- for all of them would have to lock them in that order first, and so write each of them twice.
  for v_moved in
    select d.account_id, d.asset, d.shard, d.amount, a.id is not null as known
    from (select p.account_id, p.asset, p.shard, sum(p.amount)::bigint as amount from added p group by 1, 2, 3) d
    left join ledger_accounts a on a.id = d.account_id and a.asset = d.asset
    left join ledger_balances b on b.account_id = d.account_id and b.shard = d.shard
    order by b.guard = 0, d.account_id, d.shard
  loop
    if not v_moved.known then
      raise exception 'there is no account % in %', v_moved.account_id, v_moved.asset
        using errcode = 'foreign_key_violation';
    end if;
    update ledger_balances set balance = balance + v_moved.amount
      where account_id = v_moved.account_id and shard = v_moved.shard;
    if not found then
      raise exception 'a posting names a balance that does not exist' using errcode = 'SL003';
    end if;
  end loop;
  return null;
end $$;

create or replace trigger ledger_postings_apply after insert on ledger_postings
  referencing new table as added for each statement execute function apply_postings();

create or replace function guard_balance() returns trigger language plpgsql as $$
begin
  -- Only the trigger on the postings moves a balance; a new one is empty.
  if (tg_op = 'UPDATE' and pg_trigger_depth() < 2) or (tg_op = 'INSERT' and new.balance <> 0) then
    raise exception 'a balance moves only with postings' using errcode = 'SL002';
  end if;
  if new.guard * new.balance < 0 then
    raise exception 'account % would pass zero', (
      select a.kind || coalesce(':' || a.owner_id, '') from ledger_accounts a where a.id = new.account_id
    ) using errcode = 'SL004';
  end if;
  return new;
end $$;

create or replace trigger ledger_balances_guard before insert on ledger_balances
  for each row execute function guard_balance();
-- Asked before the function is called, because nearly every posting passes.
create or replace trigger ledger_balances_guard_update before update on ledger_balances
  for each row when (pg_trigger_depth() < 1 or new.guard * new.balance < 0) execute function guard_balance();
create or replace trigger ledger_balances_stay before delete on ledger_balances
  for each row execute function refuse_change();
create or replace trigger ledger_balances_no_truncate before truncate on ledger_balances
  for each statement execute function refuse_change();

-- The id of an account; null of one that was never opened. Two queries, because no index serves
-- `is not distinct from`: each posting would read all accounts of the kind.
create or replace function ledger_account_id(p_kind text, p_owner uuid) returns bigint language plpgsql stable as $$
begin
  if p_owner is null then
    return (select id from ledger_accounts where kind = p_kind and owner_id is null);
  end if;
  return (select id from ledger_accounts where kind = p_kind and owner_id = p_owner);
end $$;

-- The same with what a posting repeats of the account; all null of one that was never opened.
create or replace function ledger_account(p_kind text, p_owner uuid, out id bigint, out asset text, out shards int)
language plpgsql stable as $$
begin
  if p_owner is null then
    select a.id, a.asset, c.shards into id, asset, shards from ledger_accounts a join ledger_chart c on c.kind = a.kind
      where a.kind = p_kind and a.owner_id is null;
  else
    select a.id, a.asset, c.shards into id, asset, shards from ledger_accounts a join ledger_chart c on c.kind = a.kind
      where a.kind = p_kind and a.owner_id = p_owner;
  end if;
end $$;

-- Opens an account of the chart, unless somebody else has opened it at the same moment.
create or replace function ledger_open_one(p_kind text, p_owner uuid) returns void language plpgsql as $$
declare
  v_id bigint;
  v_kind ledger_chart;
begin
  select * into v_kind from ledger_chart where kind = p_kind;
  if not found then
    raise exception 'the chart of accounts has no %', p_kind using errcode = 'SL003';
  end if;
  insert into ledger_accounts (kind, owner_id, asset) values (p_kind, p_owner, v_kind.asset)
    on conflict (kind, owner_id) do nothing returning id into v_id;
  if v_id is null then return; end if;
  insert into ledger_balances (account_id, shard, guard, balance)
    select v_id, s, case when not v_kind.guarded then 0 when v_kind.normal = 'debit' then 1 else -1 end, 0
    from generate_series(0, v_kind.shards - 1) s;
end $$;

-- Opens the accounts that do not exist yet. In one order, so that two transactions that open the
-- same ones at the same moment never wait for each other. p_accounts is [{account, owner?}].
create or replace function ledger_open(p_accounts jsonb) returns void language plpgsql as $$
declare
  v_account record;
begin
  for v_account in
    select distinct x.account, x.owner from jsonb_to_recordset(p_accounts) as x(account text, owner uuid)
    where ledger_account_id(x.account, x.owner) is null order by 1, 2
  loop
    perform ledger_open_one(v_account.account, v_account.owner);
  end loop;
end $$;

-- Opens accounts and keeps the guarded ones still until the end of the transaction: for postings whose
-- amounts depend on a balance. Name every guarded account that will be posted to.
create or replace function ledger_hold(p_accounts jsonb) returns void language plpgsql as $$
begin
  perform ledger_open(p_accounts);
  perform from ledger_balances b
    where b.guard <> 0 and b.account_id = any (array(
      select ledger_account_id(x.account, x.owner) from jsonb_to_recordset(p_accounts) as x(account text, owner uuid)
      where x.owner is not null))
    order by b.account_id, b.shard for update;
end $$;

-- Posts one transaction; p_postings is [{account, owner?, amount}]. The same reference posts once:
-- false means that it was there already.
create or replace function ledger_post(
  p_reference text, p_lifecycle text, p_subject uuid, p_event text, p_postings jsonb
) returns boolean language plpgsql as $$
declare
  v_id bigint;
  v_accounts bigint[];
  v_assets text[];
  v_shards int[];
  v_amounts bigint[];
begin
  insert into ledger_transactions (reference, lifecycle, subject_id, event, written_by)
    values (p_reference, p_lifecycle, p_subject, p_event, pg_current_xact_id()::text)
    on conflict (reference) do nothing returning id into v_id;
  if v_id is null then return false; end if;
  for attempt in 1 .. 2 loop
    select array_agg(a.id), array_agg(a.asset), array_agg(a.shards), array_agg(p.amount)
      into v_accounts, v_assets, v_shards, v_amounts
      from jsonb_to_recordset(p_postings) as p(account text, owner uuid, amount bigint),
        ledger_account(p.account, p.owner) a;
    exit when array_position(v_accounts, null) is null;
    perform ledger_open(p_postings);
  end loop;
  -- No table is joined here: the plan of a join with an array, whose length Postgres guesses wrong, is made anew for
  -- each call where the tables are large.
  insert into ledger_postings (transaction_id, account_id, asset, shard, amount)
    select v_id, p.account_id, p.asset, v_id % p.shards, p.amount
    from unnest(v_accounts, v_assets, v_shards, v_amounts) as p(account_id, asset, shards, amount)
    where p.amount <> 0;
  return true;
end $$;

-- Balance of an account on its normal side, in smallest units; zero when it was never used.
create or replace function ledger_balance(p_kind text, p_owner uuid) returns bigint language sql stable as $$
  select coalesce(sum(b.balance) * case when max(c.normal) = 'debit' then 1 else -1 end, 0)::bigint
  from ledger_chart c join ledger_balances b on b.account_id = ledger_account_id(p_kind, p_owner)
  where c.kind = p_kind
$$;
