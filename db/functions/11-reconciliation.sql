-- Reconciliation by sets: the providers' lists and balances against the ledger. How a difference is told from a
-- movement that is under way is written down in docs/decisions/0020-a-difference-is-not-a-movement.md.

-- Begins a run, or answers null while another one is at work. A run that began long ago and never ended has died.
create or replace function reconciliation_begin(p_run uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_policy jsonb := (select value from settings where key = 'reconciliation_policy');
  v_since timestamptz;
begin
  perform pg_advisory_xact_lock(hashtext('reconciliation_begin'));
  insert into provider_facts (name, value) values ('alpaca_firm_account', p ->> 'firm_account_id')
    on conflict (name) do update set value = excluded.value;
  update reconciliation_runs set status = 'failed', finished_at = now(), error = 'The run ended without a word.'
    where status = 'running' and id <> p_run and started_at < now() - interval '1 hour';
  if exists (select from reconciliation_runs where status = 'running' and id <> p_run) then return null; end if;
  -- The first run reads from the first booking on; later ones read a window of the past again.
  select case when exists (select from reconciliation_runs where status = 'done')
      then now() - make_interval(secs =>
        coalesce((v_policy ->> 'windowSeconds')::float8, (p ->> 'window_seconds')::float8))
      else coalesce((select min(at) from ledger_transactions), now()) - interval '1 day' end into v_since;
  insert into reconciliation_runs (id, cause, status, since) values (p_run, coalesce(p ->> 'cause', 'schedule'),
      'running', v_since)
    on conflict (id) do update set status = 'running', since = excluded.since, started_at = now(), error = null;
  return jsonb_build_object('since', to_char(v_since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'policy', v_policy);
end $$;

-- Keeps a page of entries. p_moving: they are read after the balances, so that what changed since the reading
-- before may be in the balances or not. Answers how many there are.
create or replace function keep_statement_lines(p_run uuid, p_moving boolean, p_lines jsonb) returns int
language plpgsql as $$
declare
  v_kept int;
begin
  insert into statement_lines as l (source, reference, from_place, to_place, amount, fee, outcome, provider_state,
      words, tx_hash, at, is_day, seen_run, moving)
    select distinct on (x.source, x.reference) x.source, x.reference, x.from_place, x.to_place, x.amount, x.fee,
      x.outcome, x.provider_state, x.words, x.tx_hash, x.at, x.is_day, p_run, p_moving
    from jsonb_to_recordset(p_lines) as x(source text, reference text, from_place text, to_place text, amount bigint,
      fee bigint, outcome text, provider_state text, words text, tx_hash text, at timestamptz, is_day boolean)
  on conflict (source, reference) do update set
    from_place = excluded.from_place, to_place = excluded.to_place, amount = excluded.amount, fee = excluded.fee,
    outcome = excluded.outcome, provider_state = excluded.provider_state, at = excluded.at, is_day = excluded.is_day,
    words = coalesce(excluded.words, l.words), tx_hash = coalesce(excluded.tx_hash, l.tx_hash),
    seen_run = excluded.seen_run, gone = false,
    changed_at = case when (l.outcome, l.amount, l.fee, l.gone) is distinct from
      (excluded.outcome, excluded.amount, excluded.fee, false) then now() else l.changed_at end,
    moving = p_moving and (l.moving or (l.outcome, l.amount, l.fee, l.gone) is distinct from
      (excluded.outcome, excluded.amount, excluded.fee, false));
  get diagnostics v_kept = row_count;
  return v_kept;
end $$;

-- Keeps what stands at places: [{place, units}].
create or replace function keep_statement_balances(p_run uuid, p_balances jsonb) returns int language plpgsql as $$
declare
  v_kept int;
begin
  insert into statement_balances as b (place, units, seen_run)
    select distinct on (x.place) x.place, x.units, p_run
    from jsonb_to_recordset(p_balances) as x(place text, units bigint)
  on conflict (place) do update set units = excluded.units, seen_run = excluded.seen_run, read_at = now();
  get diagnostics v_kept = row_count;
  return v_kept;
end $$;

-- Our places at the providers and the ledger account that mirrors each.
create or replace function statement_places() returns table (place text, kind text, owner uuid, asset text)
language sql stable as $$
  select w.circle_wallet_id, 'circle_wallet', w.id, 'USDC/6' from wallets w where w.circle_wallet_id is not null
  union all select t.circle_wallet_id, 'treasury_wallet', t.id, 'USDC/6' from treasury_wallets t
    where t.circle_wallet_id is not null
  union all select 'mint', 'mint_balance', null, 'USD/6'
  union all select f.value, 'alpaca_firm', null, 'USD/6' from provider_facts f where f.name = 'alpaca_firm_account'
  union all select u.alpaca_account_id, 'alpaca_customer', u.id, 'USD/6' from users u
    where u.alpaca_account_id is not null
$$;

-- Finds whose entries the unlinked ones are: by our own words in them, by the references that operations and
-- lifecycles keep, by the chain transaction, by the tracking reference of a wire.
-- p_entries: [{lifecycle, column, source}] names the columns that hold providers' ids.
create or replace function link_statement_lines(p_entries jsonb) returns void language plpgsql as $$
declare
  v record;
begin
  update statement_lines l set lifecycle = o.lifecycle, subject_id = o.subject_id, step = o.step
    from (select s.id, s.source, regexp_match(s.words, '([a-z_]+):([0-9a-f]{8}-[0-9a-f-]{27}):([a-z_]+:\d+)') as named
      from statement_lines s where s.subject_id is null and s.words is not null) x
    join provider_operations o on o.lifecycle = x.named[1] and o.subject_id = x.named[2]::uuid and o.step = x.named[3]
      and o.provider = split_part(x.source, '.', 1)
    where l.id = x.id and x.named is not null;
  update statement_lines l set lifecycle = o.lifecycle, subject_id = o.subject_id, step = o.step
    from provider_operations o where l.subject_id is null and o.provider = split_part(l.source, '.', 1)
      and o.provider_reference = l.reference;
  for v in select h.name, h.table_name, e.column_name, e.source
    from jsonb_to_recordset(p_entries) as e(lifecycle text, column_name text, source text)
    join lifecycles h on h.name = e.lifecycle where e.column_name is not null
  loop
    execute format('update statement_lines l set lifecycle = %L, subject_id = t.id from %I t
      where l.subject_id is null and l.source = %L and t.%I = l.reference', v.name, v.table_name, v.source,
      v.column_name);
  end loop;
  update statement_lines l set lifecycle = o.lifecycle, subject_id = o.subject_id, step = o.step
    from provider_operations o where l.subject_id is null and o.tx_hash = l.tx_hash and (l.source = 'mint.transfer'
      or (l.source = 'circle.inbound' and not exists (select from wallets w where w.circle_wallet_id = l.to_place)));
  update statement_lines l set lifecycle = m.lifecycle, subject_id = m.subject_id
    from statement_lines m where l.subject_id is null and m.subject_id is not null and m.id <> l.id
      and ((m.tx_hash = l.tx_hash and m.source <> l.source and (l.source = 'mint.transfer'
          or (l.source = 'circle.inbound'
            and not exists (select from wallets w where w.circle_wallet_id = l.to_place))))
        or (l.source = 'alpaca.transfer' and m.source = 'mint.payout' and m.words = l.words));
end $$;

-- What each entry does to each of our places, between `lo` and `hi`: the two differ while it is under way.
create or replace view statement_effects as
select l.id, l.source, l.reference, l.lifecycle, l.subject_id, l.step, l.outcome, l.at, l.place, l.fee_here as fee,
  case when l.outcome in ('failed', 'returned') and not l.moving then 0
    when l.outcome = 'succeeded' and not l.moving then l.effect else least(0, l.effect) end as lo,
  case when l.outcome in ('failed', 'returned') and not l.moving then 0
    when l.outcome = 'succeeded' and not l.moving then l.effect else greatest(0, l.effect) end as hi
from (
  -- A fee is paid by the sender; where that is somebody outside, it is taken from what arrives.
  select s.*, s.to_place as place, s.amount - x.fee_here as effect, x.fee_here from statement_lines s,
    lateral (select case when s.from_place is null then s.fee else 0 end as fee_here) x
    where s.to_place is not null and not s.gone
  union all
  select s.*, s.from_place, -(s.amount + s.fee), s.fee from statement_lines s
    where s.from_place is not null and not s.gone) l;

-- Whose money is compared: all that moved in our books or in a list since then, and all that has a break.
create or replace function reconciliation_candidates(p_since timestamptz) returns void language plpgsql as $$
begin
  create temp table rc_subjects on commit drop as
    select t.lifecycle, t.subject_id from ledger_transactions t join lifecycles h on h.name = t.lifecycle
      where t.at >= p_since and t.subject_id is not null
    union select l.lifecycle, l.subject_id from statement_lines l
      where l.subject_id is not null and (l.at >= p_since or l.changed_at >= p_since)
    union select b.lifecycle, b.subject_id from reconciliation_breaks b
      where b.state <> 'resolved' and b.subject_id is not null;
  analyze rc_subjects;
end $$;

-- For each lifecycle and account: what the ledger posted, what the lists show, and by how much they differ.
create or replace function reconciliation_items(p_accounts text[]) returns void language plpgsql as $$
begin
  create temp table rc_items on commit drop as
  with posted as (
    select t.lifecycle, t.subject_id, a.kind, coalesce(a.owner_id, t.subject_id) as owner_key, a.owner_id as owner,
      a.asset, sum(p.amount)::bigint as units, max(t.at) as last_at
    from rc_subjects s
    join ledger_transactions t on t.subject_id = s.subject_id and t.lifecycle = s.lifecycle
    join ledger_postings p on p.transaction_id = t.id join ledger_accounts a on a.id = p.account_id
    where a.kind = any (p_accounts) group by 1, 2, 3, 4, 5, 6),
  found as (
    select e.lifecycle, e.subject_id, c.kind, coalesce(c.owner, e.subject_id) as owner_key, c.owner, c.asset,
      sum(e.lo)::bigint as lo, sum(e.hi)::bigint as hi, sum(e.fee)::bigint as fees,
      count(*) filter (where e.outcome = 'succeeded') as effective,
      count(distinct (e.source, e.step)) filter (where e.outcome = 'succeeded') as wanted, max(e.at) as last_at,
      jsonb_agg(jsonb_build_object('source', e.source, 'reference', e.reference, 'state', e.outcome))
        filter (where e.source is not null) as entries
    from rc_subjects s join statement_effects e on e.subject_id = s.subject_id and e.lifecycle = s.lifecycle
    join rc_places c on c.place = e.place group by 1, 2, 3, 4, 5, 6)
  select lifecycle, subject_id, kind, coalesce(f.owner, p.owner) as owner, coalesce(f.asset, p.asset) as asset,
    coalesce(p.units, 0) as posted, coalesce(f.lo, 0) as found_lo, coalesce(f.hi, 0) as found_hi,
    coalesce(f.lo, 0) - coalesce(p.units, 0) as lo, coalesce(f.hi, 0) - coalesce(p.units, 0) as hi,
    coalesce(f.fees, 0) as fees, coalesce(f.effective, 0) as effective, coalesce(f.wanted, 0) as wanted, f.entries,
    least(now(), greatest(p.last_at, f.last_at)) as last_at
  from posted p full join found f using (lifecycle, subject_id, kind, owner_key);
  -- What stood at a place before its account was opened is part of the opening balance.
  create temp table rc_openings on commit drop as
  select a.kind, a.owner_id as owner, min(t.at) as at from ledger_transactions t
  join ledger_postings p on p.transaction_id = t.id join ledger_accounts a on a.id = p.account_id
  where t.lifecycle = 'treasury' and t.event = 'opened' group by 1, 2;
  create temp table rc_strays on commit drop as
  select e.id, e.source, e.reference, c.kind, c.owner, c.asset, e.lo, e.hi, e.at, e.outcome
  from statement_lines l join statement_effects e on e.id = l.id join rc_places c on c.place = e.place
  where l.subject_id is null and not l.gone and (e.lo <> 0 or e.hi <> 0) and not exists (
    select from rc_openings o where o.kind = c.kind and o.owner is not distinct from c.owner and e.at <= o.at);
end $$;

-- Differences that are older than the lifecycle may take for them, each with the most telling of its reasons.
create or replace function reconciliation_differences(p jsonb) returns void language plpgsql as $$
declare
  v_home lifecycles;
  v_grace float8 := (p ->> 'grace_seconds')::float8;
begin
  create temp table rc_patience (lifecycle text, subject_id uuid, seconds float8) on commit drop;
  create temp table rc_lacking (lifecycle text, subject_id uuid, source text, reference text) on commit drop;
  create temp table rc_off on commit drop as select * from rc_items where lo > 0 or hi < 0;
  for v_home in select * from lifecycles h where exists (select from rc_subjects s where s.lifecycle = h.name) loop
    execute format('insert into rc_patience select %L, t.id, case when r.final then 0 else r.seconds end
      from (select distinct subject_id from rc_off where lifecycle = %L) c join %I t on t.id = c.subject_id
      join jsonb_to_recordset($1) as r(lifecycle text, state text, final boolean, seconds float8)
        on r.lifecycle = %L and r.state = t.%I::text',
      v_home.name, v_home.name, v_home.table_name, v_home.name, v_home.column_name) using p -> 'patience';
  end loop;
  perform reconciliation_lacking(p -> 'entries', v_grace);
  insert into rc_findings (key, kind, account, owner, asset, lifecycle, subject_id, expected, found, difference,
    evidence)
  select 'subject:' || i.lifecycle || ':' || i.subject_id || ':' || i.kind || coalesce(':' || i.owner, ''),
    case when i.kind = any (array(select jsonb_array_elements_text(p -> 'transits'))) then 'in_transit'
      when k.reference is not null then 'missing'
      when i.effective > i.wanted then 'duplicate'
      when i.fees > 0 and i.hi < 0 and -i.hi = i.fees then 'fee'
      when i.effective = 0 or i.posted = 0 then 'state' else 'amount' end,
    i.kind, i.owner, i.asset, i.lifecycle, i.subject_id, i.posted,
    case when i.lo > 0 then i.found_lo else i.found_hi end, case when i.lo > 0 then i.lo else i.hi end,
    jsonb_strip_nulls(jsonb_build_object('entries', i.entries, 'lacking', k.reference, 'fee', nullif(i.fees, 0)))
  from rc_off i left join rc_patience w on w.lifecycle = i.lifecycle and w.subject_id = i.subject_id
  left join lateral (select max(l.reference) as reference from rc_lacking l where l.lifecycle = i.lifecycle
    and l.subject_id = i.subject_id and case split_part(l.source, '.', 1) when 'circle' then i.kind ~ '_wallet$'
      when 'mint' then i.kind = 'mint_balance' else i.kind ~ '^alpaca_' end) k on true
  where i.last_at < now() - make_interval(secs => greatest(v_grace, coalesce(w.seconds, 0)))
    -- What is missing in a list is missing, however long the lifecycle may still take.
    or (k.reference is not null and i.last_at < now() - make_interval(secs => v_grace));
  insert into rc_findings (key, kind, lifecycle, subject_id, source, reference, evidence)
  select 'entry:' || l.source || ':' || l.reference, 'missing', l.lifecycle, l.subject_id, l.source, l.reference, '{}'
  from rc_lacking l where not exists (select from rc_findings f where f.lifecycle = l.lifecycle
    and f.subject_id = l.subject_id) on conflict do nothing;
end $$;

-- Entries that our records name and no list has: accepted operations, and ids in the columns of lifecycles.
create or replace function reconciliation_lacking(p_entries jsonb, p_grace float8) returns void language plpgsql as $$
declare
  v record;
begin
  insert into rc_lacking select o.lifecycle, o.subject_id, o.provider, o.provider_reference
    from rc_subjects s join provider_operations o on o.subject_id = s.subject_id and o.lifecycle = s.lifecycle
    join jsonb_to_recordset(p_entries) as e(lifecycle text, step text)
      on e.lifecycle = o.lifecycle and e.step = split_part(o.step, ':', 1)
    where o.state in ('accepted', 'succeeded') and o.provider_reference is not null
      and o.updated_at < now() - make_interval(secs => p_grace)
      and not exists (select from statement_lines l where split_part(l.source, '.', 1) = o.provider
        and l.reference = o.provider_reference and not l.gone);
  for v in select h.name, h.table_name, e.column_name, e.source
    from jsonb_to_recordset(p_entries) as e(lifecycle text, column_name text, source text)
    join lifecycles h on h.name = e.lifecycle where e.column_name is not null
  loop
    execute format('insert into rc_lacking select %L, t.id, %L, t.%I from rc_subjects s join %I t on t.id = s.subject_id
      where s.lifecycle = %L and t.%I is not null and t.updated_at < now() - make_interval(secs => $1)
        and not exists (select from statement_lines l where l.source = %L and l.reference = t.%I and not l.gone)
        and not exists (select from rc_lacking k where k.subject_id = t.id and k.reference = t.%I)',
      v.name, v.source, v.column_name, v.table_name, v.name, v.column_name, v.source, v.column_name, v.column_name)
      using p_grace;
  end loop;
end $$;

-- Entries without an owner, entries at impossible times, operations that are done here and not there.
create or replace function reconciliation_entries(p jsonb, p_since timestamptz) returns void language plpgsql as $$
declare
  v_grace interval := make_interval(secs => (p ->> 'grace_seconds')::float8);
  v_tolerance interval := make_interval(secs => (p ->> 'time_tolerance_seconds')::float8);
begin
  insert into rc_findings (key, kind, account, owner, asset, source, reference, expected, found, difference, evidence)
  select distinct on (s.id) 'entry:' || s.source || ':' || s.reference,
    case when exists (select from statement_lines m where m.id <> l.id and m.source = l.source and m.amount = l.amount
      and m.from_place is not distinct from l.from_place and m.to_place is not distinct from l.to_place and not m.gone
      and (m.tx_hash = l.tx_hash or m.words = l.words)) then 'duplicate' else 'extra' end,
    s.kind, s.owner, s.asset, s.source, s.reference, 0, s.lo, s.lo,
    jsonb_strip_nulls(jsonb_build_object('at', l.at, 'words', l.words, 'tx_hash', l.tx_hash,
      'state', l.provider_state, 'fee', nullif(l.fee, 0)))
  from rc_strays s join statement_lines l on l.id = s.id
  where s.lo = s.hi and least(now(), l.at) < now() - v_grace order by s.id, s.lo desc;

  insert into rc_findings (key, kind, lifecycle, subject_id, source, reference, evidence)
  select 'time:' || l.source || ':' || l.reference, 'time', l.lifecycle, l.subject_id, l.source, l.reference,
    jsonb_build_object('at', l.at, 'asked_at', o.created_at, 'settled_at', o.updated_at)
  from statement_lines l
  join provider_operations o on o.subject_id = l.subject_id and o.lifecycle = l.lifecycle and o.step = l.step
  where not l.gone and l.provider_state is not null and (l.at >= p_since or l.changed_at >= p_since)
    and l.at not between o.created_at - v_tolerance - case when l.is_day then interval '36 hours' else '0' end
      and o.updated_at + v_tolerance + case when l.is_day then interval '36 hours' else '0' end;

  insert into rc_findings (key, kind, lifecycle, subject_id, source, reference, evidence)
  select 'entry:' || l.source || ':' || l.reference, 'state', l.lifecycle, l.subject_id, l.source, l.reference,
    jsonb_build_object('ours', o.state, 'theirs', l.provider_state)
  from rc_subjects s join provider_operations o on o.subject_id = s.subject_id and o.lifecycle = s.lifecycle
  join statement_lines l on split_part(l.source, '.', 1) = o.provider and l.reference = o.provider_reference
  where o.state = 'succeeded' and l.outcome in ('pending', 'unknown') and not l.gone and o.updated_at < now() - v_grace
    and not exists (select from rc_findings f where f.lifecycle = o.lifecycle and f.subject_id = o.subject_id)
  on conflict do nothing;
end $$;

-- Balances that were read in this run against the ledger, less what single movements explain. A movement that is
-- reported as a difference may have moved money or not: the balance tells, and says so in the evidence.
create or replace function reconciliation_balances(p_run uuid) returns void language plpgsql as $$
begin
  create temp table rc_balances on commit drop as
  with explained as (
    select m.kind, m.owner, sum(m.lo)::bigint as lo, sum(m.hi)::bigint as hi,
      (sum(m.lo) filter (where not m.reported))::bigint as under_way_lo,
      (sum(m.hi) filter (where not m.reported))::bigint as under_way_hi
    from (
      select i.kind, coalesce(i.owner::text, '') as owner, i.lo, i.hi, exists (select from rc_findings f
          where f.subject_id = i.subject_id and f.account = i.kind) as reported
        from rc_items i where i.lo <> 0 or i.hi <> 0
      union all
      select t.kind, coalesce(t.owner::text, ''), t.lo, t.hi, exists (select from rc_findings f
        where f.source = t.source and f.reference = t.reference) from rc_strays t) m group by 1, 2),
  ledger as (
    select a.kind, coalesce(a.owner_id::text, '') as owner, sum(s.balance)::bigint as units
    from ledger_accounts a join ledger_balances s on s.account_id = a.id
    where a.kind in (select c.kind from rc_places c) group by 1, 2)
  select c.kind, c.owner, c.asset, b.units as stands, b.read_at, coalesce(l.units, 0) as ours,
    b.units - coalesce(l.units, 0) as off, coalesce(e.lo, 0) as lo, coalesce(e.hi, 0) as hi,
    coalesce(e.under_way_lo, 0) as under_way_lo, coalesce(e.under_way_hi, 0) as under_way_hi
  from statement_balances b join rc_places c on c.place = b.place
  left join ledger l on l.kind = c.kind and l.owner = coalesce(c.owner::text, '')
  left join explained e on e.kind = c.kind and e.owner = coalesce(c.owner::text, '')
  where b.seen_run = p_run;
  update rc_findings f set evidence = f.evidence || '{"balance_agrees": true}' from rc_balances b
    where f.account = b.kind and f.owner is not distinct from b.owner and f.difference <> 0
      and b.off between b.under_way_lo and b.under_way_hi;
  insert into rc_findings (key, kind, account, owner, asset, expected, found, difference, evidence)
  select 'balance:' || b.kind || coalesce(':' || b.owner, ''), 'balance', b.kind, b.owner, b.asset,
    b.stands - d.difference, b.stands, d.difference,
    jsonb_build_object('ledger', b.ours, 'under_way', jsonb_build_array(b.lo, b.hi), 'read_at', b.read_at)
  from rc_balances b, lateral (select case when b.off > b.hi then b.off - b.hi else b.off - b.lo end) as d(difference)
  where b.off not between b.lo and b.hi and b.off not between b.under_way_lo and b.under_way_hi;
end $$;

-- Writes the findings into the breaks: what was suspected before and is there again opens, what is gone closes.
create or replace function reconciliation_merge(p_run uuid, p_confirm boolean) returns jsonb language plpgsql as $$
declare
  v_opened int;
  v_closed int;
begin
  with gone as (
    update reconciliation_breaks b set state = 'resolved', resolution = 'gone', resolved_at = now(), proposal = null
    where b.state in ('open', 'explained') and not exists (select from rc_findings f where f.key = b.key)
      -- A balance that was not read says nothing.
      and (b.kind <> 'balance' or exists (select from rc_places c join statement_balances s on s.place = c.place
        where s.seen_run = p_run and c.kind = b.account and c.owner is not distinct from b.account_owner))
    returning 1)
  select count(*) into v_closed from gone;
  delete from reconciliation_breaks b where b.state = 'suspected'
    and not exists (select from rc_findings f where f.key = b.key);
  with seen as (
    update reconciliation_breaks b set last_run = p_run, kind = f.kind, expected = f.expected, found = f.found,
      evidence = f.evidence,
      proposal = case when b.difference is distinct from f.difference then null else b.proposal end,
      state = case when b.state = 'suspected' and p_confirm then 'open'
        when b.state = 'explained' and b.difference is distinct from f.difference then 'open' else b.state end,
      opened_at = case when b.state = 'suspected' and p_confirm then now() else b.opened_at end,
      difference = f.difference
    from rc_findings f where b.key = f.key and b.state <> 'resolved' returning b.opened_at = now() as opened)
  select count(*) filter (where opened) into v_opened from seen;
  insert into reconciliation_breaks (key, kind, state, account, account_owner, asset, lifecycle, subject_id, source,
      reference, expected, found, difference, evidence, first_run, last_run)
    select f.key, f.kind, 'suspected', f.account, f.owner, f.asset, f.lifecycle, f.subject_id, f.source, f.reference,
      f.expected, f.found, f.difference, f.evidence, p_run, p_run
    from rc_findings f on conflict (key) where state <> 'resolved' do nothing;
  update reconciliation_runs set opened = opened + v_opened, closed = closed + v_closed,
    subjects = (select count(*) from rc_subjects),
    lines = (select count(*) from statement_lines where seen_run = p_run),
    balances = (select count(*) from statement_balances where seen_run = p_run),
    still_open = (select count(*) from reconciliation_breaks where state = 'open')
    where id = p_run;
  return jsonb_build_object('opened', v_opened, 'closed', v_closed,
    'suspected', (select count(*) from reconciliation_breaks where state = 'suspected'),
    'open', (select count(*) from reconciliation_breaks where state = 'open'));
end $$;

-- What a lifecycle that has ended must hear of: its journal was taken back, and nobody told it.
create or replace function reconciliation_news() returns jsonb language plpgsql as $$
declare
  v_line statement_lines;
  v_id bigint;
  v_signals jsonb := '[]';
begin
  for v_line in select l.* from statement_lines l where l.source = 'alpaca.journal' and l.outcome = 'returned'
    and exists (select from rc_findings f where f.lifecycle = l.lifecycle and f.subject_id = l.subject_id)
  loop
    v_id := store_event(jsonb_build_object('provider', 'alpaca', 'kind', 'alpaca.journal',
      'provider_event_id', 'statement:' || v_line.reference || ':' || v_line.provider_state,
      'reference', v_line.reference, 'payload', '{}'::jsonb,
      'message', jsonb_build_object('source', 'alpaca.journal', 'state', lower(v_line.provider_state),
        'reference', v_line.reference, 'at', v_line.at)));
    continue when v_id is null;
    v_signals := v_signals || event_signal(v_id, v_line.lifecycle || ':' || v_line.subject_id);
  end loop;
  return v_signals;
end $$;

-- One comparison. p_confirm: what was suspected before and is still there opens a break.
-- p: { entries, patience, mirrors, transits, grace_seconds, time_tolerance_seconds }.
create or replace function reconcile(p_run uuid, p_confirm boolean, p jsonb) returns jsonb language plpgsql as $$
declare
  v_since timestamptz := (select since from reconciliation_runs where id = p_run);
  v_signals jsonb;
begin
  -- What the window should have shown and did not is not in the list any more.
  update statement_lines set gone = true, changed_at = now()
    where at >= v_since and seen_run <> p_run and not gone;
  perform link_statement_lines(p -> 'entries');
  create temp table rc_places on commit drop as select * from statement_places();
  create index on rc_places (place);
  analyze rc_places;
  create temp table rc_findings (key text primary key, kind text, account text, owner uuid, asset text, lifecycle text,
    subject_id uuid, source text, reference text, expected bigint, found bigint, difference bigint, evidence jsonb)
    on commit drop;
  perform reconciliation_candidates(v_since);
  perform reconciliation_items(array(select jsonb_array_elements_text((p -> 'mirrors') || (p -> 'transits'))));
  perform reconciliation_differences(p);
  perform reconciliation_entries(p, v_since);
  perform reconciliation_balances(p_run);
  v_signals := reconciliation_news();
  return reconciliation_merge(p_run, p_confirm) || jsonb_build_object('signals', v_signals);
end $$;

-- Ends a run with the two figures that matter: money that nothing explains, and whether the ledger holds together.
create or replace function reconciliation_end(p_run uuid, p_error text) returns void language sql as $$
  update reconciliation_runs set status = case when p_error is null then 'done' else 'failed' end, error = p_error,
    finished_at = now(),
    unexplained = (select coalesce(jsonb_object_agg(asset, units::text), '{}') from (
      select asset, sum(abs(difference)) as units from reconciliation_breaks
      where state = 'open' and asset is not null group by asset) x),
    conservation = (select coalesce(jsonb_object_agg(asset, units::text), '{}') from (
      select a.asset, sum(b.balance) as units from ledger_balances b join ledger_accounts a on a.id = b.account_id
      group by a.asset) x),
    still_open = (select count(*) from reconciliation_breaks where state = 'open')
  where id = p_run and status = 'running'
$$;

-- The postings that settle a break: our mirror comes to show what the provider says, and the counter account takes
-- the other side. p_counters: {asset: account}.
create or replace function reconciliation_postings(p_break reconciliation_breaks, p_counters jsonb) returns jsonb
language sql stable as $$
  with moved as (
    select p_break.account as account, p_break.account_owner as owner, p_break.asset as asset,
      p_break.difference as amount where p_break.source is null
    union all select c.kind, c.owner, c.asset, e.lo from statement_lines l
      join statement_effects e on e.id = l.id join statement_places() c on c.place = e.place
      where l.source = p_break.source and l.reference = p_break.reference and p_break.subject_id is null)
  select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('account', x.account, 'owner', x.owner,
    'amount', x.amount::text))), '[]') from (
      select account, owner, amount from moved
      union all select p_counters ->> asset, null, -sum(amount)::bigint from moved group by asset) x
  where x.account is not null and x.amount <> 0
