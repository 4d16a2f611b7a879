-- What wires and the rounds of the treasury need beyond a plain transition.

-- The switches that the next provider call of a wire depends on; none where no call of ours is next.
create or replace function wire_rails(w wires) returns text[] language sql immutable as $$
  select case
    when w.status <> 'planned' then '{}'::text[]
    when w.kind = 'mint_to_alpaca' then array['wires', 'mint']
    when w.kind = 'alpaca_to_mint' then array['wires', 'alpaca']
    when w.kind = 'mint_to_wallet' then array['wires', 'mint', 'chain:' || w.chain::text]
    else array['wires', 'circle', 'mint', 'chain:' || w.chain::text] end
$$;

create or replace function utc_text(p_at timestamptz) returns text language sql stable as $$
  select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- What the workflow carries about a wire.
create or replace function wire_facts(w wires) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'status', w.status, 'kind', w.kind, 'chain', w.chain, 'amount_usd', w.amount_usd::text, 'reason', w.reason,
    'attempt', w.attempt, 'provider_ref', w.provider_ref, 'tracking_ref', w.tracking_ref,
    'arrival_ref', w.arrival_ref, 'waiting_for', w.waiting_for, 'paused_by', paused_by(wire_rails(w)),
    'unclear', exists (select from provider_operations o
      where o.subject_id = w.id and o.lifecycle = 'wire' and o.state = 'unknown'),
    'approvals_needed', w.approvals_needed,
    'approvals', (select count(*)::int from wire_approvals a where a.wire_id = w.id and a.approved),
    'approval_expires_at', utc_text(w.approval_expires_at),
    'now', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'since', utc_text(coalesce(w.ended_at, w.completed_at, w.sent_at, w.initiated_at, w.created_at)),
    'initiated_at', utc_text(w.initiated_at), 'expected_at', utc_text(w.expected_at),
    'references', to_jsonb(array_remove(array[w.provider_ref, w.tracking_ref, w.arrival_ref], null)),
    'circle_wallet_id', t.circle_wallet_id, 'treasury_wallet_id', t.id, 'mint_recipient_id', t.mint_recipient_id,
    'mint_address', (select a.address from mint_deposit_addresses a where a.chain = w.chain))
  from (values (1)) one left join treasury_wallets t on t.chain = w.chain
$$;

-- The same with the rules under which it lives.
create or replace function wire_opened(p_id uuid) returns jsonb language sql stable as $$
  select wire_facts(w) || jsonb_build_object('policy', (select value from settings where key = 'treasury_policy'))
  from wires w where w.id = p_id
$$;

create or replace function wire_event(p_id uuid, p_event text, p_reference text, p jsonb) returns jsonb
language plpgsql as $$
begin
  perform transition('wire', p_id, p_event, p_reference, p);
  return wire_facts((select w from wires w where w.id = p_id));
end $$;

-- What changes a wire without moving it; with an empty p it only reads.
create or replace function wire_note(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
begin
  perform annotate('wire', p_id, p);
  return wire_opened(p_id);
end $$;

-- Any change of any wire changes the mark. Wires are few, so that all of them may take turns.
create or replace function wires_mark() returns text language sql stable as $$
  select count(*) || ':' || coalesce(max(updated_at)::text, '') from wires
$$;

-- Inserts one wire, intent and event with it. The same id again is the same wire.
-- p: { id, kind, chain?, amount_usd, reason, requested_by?, approvals_needed, expires_seconds, key, expected_at }
create or replace function insert_wire(p jsonb) returns void language plpgsql as $$
declare
  v_id uuid := (p ->> 'id')::uuid;
begin
  insert into wires (id, kind, chain, amount_usd, reason, requested_by, approvals_needed, expected_at)
    values (v_id, (p ->> 'kind')::wire_kind, (p ->> 'chain')::chain_type, (p ->> 'amount_usd')::numeric,
      p ->> 'reason', (p ->> 'requested_by')::uuid, (p ->> 'approvals_needed')::int, (p ->> 'expected_at')::timestamptz)
    on conflict (id) do nothing;
  if not found then return; end if;
  insert into lifecycle_events (lifecycle, subject_id, event, reference, to_state, evidence)
    values ('wire', v_id, 'planned', '1', 'planned', jsonb_build_object('reason', p -> 'reason'));
  perform record_operations('wire', v_id, p -> 'operations');
  if (p ->> 'approvals_needed')::int > 0 then
    perform transition('wire', v_id, 'approval_needed', '1', jsonb_build_object(
      'patch', jsonb_build_object('approval_expires_at',
        now() + make_interval(secs => (p ->> 'expires_seconds')::float8)),
      'review', p -> 'review'));
  end if;
end $$;

-- Plans what a round found. p: { mark, wires: [...] }. Under one lock, and only when no wire has changed since the
-- round looked: so two rounds never serve the same need.
create or replace function plan_wires(p jsonb) returns jsonb language plpgsql as $$
declare
  v_wire jsonb;
begin
  perform pg_advisory_xact_lock(hashtext('wires'));
  if wires_mark() <> p ->> 'mark' then return '[]'; end if;
  for v_wire in select value from jsonb_array_elements(p -> 'wires') loop
    perform insert_wire(v_wire);
  end loop;
  return (select coalesce(jsonb_agg(x ->> 'id'), '[]') from jsonb_array_elements(p -> 'wires') x);
end $$;

-- A wire that a person asked for.
create or replace function request_wire(p jsonb) returns jsonb language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('wires'));
  perform insert_wire(p);
  insert into audit_log (actor_id, actor_role, action, subject_kind, subject_id, request_id, detail)
    select u.id, u.role::text, 'wire.request', 'wire', p ->> 'id', p ->> 'request_id',
      jsonb_build_object('kind', p -> 'kind', 'amount_usd', p -> 'amount_usd') from users u
    where u.id = (p ->> 'requested_by')::uuid
      and not exists (select from audit_log a where a.subject_id = p ->> 'id' and a.action = 'wire.request');
  return wire_opened((p ->> 'id')::uuid);
