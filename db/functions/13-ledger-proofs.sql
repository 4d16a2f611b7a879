-- Proofs about the ledger: seals that chain it, balances of the past. What they promise: docs/ledger-proofs.md.

create or replace trigger seals_append_only before update or delete on seals
  for each row execute function refuse_change();
create or replace trigger seals_no_truncate before truncate on seals
  for each statement execute function refuse_change();

-- One field of a canonical form: its length in bytes, a colon, its bytes; a lone hyphen for null.
create or replace function seal_field(p text) returns text language sql immutable as $$
  select case when p is null then '-' else octet_length(p) || ':' || p end
$$;

create or replace function seal_time(p timestamptz) returns text language sql stable as $$
  select to_char(p at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- The fields of a ledger transaction and its postings, in the order that docs/ledger-proofs.md lists.
create or replace function seal_ledger_fields(t ledger_transactions) returns text language sql stable as $$
  select seal_field(t.id::text) || seal_field(t.reference) || seal_field(t.lifecycle) ||
    seal_field(t.subject_id::text) || seal_field(t.event) || seal_field(t.written_by) || seal_field(seal_time(t.at)) ||
    seal_field(count(*)::text) || coalesce(string_agg(
      seal_field(p.id::text) || seal_field(p.account_id::text) || seal_field(a.kind) ||
      seal_field(a.owner_id::text) || seal_field(p.asset) || seal_field(p.shard::text) || seal_field(p.amount::text),
      '' order by p.id), '')
  from ledger_postings p join ledger_accounts a on a.id = p.account_id where p.transaction_id = t.id
$$;

create or replace function seal_audit_fields(e audit_log) returns text language sql stable as $$
  select seal_field(e.id::text) || seal_field(e.actor_id::text) || seal_field(e.actor_role) || seal_field(e.action) ||
    seal_field(e.subject_kind) || seal_field(e.subject_id) || seal_field(e.request_id) ||
    seal_field(e.detail::text) || seal_field(e.written_by) || seal_field(seal_time(e.at))
$$;

-- Numbers of database transactions mean something only in the cluster that gave them.
create or replace function seal_cluster() returns text language sql stable as $$
  select system_identifier::text from pg_control_system()
$$;

-- The database transactions that may have written rows without a seal. In the first round on a cluster that is any:
-- rows that were restored from another one carry its numbers. Later on those are all sealed, and never looked at.
create or replace function seal_window(p_chain text, out first xid8, out beyond xid8) language sql stable as $$
  select coalesce(max(next_xid::xid8), '0'),
    case when count(*) = 0 then '18446744073709551615'::xid8 else pg_snapshot_xmax(pg_current_snapshot()) end
  from seal_watermarks where chain = p_chain and cluster = seal_cluster()
$$;

-- Seals what has become visible, at most p_limit rows. `complete` is false when there may be more. It never
-- waits for a writer and no writer waits for it; two sealers take turns.
create or replace function seal_chain(p_chain text, p_limit int) returns jsonb language plpgsql as $$
declare
  v_before timestamptz;
  v_first xid8;
  v_next xid8;
  v_beyond xid8;
  v_position bigint;
  v_digest bytea;
  v_effective timestamptz;
  v_as_of timestamptz;
  v_row record;
  v_sealed int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('seal:' || p_chain, 0));
  -- Each statement has a snapshot of its own. What was visible at v_before, and what database transactions
  -- below v_next wrote, is therefore all in the snapshot of the loop, and below v_beyond.
  v_before := clock_timestamp();
  select w.first, w.beyond, pg_snapshot_xmin(pg_current_snapshot()) into v_first, v_beyond, v_next
    from seal_window(p_chain) w;
  select as_of into v_as_of from seal_watermarks where chain = p_chain;
  select position, digest, effective_at into v_position, v_digest, v_effective
    from seals where chain = p_chain order by position desc limit 1;
  v_position := coalesce(v_position, 0);
  v_digest := coalesce(v_digest, decode(repeat('00', 32), 'hex'));
  v_effective := greatest(v_effective, v_as_of);

  for v_row in execute format(
    'select x.id, x.at, %I(x) as fields from %I x
     where x.written_by::xid8 >= $3 and x.written_by::xid8 < $4
       and not exists (select from seals s where s.chain = $1 and s.subject_id = x.id)
     order by x.written_by::xid8, x.id limit $2',
    case p_chain when 'ledger' then 'seal_ledger_fields' else 'seal_audit_fields' end,
    case p_chain when 'ledger' then 'ledger_transactions' else 'audit_log' end)
    using p_chain, p_limit, v_first, v_beyond
  loop
    v_sealed := v_sealed + 1;
    v_position := v_position + 1;
    v_effective := greatest(v_effective, least(v_row.at, v_before));
    v_digest := sha256(v_digest || convert_to(seal_field(p_chain || '/1') || seal_field(v_position::text) ||
      seal_field(seal_time(v_effective)) || v_row.fields, 'UTF8'));
    insert into seals (chain, position, subject_id, effective_at, digest)
      values (p_chain, v_position, v_row.id, v_effective, v_digest);
  end loop;

  if v_sealed < p_limit then
    v_as_of := greatest(v_as_of, v_before);
    insert into seal_watermarks (chain, as_of, next_xid, cluster)
      values (p_chain, v_as_of, v_next::text, seal_cluster())
      on conflict (chain) do update
      set as_of = excluded.as_of, next_xid = excluded.next_xid, cluster = excluded.cluster;
  end if;
  return jsonb_build_object('sealed', v_sealed, 'complete', v_sealed < p_limit,
    'position', v_position::text, 'head', encode(v_digest, 'hex'));