$$;

-- Settles a break by a posting or by an explanation, which two people must agree on. Answers { outcome }:
-- `proposed`, `settled`, `withdrawn`, or why not: `not_found`, `not_open`, `second_person`, `differs`,
-- `nothing_to_post`. p: { by, counter?, counters?, note, person, request_id }.
create or replace function reconciliation_settle(p_break uuid, p jsonb) returns text language plpgsql as $$
declare
  v_break reconciliation_breaks;
  v_person uuid := (p ->> 'person')::uuid;
  v_postings jsonb;
  v_outcome text;
begin
  select * into v_break from reconciliation_breaks where id = p_break and state <> 'suspected' for update;
  if not found then return 'not_found'; end if;
  if v_break.state <> 'open' then return 'not_open'; end if;
  v_postings := reconciliation_postings(v_break, coalesce(p -> 'counters', '{}'));
  if p ->> 'by' = 'posting' and v_postings = '[]' then return 'nothing_to_post'; end if;
  if p ->> 'by' = 'withdrawal' then
    update reconciliation_breaks set proposal = null where id = p_break;
    v_outcome := 'withdrawn';
  elsif v_break.proposal is null then
    update reconciliation_breaks set proposal = jsonb_build_object('by', p -> 'by', 'counter', p -> 'counter',
      'note', p -> 'note', 'proposed_by', v_person, 'proposed_at', now()) where id = p_break;
    v_outcome := 'proposed';
  elsif (v_break.proposal ->> 'by', v_break.proposal ->> 'counter') is distinct from (p ->> 'by', p ->> 'counter') then
    return 'differs';
  elsif (v_break.proposal ->> 'proposed_by')::uuid = v_person then return 'second_person';
  else
    v_outcome := 'settled';
    if p ->> 'by' = 'posting' then
      perform ledger_post('reconciliation:' || p_break, coalesce(v_break.lifecycle, 'reconciliation'),
        coalesce(v_break.subject_id, p_break), 'reconciled', v_postings);
      -- From now on the entry is the posting's own.
      update statement_lines set lifecycle = 'reconciliation', subject_id = p_break
        where source = v_break.source and reference = v_break.reference and subject_id is null;
    end if;
    update reconciliation_breaks set resolved_by = v_person, resolved_at = now(), resolution = p ->> 'by',
      state = case when p ->> 'by' = 'posting' then 'resolved' else 'explained' end where id = p_break;
  end if;
  insert into reconciliation_notes (break_id, author_id, note) values (p_break, v_person, p ->> 'note');
  insert into audit_log (actor_id, actor_role, action, subject_kind, subject_id, request_id, detail)
    select v_person, u.role::text, 'reconciliation.' || v_outcome, 'reconciliation_break', p_break::text,
      p ->> 'request_id', jsonb_build_object('by', p -> 'by', 'counter', p -> 'counter', 'postings', v_postings)
    from users u where u.id = v_person;
  return v_outcome;