end $$;

-- One person's word. p: { user_id, approve, note, request_id, inbound? }. Answer: { outcome, facts } where outcome is
-- `counted`, `not_waiting`, `own_request` or `same_person`. The same request again, because its answer was lost, counts
-- once and is answered as before.
create or replace function decide_wire(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_wire wires;
  v_user uuid := (p ->> 'user_id')::uuid;
  v_approve boolean := (p ->> 'approve')::boolean;
  v_approved int;
begin
  select * into strict v_wire from wires where id = p_id for update;
  if exists (select from audit_log a where a.subject_kind = 'wire' and a.subject_id = p_id::text and a.actor_id = v_user
      and a.action in ('wire.approve', 'wire.reject') and a.request_id = p ->> 'request_id') then
    return jsonb_build_object('outcome', 'counted', 'facts', wire_facts(v_wire));
  elsif v_wire.status <> 'awaiting_approval' then
    return jsonb_build_object('outcome', 'not_waiting', 'facts', wire_facts(v_wire));
  elsif v_wire.requested_by = v_user and v_approve then
    return jsonb_build_object('outcome', 'own_request', 'facts', wire_facts(v_wire));
  end if;
  insert into wire_approvals (wire_id, user_id, approved, note) values (p_id, v_user, v_approve, p ->> 'note')
    on conflict do nothing;
  if not found then return jsonb_build_object('outcome', 'same_person', 'facts', wire_facts(v_wire)); end if;
  insert into audit_log (actor_id, actor_role, action, subject_kind, subject_id, request_id, detail)
    select u.id, u.role::text, case when v_approve then 'wire.approve' else 'wire.reject' end, 'wire', p_id::text,
      p ->> 'request_id', jsonb_build_object('amount_usd', v_wire.amount_usd) from users u where u.id = v_user;
  select count(*) into v_approved from wire_approvals where wire_id = p_id and approved;
  if not v_approve then
    perform transition('wire', p_id, 'rejected', '1', jsonb_build_object('patch', jsonb_build_object(
      'ended_at', now(), 'failure_reason', 'Rejected: ' || (p ->> 'note'))));
  elsif v_approved >= v_wire.approvals_needed then
    perform transition('wire', p_id, 'approved', '1', '{}');
  end if;
  return jsonb_build_object('outcome', 'counted', 'facts', wire_facts((select w from wires w where w.id = p_id)));
end $$;

-- The first of these arrivals that no wire has yet becomes this wire's: p_arrivals is [{reference, amount}], oldest
-- first. Answer: { reference, amount } or null. Asked again, the same.
create or replace function claim_arrival(p_id uuid, p_provider text, p_key uuid, p_arrivals jsonb) returns jsonb
language plpgsql as $$
declare
  v_wire wires;
  v_found record;
begin
  perform pg_advisory_xact_lock(hashtext('wire_arrivals'));
  select * into strict v_wire from wires where id = p_id for update;
  if v_wire.arrival_ref is null then
    select x.reference, x.amount into v_found
      from rows from (jsonb_to_recordset(p_arrivals) as (reference text, amount numeric)) with ordinality
        as x(reference, amount, place)
      where not exists (select from wires w where w.arrival_ref = x.reference) order by x.place limit 1;
    if not found then return null; end if;
    update wires set arrival_ref = v_found.reference, arrived_usd = v_found.amount
      where id = p_id returning * into v_wire;
    perform record_operations('wire', p_id, jsonb_build_array(jsonb_build_object('step', 'arrival:1',
      'provider', p_provider, 'key', p_key, 'state', 'succeeded', 'reference', v_found.reference)));
  end if;
  return jsonb_build_object('reference', v_wire.arrival_ref, 'amount', v_wire.arrived_usd::text);
end $$;

-- What a round rests on, in one picture: wires on their way, what lifecycles will draw and bring, the usual draw.
-- It is taken before the companies are asked for balances; see plan_wires for what happens in between.
-- The two numbers hold where the settings name none.
create or replace function treasury_facts(p_caution_seconds float8, p_window_seconds float8) returns jsonb
language sql stable as $$
  with rules as (select
      coalesce((select (value ->> 'cautionSeconds')::float8 from settings where key = 'treasury_policy'),
        p_caution_seconds) as caution,
      coalesce((select (value ->> 'forecastWindowSeconds')::float8 from settings where key = 'treasury_policy'),
        p_window_seconds) as past_window),
  d as (
    select status, coalesce(sum(case when status = 'pending_confirmation' then trunc(amount_stablecoin, 2)
      else amount_usd end), 0) as usd
    from deposits
    where status in ('pending_confirmation', 'confirmed_on_chain', 'off_ramp_initiated', 'off_ramp_complete')
      and token = 'USDC' group by status),
  w as (
    select status, chain, sum(amount_usd) as usd, sum(net_usd) as net from withdrawals
    where status in ('pending', 'broker_withdrawal_initiated', 'broker_withdrawal_complete', 'on_ramp_complete')
      and refund_reason is null group by status, chain),
  past as (
    select
      coalesce((select sum(amount_usd) from deposits
        where broker_funded_at > now() - make_interval(secs => (select past_window from rules))
          and created_at > now() - make_interval(secs => (select past_window from rules), days => 7)), 0)
      - coalesce((select sum(amount_usd) from withdrawals
        where broker_withdrawal_completed_at > now() - make_interval(secs => (select past_window from rules))), 0)
        as firm,
      coalesce((select sum(net_usd) from withdrawals
        where on_ramp_initiated_at > now() - make_interval(secs => (select past_window from rules))), 0)
      - coalesce((select sum(amount_usd) from deposits
        where off_ramp_completed_at > now() - make_interval(secs => (select past_window from rules))
          and created_at > now() - make_interval(secs => (select past_window from rules), days => 7)), 0) as mint)
  select jsonb_build_object(
    'mark', wires_mark(),
    'policy', (select value from settings where key = 'treasury_policy'),
    'wires', (select coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'kind', x.kind, 'chain', x.chain,
        'status', x.status, 'waiting_for', x.waiting_for, 'amount', x.amount_usd::text,
        'expected_at', utc_text(x.expected_at)) order by x.created_at), '[]')
      from wires x where x.status in ('planned', 'awaiting_approval', 'initiated', 'sent')),
    'cautious', (select coalesce(jsonb_agg(distinct x.kind), '[]') from wires x
      where x.status in ('failed', 'returned')
        and x.ended_at > now() - make_interval(secs => (select caution from rules))),
    'wallets', (select coalesce(jsonb_agg(jsonb_build_object('chain', t.chain, 'circle_wallet_id', t.circle_wallet_id,
        'booked', ledger_balance('treasury_wallet', t.id)::text,
        'out', coalesce((select sum(net) from w where w.chain = t.chain and w.status = 'on_ramp_complete'), 0)::text)
        order by t.chain), '[]') from treasury_wallets t),
    'firm', jsonb_build_object(
      'out', (select coalesce(sum(usd), 0)::text from d),
      'in', (select coalesce(sum(usd), 0)::text from w where status in ('pending', 'broker_withdrawal_initiated')),
      'drawn', (select greatest(firm, 0)::text from past)),
    'mint', jsonb_build_object(
      'out', (select coalesce(sum(net), 0)::text from w where status <> 'on_ramp_complete'),
      'in', (select coalesce(sum(usd), 0)::text from d
        where status in ('pending_confirmation', 'confirmed_on_chain', 'off_ramp_initiated')),
      'drawn', (select greatest(mint, 0)::text from past)))