end $$;

-- Ledger transactions that are visible and not sealed yet, with the time since when they will count at the least.
create or replace function ledger_unsealed() returns table (transaction_id bigint, effective_at timestamptz)
language sql stable as $$
  select t.id, greatest(t.at, (select as_of from seal_watermarks where chain = 'ledger'),
    (select s.effective_at from seals s where s.chain = 'ledger' order by s.position desc limit 1))
  from ledger_transactions t
  where t.written_by::xid8 >= (select w.first from seal_window('ledger') w)
    and t.written_by::xid8 < (select w.beyond from seal_window('ledger') w)
    and not exists (select from seals s where s.chain = 'ledger' and s.subject_id = t.id)
$$;

-- What moved on each account after position p_after: sealed rows up to p_through, and, where p_at is given,
-- those without a seal that count at that time. Debit positive.
create or replace function ledger_moved(p_after bigint, p_through bigint, p_at timestamptz)
returns table (account_id bigint, amount numeric) language sql stable as $$
  select p.account_id, sum(p.amount) from (
    select s.subject_id as transaction_id from seals s
      where s.chain = 'ledger' and s.position > p_after and s.position <= p_through
    union all
    select u.transaction_id from ledger_unsealed() u where p_at is not null and u.effective_at <= p_at
  ) t join ledger_postings p on p.transaction_id = t.transaction_id group by p.account_id
$$;

-- Writes the checkpoints that are due, one every p_every positions, at most p_limit of them; answers how many.
create or replace function ledger_checkpoint(p_every int, p_limit int) returns int language plpgsql as $$
declare
  v_last bigint;
  v_next bigint;
  v_head bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('ledger-checkpoint', 0));
  select coalesce(max(position), 0) into v_head from seals where chain = 'ledger';
  for i in 1 .. p_limit loop
    select coalesce(max(position), 0) into v_last from ledger_checkpoints;
    v_next := v_last + p_every;
    if v_next > v_head then return i - 1; end if;
    insert into ledger_account_checkpoints (account_id, position, balance)
      select m.account_id, v_next, m.amount + coalesce((
        select c.balance from ledger_account_checkpoints c where c.account_id = m.account_id
        order by c.position desc limit 1), 0)
      from ledger_moved(v_last, v_next, null) m;
    insert into ledger_checkpoints (kind, position, balance)
      select c.kind, v_next, coalesce((
          select k.balance from ledger_checkpoints k where k.kind = c.kind order by k.position desc limit 1), 0)
        + coalesce(m.amount, 0)
      from ledger_chart c left join (
        select a.kind, sum(x.balance - coalesce(y.balance, 0)) as amount
        from ledger_account_checkpoints x join ledger_accounts a on a.id = x.account_id
        left join lateral (select b.balance from ledger_account_checkpoints b
          where b.account_id = x.account_id and b.position < v_next order by b.position desc limit 1) y on true
        where x.position = v_next group by a.kind) m on m.kind = c.kind;
  end loop;
  return p_limit;
end $$;

-- The place of a moment in the ledger's chain: the last position that counts, the checkpoint before it, and whether
-- what is not sealed yet has to be looked at.
create or replace function ledger_place(p_at timestamptz)
returns table (through bigint, checkpoint bigint, as_of timestamptz, final boolean) language sql stable as $$
  select x.through, coalesce((select max(c.position) from ledger_checkpoints c where c.position <= x.through), 0),
    w.as_of, coalesce(p_at < w.as_of, false)
  from (select coalesce((select s.position from seals s where s.chain = 'ledger' and s.effective_at <= p_at
      order by s.effective_at desc, s.position desc limit 1), 0) as through) x
  left join seal_watermarks w on w.chain = 'ledger'
$$;

-- Every kind of account at a moment, all owners together. Smallest units on the normal side.
create or replace function ledger_kinds_at(p_at timestamptz)
returns table (kind text, asset text, normal text, balance bigint) language sql stable as $$
  with place as materialized (select * from ledger_place(p_at)),
  moved as materialized (
    select a.kind, sum(m.amount) as amount
    from place, ledger_moved(place.checkpoint, place.through, case when not place.final then p_at end) m
    join ledger_accounts a on a.id = m.account_id group by a.kind)
  select c.kind, c.asset, c.normal, ((coalesce(k.balance, 0) + coalesce(m.amount, 0)) *
    case when c.normal = 'debit' then 1 else -1 end)::bigint
  from ledger_chart c cross join place
  left join ledger_checkpoints k on k.kind = c.kind and k.position = place.checkpoint
  left join moved m on m.kind = c.kind
$$;

-- Single accounts at a moment. Smallest units on the normal side.
create or replace function ledger_accounts_at(p_at timestamptz, p_accounts bigint[])
returns table (account_id bigint, balance bigint) language sql stable as $$
  with place as materialized (select * from ledger_place(p_at)),
  moved as materialized (
    select m.* from place, ledger_moved(place.checkpoint, place.through, case when not place.final then p_at end) m)
  select a.id, ((coalesce(k.balance, 0) + coalesce(m.amount, 0)) *
    case when c.normal = 'debit' then 1 else -1 end)::bigint
  from ledger_accounts a join ledger_chart c on c.kind = a.kind cross join place
  left join lateral (select x.balance from ledger_account_checkpoints x
    where x.account_id = a.id and x.position <= place.checkpoint order by x.position desc limit 1) k on true
  left join moved m on m.account_id = a.id
  where a.id = any (p_accounts)
$$;