end $$;

-- Gives a break to somebody (or to nobody), or writes a note. p: { owner?, note?, person, request_id }.
create or replace function reconciliation_annotate(p_break uuid, p jsonb) returns text language plpgsql as $$
begin
  perform from reconciliation_breaks where id = p_break and state <> 'suspected' for update;
  if not found then return 'not_found'; end if;
  if p ? 'owner' then
    if p ->> 'owner' is not null and not exists (select from users where id = (p ->> 'owner')::uuid
      and role in ('support', 'admin') and status = 'active') then return 'not_staff'; end if;
    update reconciliation_breaks set owner_id = (p ->> 'owner')::uuid where id = p_break;
  end if;
  if p ? 'note' then
    insert into reconciliation_notes (break_id, author_id, note) values (p_break, (p ->> 'person')::uuid, p ->> 'note');
  end if;
  insert into audit_log (actor_id, actor_role, action, subject_kind, subject_id, request_id, detail)
    select u.id, u.role::text, case when p ? 'owner' then 'reconciliation.assign' else 'reconciliation.note' end,
      'reconciliation_break', p_break::text, p ->> 'request_id',
      jsonb_strip_nulls(jsonb_build_object('owner', p -> 'owner'))
    from users u where u.id = (p ->> 'person')::uuid;
  return 'done';
end $$;

create or replace trigger reconciliation_notes_append_only before update or delete on reconciliation_notes
  for each row execute function refuse_change();