$$;

-- Keeps what a round found. An alarm that a second round has found too is audited and told to every administrator
-- (a journal under way looks like a need for a moment); its end is audited.
-- p_floats: [{ account, reported, outgoing, incoming, arriving, draw_per_hour, expected_at?, refill_at, dry_at?,
--   alarm? }]
create or replace function keep_floats(p_floats jsonb) returns void language plpgsql as $$
declare
  v_float record;
  v_before floats;
  v_told boolean;
begin
  for v_float in select * from jsonb_populate_recordset(null::floats, p_floats) order by account loop
    select * into v_before from floats where account = v_float.account for update;
    insert into floats as f (account, reported, reported_at, outgoing, incoming, arriving, draw_per_hour, expected_at,
        refill_at, dry_at, alarm, alarm_since)
      values (v_float.account, v_float.reported, now(), v_float.outgoing, v_float.incoming, v_float.arriving,
        v_float.draw_per_hour, v_float.expected_at, v_float.refill_at, v_float.dry_at, v_float.alarm,
        case when v_float.alarm is not null then now() end)
      on conflict (account) do update set reported = excluded.reported, reported_at = excluded.reported_at,
        outgoing = excluded.outgoing, incoming = excluded.incoming, arriving = excluded.arriving,
        draw_per_hour = excluded.draw_per_hour, expected_at = excluded.expected_at, refill_at = excluded.refill_at,
        dry_at = excluded.dry_at, alarm = excluded.alarm,
        alarm_since = case when excluded.alarm is not null then coalesce(f.alarm_since, now()) end;
    v_told := coalesce((select a.action = 'treasury.alarm' from audit_log a
      where a.subject_kind = 'float' and a.subject_id = v_float.account order by a.id desc limit 1), false);
    if (v_told and v_float.alarm is null)
      or (not v_told and v_float.alarm is not null and v_before.alarm is not null) then
      insert into audit_log (actor_role, action, subject_kind, subject_id, detail) values ('system',
        case when v_float.alarm is null then 'treasury.alarm_ended' else 'treasury.alarm' end, 'float', v_float.account,
        jsonb_build_object('alarm', coalesce(v_float.alarm, v_before.alarm)));
      if v_float.alarm is not null then
        insert into notifications (user_id, kind, subject_id, body, reference)
          select u.id, 'treasury.alarm', u.id, v_float.alarm, v_float.account || ':' || utc_text(now())
          from users u where u.role = 'admin' and u.status = 'active'
          on conflict do nothing;
      end if;
    end if;
  end loop;
end $$;

-- A company's word about a bank wire. It is a hint and no more: the wire looks up what is true. Heard by the wire of
-- that reference, and by those whose reference we do not know yet (an order or an arrival of the same amount).
-- p: as store_event takes it, with kinds: the kinds of wire that it can be about, and amount?.
create or replace function receive_wire_news(p jsonb) returns jsonb language plpgsql as $$
declare
  v_id bigint := store_event(p);
  v_signals jsonb;
begin
  if v_id is null then return jsonb_build_object('duplicate', true, 'signals', '[]'::jsonb); end if;
  select coalesce(jsonb_agg(jsonb_build_object('workflow_id', 'wire:' || x.id, 'user_id', null,
      'message', (p -> 'message') || jsonb_build_object('event_id', v_id::text))), '[]') into v_signals
    from wires x
    where x.kind::text in (select jsonb_array_elements_text(p -> 'kinds'))
      and (p ->> 'reference' in (x.provider_ref, x.arrival_ref)
        or (x.status in ('planned', 'initiated', 'sent') and (p ->> 'amount' is null
          or (x.amount_usd = (p ->> 'amount')::numeric and (x.provider_ref is null or x.arrival_ref is null)))));
  -- Several wires may hear of one event: it is used once it is stored, because a look-up replaces what is lost.
  perform finish_event(v_id);
  return jsonb_build_object('id', v_id::text, 'duplicate', false, 'signals', v_signals);
end $$;

-- Transfer events of the firm account come in batches from the broker's stream; the cursor moves with them.
create or replace function receive_funding_events(p_stream text, p_cursor text, p_events jsonb) returns jsonb
language plpgsql as $$
declare
  v_event jsonb;
  v_signals jsonb := '[]';
begin
  for v_event in select value from jsonb_array_elements(p_events) loop
    v_signals := v_signals || (receive_wire_news(v_event
      || jsonb_build_object('kinds', jsonb_build_array('mint_to_alpaca', 'alpaca_to_mint'))) -> 'signals');
  end loop;
  insert into event_cursors (stream, cursor) values (p_stream, p_cursor)
    on conflict (stream) do update set cursor = excluded.cursor, updated_at = now();
  return jsonb_build_object('signals', v_signals);
end $$;
