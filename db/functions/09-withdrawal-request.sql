-- The request side of withdrawals: what is checked before anything moves, in one round trip.

-- Smallest units as dollars and cents, never rounded up.
create or replace function usd_text(p_units bigint) returns text language sql immutable as $$
  select trunc(p_units / 1000000.0, 2)::numeric(18, 2)::text
$$;

-- A moment as the API writes it.
create or replace function utc_text(p_at timestamptz) returns text language sql stable as $$
  select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- What the last completed withdrawals of a chain took; those that waited for people say nothing about the next one.
create or replace function withdrawal_eta(p_chain chain_type) returns jsonb language sql stable as $$
  select jsonb_build_object('sample', count(*),
    'p50_seconds', percentile_cont(0.5) within group (order by x.seconds),
    'p90_seconds', percentile_cont(0.9) within group (order by x.seconds))
  from (select extract(epoch from w.completed_at - w.created_at)::float8 as seconds from withdrawals w
    where w.chain = p_chain and w.completed_at > now() - interval '90 days' and w.approval_expires_at is null
    order by w.completed_at desc limit 200) x
$$;

-- What one customer has asked for lately. Given-up withdrawals count for the number of requests, not for the amount.
create or replace function withdrawal_usage(p_user uuid) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'day_units', coalesce(sum(w.amount_usd * 1000000)
      filter (where w.status not in ('canceled', 'failed', 'refunded')), 0)::bigint,
    'hour_count', count(*) filter (where w.created_at > now() - interval '1 hour'))
  from withdrawals w where w.user_id = p_user and w.created_at > now() - interval '24 hours'
$$;

-- Why a customer's own limits refuse an amount, with what is left and when it is more; null when they do not. Exact
-- only for whoever holds the customer's balances (ledger_hold).
create or replace function withdrawal_limit_refusal(p_user uuid, p_units bigint, p_limits jsonb) returns jsonb
language plpgsql stable as $$
declare
  v_usage jsonb := withdrawal_usage(p_user);
  v_used bigint := (v_usage ->> 'day_units')::bigint;
  v_count int := (v_usage ->> 'hour_count')::int;
  v_day bigint := ((p_limits ->> 'perDayUsd')::numeric * 1000000)::bigint;
  v_hour int := (p_limits ->> 'perHour')::int;
  v_resets timestamptz;
begin
  if v_count >= v_hour then
    select w.created_at + interval '1 hour' into v_resets from withdrawals w
      where w.user_id = p_user and w.created_at > now() - interval '1 hour'
      order by w.created_at, w.id offset v_count - v_hour limit 1;
    return refusal('limit_exceeded', format('At most %s withdrawals can be requested within an hour.', v_hour),
      jsonb_build_object('limit', 'hour', 'most', v_hour::text, 'used', v_count::text,
        'resets_at', utc_text(v_resets)));
  end if;
  if v_used + p_units > v_day then
    -- The first moment at which enough of the last 24 hours has passed out of them; none for more than the limit.
    select min(x.created_at) + interval '24 hours' into v_resets from (
      select w.created_at, sum(w.amount_usd * 1000000) over (order by w.created_at, w.id) as freed from withdrawals w
      where w.user_id = p_user and w.created_at > now() - interval '24 hours'
        and w.status not in ('canceled', 'failed', 'refunded')) x
      where v_used - x.freed + p_units <= v_day;
    return refusal('limit_exceeded',
      format('At most %s USD can be withdrawn within 24 hours, and %s USD of it are left.',
        usd_text(v_day), usd_text(greatest(v_day - v_used, 0))),
      jsonb_build_object('limit', 'day', 'limit_usd', usd_text(v_day), 'used_usd', usd_text(v_used),
        'remaining_usd', usd_text(greatest(v_day - v_used, 0)), 'resets_at', utc_text(v_resets)));
  end if;
  return null;
end $$;

-- The share of the company's limit that one part of a day has. The shares sum up to the limit.
create or replace function withdrawal_day_share(p_limit bigint, p_part int) returns bigint language sql immutable as $$
  select p_limit / 16 + case when p_part < p_limit % 16 then 1 else 0 end
$$;

-- Takes an amount from the company's limit of a day: true, or false and nothing taken. No part ever holds more than
-- its share, so the sum never passes the limit; a request that its own part has no room for sees all of them.
create or replace function withdrawal_day_take(p_day date, p_id uuid, p_units bigint, p_limit bigint) returns boolean
language plpgsql as $$
declare
  v_own int := withdrawal_part(p_id);
  v_left bigint := p_units;
  v_room bigint;
  v_part record;
begin
  -- All parts at once and in order, by whoever is first on a day: nobody ever waits for a row while holding another.
  if not exists (select from withdrawal_day_totals where day = p_day and part = v_own) then
    insert into withdrawal_day_totals (day, part, used)
      select p_day, s, 0 from generate_series(0, 15) s on conflict do nothing;
  end if;
  -- A row that turns out not to fit stays locked all the same (PostgreSQL locks it before it looks again). Rolling
  -- back to here gives it free: whoever goes on below must hold none of these rows, or two could wait for each other.
  begin
    update withdrawal_day_totals set used = used + p_units
      where day = p_day and part = v_own and used + p_units <= withdrawal_day_share(p_limit, part);
    if found then return true; end if;
    raise exception 'no room in the own part' using errcode = 'SL007';
  exception when sqlstate 'SL007' then null;
  end;
  perform from withdrawal_day_totals where day = p_day order by part for update;
  if (select sum(used) from withdrawal_day_totals where day = p_day) + p_units > p_limit then return false; end if;
  for v_part in select part, used from withdrawal_day_totals where day = p_day order by part loop
    v_room := least(v_left, greatest(withdrawal_day_share(p_limit, v_part.part) - v_part.used, 0));
    update withdrawal_day_totals set used = used + v_room where day = p_day and part = v_part.part and v_room > 0;
    v_left := v_left - v_room;
  end loop;
  return true;
end $$;

-- The part that a withdrawal counts in.
create or replace function withdrawal_part(p_id uuid) returns int language sql immutable as $$
  select (hashtext(p_id::text) & 15)
$$;

-- A withdrawal that was given up leaves its amount to others of that day. At the end of the transaction, because
-- these rows come last in the order of locks.
create or replace function withdrawal_day_release() returns trigger language plpgsql as $$
begin
  update withdrawal_day_totals set used = used - (new.amount_usd * 1000000)::bigint
    where day = (new.created_at at time zone 'UTC')::date and part = withdrawal_part(new.id);
  return null;
end $$;

do $$ begin
  if not exists (select from pg_trigger where tgname = 'withdrawals_day_release') then
    create constraint trigger withdrawals_day_release after update of status on withdrawals
      deferrable initially deferred for each row
      when (new.status in ('canceled', 'failed', 'refunded') and old.status not in ('canceled', 'failed', 'refunded'))
      execute function withdrawal_day_release();
  end if;
end $$;

-- Everything that a request needs to know before it is made: rules, the address, and the customer's key to seal with.
-- p: { key_id, sealed_key (hex) }, a key to begin with.
create or replace function withdrawal_intake(p_user uuid, p_address uuid, p jsonb) returns jsonb language plpgsql as $$
begin
  insert into user_keys (user_id, key_id, sealed_key)
    select u.id, p ->> 'key_id', decode(p ->> 'sealed_key', 'hex') from users u
    where u.id = p_user and u.status <> 'erased' on conflict (user_id) do nothing;
  return (select jsonb_build_object(
    'limits', setting_value('withdrawal_limits'), 'fees', setting_value('withdrawal_fees'),
    'policy', setting_value('withdrawal_policy'), 'full_name', u.full_name, 'account_id', u.alpaca_account_id,
    'key_id', k.key_id, 'sealed_key', encode(k.sealed_key, 'hex'),
    'sealed_application', encode(a.sealed_application, 'hex'),
    'address', (select jsonb_build_object('chain', x.chain, 'address', x.address) from withdrawal_addresses x
      where x.id = p_address and x.user_id = p_user and x.status <> 'removed'))
  from users u left join user_keys k on k.user_id = u.id left join kyc_applications a on a.user_id = u.id
  where u.id = p_user);
end $$;

create or replace function setting_value(p_key text) returns jsonb language sql stable as $$
  select value from settings where key = p_key
$$;

-- The switches that a new request depends on.
create or replace function withdrawal_request_rails(p_user uuid, p_chain chain_type) returns text[] language sql
immutable as $$
  select array['withdrawals', 'alpaca', 'mint', 'circle', 'chain:' || p_chain::text, 'user:' || p_user::text]
$$;

-- What a quote says: balances, limits used, what stands in the way, and how long others took.
create or replace function withdrawal_standing(p_user uuid, p_chain chain_type) returns jsonb language sql stable as $$
  select jsonb_build_object('limits', setting_value('withdrawal_limits'), 'fees', setting_value('withdrawal_fees'),
    'status', u.status, 'kyc_status', u.kyc_status,
    'cash_units', ledger_balance('customer_cash', u.id)::text,
    'held_units', ledger_balance('customer_held', u.id)::text,
    'unsettled_units', ledger_balance('customer_unsettled', u.id)::text,
    'receivable_units', ledger_balance('customer_receivable', u.id)::text,
    'usage', withdrawal_usage(u.id), 'eta', withdrawal_eta(p_chain),
    'paused', switched_off(withdrawal_request_rails(u.id, p_chain)) <> '{}')
  from users u where u.id = p_user
$$;

-- Why a request is refused before any money is looked at; null when it is not.
create or replace function withdrawal_refusal(p jsonb) returns jsonb language plpgsql as $$
declare
  v_user users;
  v_address withdrawal_addresses;
begin
  select * into v_user from users where id = (p ->> 'user_id')::uuid;
  if v_user.status is distinct from 'active' then
    return refusal('account_suspended', 'The account is not active.', '{}');
  end if;
  if v_user.kyc_status <> 'approved' then
    return refusal('kyc_required', 'The identity check is not finished.', '{}');
  end if;
  if switched_off(withdrawal_request_rails(v_user.id, (p ->> 'chain')::chain_type)) <> '{}' then
    return refusal('withdrawals_paused', 'Withdrawals on this network are stopped for the moment.', '{}');
  end if;
  select * into v_address from withdrawal_addresses
    where id = (p ->> 'address_id')::uuid and user_id = v_user.id and status <> 'removed';
  if not found then return refusal('not_found', 'There is no such address in your address book.', '{}'); end if;
  if v_address.chain::text <> p ->> 'chain' or v_address.address <> p ->> 'destination_address' then
    raise exception 'the request names another address than its entry' using errcode = 'SL003';
  end if;
  if address_screen(v_address.id) is not null or v_address.status = 'blocked' then
    return refusal('address_not_usable', 'This address cannot be used.', jsonb_build_object('status', 'blocked'));
  end if;
  if v_address.status = 'cooling_down' then
    return refusal('address_not_usable', format('This address can be used from %s on.', utc_text(v_address.usable_at)),
      jsonb_build_object('status', 'cooling_down', 'usable_at', utc_text(v_address.usable_at)));
  end if;
  return null;
end $$;

-- Why the money refuses a request; null when it does not. The caller holds the customer's balances.
create or replace function withdrawal_money_refusal(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_user uuid := (p ->> 'user_id')::uuid;
  v_units bigint := ((p ->> 'amount_usd')::numeric * 1000000)::bigint;
  v_free bigint := ledger_balance('customer_cash', v_user);
  v_owed bigint := ledger_balance('customer_receivable', v_user);
  v_refusal jsonb;
begin
  if v_owed > 0 then
    return refusal('receivable_open',
      format('%s USD of a deposit that was taken back are still owed.', usd_text(v_owed)),
      jsonb_build_object('receivable_usd', usd_text(v_owed)));
  end if;
  v_refusal := withdrawal_limit_refusal(v_user, v_units, p -> 'limits');
  if v_refusal is not null then return v_refusal; end if;
  if v_free < v_units then
    return refusal('insufficient_funds', format('%s USD can be withdrawn.', usd_text(v_free)), jsonb_build_object(
      'withdrawable_usd', usd_text(v_free), 'requested_usd', usd_text(v_units),
      'held_usd', usd_text(ledger_balance('customer_held', v_user)),
      'unsettled_usd', usd_text(ledger_balance('customer_unsettled', v_user))));
  end if;
  if not withdrawal_day_take((now() at time zone 'UTC')::date, p_id, v_units,
    ((p -> 'limits' ->> 'companyPerDayUsd')::numeric * 1000000)::bigint) then
    return refusal('limit_exceeded', 'So much was withdrawn today that this amount has to wait for tomorrow.',
      jsonb_build_object('limit', 'company_day',
        'resets_at', utc_text((((now() at time zone 'UTC')::date + 1)::timestamp at time zone 'UTC'))));
  end if;
  return null;
end $$;

-- Takes a request: the row and its hold in one step, or { refused: { code, detail, figures } } and nothing.
-- p: { user_id, chain, address_id, destination_address, amount_usd, fee_usd, limits, approval_expires_seconds,
-- eta_seconds, needs_approval, sealed_travel_rule? (hex), operations, notice?, approval_notice? }.
create or replace function withdrawal_requested(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_withdrawal withdrawals;
  v_user uuid := (p ->> 'user_id')::uuid;
  v_units bigint := ((p ->> 'amount_usd')::numeric * 1000000)::bigint;
  v_refusal jsonb;
  v_eta jsonb;
begin
  select * into v_withdrawal from withdrawals where id = p_id;
  if found then return withdrawal_facts(v_withdrawal) || jsonb_build_object('policy', v_withdrawal.policy); end if;
  v_refusal := withdrawal_refusal(p);
  if v_refusal is not null then return v_refusal; end if;
  -- From here to the end nobody else asks for money of this customer, or counts against the customer's limits.
  perform ledger_hold(jsonb_build_array(jsonb_build_object('account', 'customer_cash', 'owner', v_user),
    jsonb_build_object('account', 'customer_held', 'owner', v_user)));
  v_refusal := withdrawal_money_refusal(p_id, p);
  if v_refusal is not null then return v_refusal; end if;
  v_eta := withdrawal_eta((p ->> 'chain')::chain_type);
  insert into withdrawals (id, user_id, chain, address_id, destination_address, amount_usd, fee_usd, net_usd, policy,
      eta_seconds, sealed_travel_rule)
    values (p_id, v_user, (p ->> 'chain')::chain_type, (p ->> 'address_id')::uuid, p ->> 'destination_address',
      (p ->> 'amount_usd')::numeric, (p ->> 'fee_usd')::numeric,
      (p ->> 'amount_usd')::numeric - (p ->> 'fee_usd')::numeric, setting_value('withdrawal_policy'),
      case when (v_eta ->> 'sample')::int >= (p ->> 'eta_sample')::int then ceil((v_eta ->> 'p50_seconds')::numeric)
        else (p ->> 'eta_seconds')::int end,
      decode(p ->> 'sealed_travel_rule', 'hex'))
    returning * into v_withdrawal;
  insert into lifecycle_events (lifecycle, subject_id, user_id, event, reference, to_state, evidence)
    values ('withdrawal', p_id, v_user, 'requested', '1', 'pending',
      jsonb_build_object('amount_usd', p -> 'amount_usd'));
  perform ledger_post('withdrawal:' || p_id || ':requested:1', 'withdrawal', p_id, 'requested', jsonb_build_array(
    jsonb_build_object('account', 'customer_cash', 'owner', v_user, 'amount', v_units::text),
    jsonb_build_object('account', 'customer_held', 'owner', v_user, 'amount', (-v_units)::text)));
  perform record_operations('withdrawal', p_id, p -> 'operations');
  if coalesce((p ->> 'needs_approval')::boolean, false) then
    perform transition('withdrawal', p_id, 'approval_needed', '1', jsonb_strip_nulls(jsonb_build_object(
      'patch', jsonb_build_object('approval_expires_at',
        now() + make_interval(secs => (p ->> 'approval_expires_seconds')::float8)),
      'notice', p -> 'approval_notice')));
    select * into strict v_withdrawal from withdrawals where id = p_id;
  elsif p ? 'notice' then
    insert into notifications (user_id, kind, subject_id, body, reference)
      values (v_user, p -> 'notice' ->> 'kind', p_id, p -> 'notice' ->> 'body', '1') on conflict do nothing;
  end if;
  return withdrawal_facts(v_withdrawal) || jsonb_build_object('policy', v_withdrawal.policy);
end $$;

-- What a member of staff says about a withdrawal that must be approved: two approve, one is enough to reject.
-- p: { decision: approve | reject, decided_by, note, request_id, notice? }.
-- Answer: { accepted, refused?: { code, detail }, facts }.
create or replace function withdrawal_approval(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_withdrawal withdrawals;
  v_staff users;
  v_before withdrawal_approvals;
  v_event text;
begin
  select * into strict v_withdrawal from withdrawals where id = p_id for update;
  select * into v_staff from users where id = (p ->> 'decided_by')::uuid;
  select * into v_before from withdrawal_approvals where withdrawal_id = p_id and staff_id = v_staff.id;
  if v_before.request_id = p ->> 'request_id' then
    return jsonb_build_object('accepted', true, 'facts', withdrawal_facts(v_withdrawal));
  end if;
  if v_staff.role not in ('support', 'admin') or v_staff.status <> 'active' or v_staff.id is null then
    return approval_refused(v_withdrawal, 'approval_refused', 'Only members of staff whose account is active approve.');
  elsif v_staff.id = v_withdrawal.user_id then
    return approval_refused(v_withdrawal, 'approval_refused', 'Nobody approves their own withdrawal.');
  elsif v_before.staff_id is not null then
    return approval_refused(v_withdrawal, 'approval_refused', 'You have decided about this withdrawal already: '
      || 'another person must.');
  elsif v_withdrawal.status <> 'awaiting_approval' or v_withdrawal.approval_expires_at <= now() then
    return approval_refused(v_withdrawal, 'approval_not_open', 'This withdrawal does not wait for an approval.');
  end if;
  insert into withdrawal_approvals (withdrawal_id, staff_id, decision, note, request_id)
    values (p_id, v_staff.id, p ->> 'decision', p ->> 'note', p ->> 'request_id');
  insert into audit_log (actor_id, actor_role, action, subject_kind, subject_id, request_id, detail)
    values (v_staff.id, v_staff.role::text, 'withdrawal.' || (p ->> 'decision'), 'withdrawal', p_id::text,
      p ->> 'request_id', jsonb_build_object('note', p ->> 'note'));
  if p ->> 'decision' = 'reject' then
    update provider_operations set state = 'failed', last_error = 'never asked for: the withdrawal was not approved'
      where subject_id = p_id and lifecycle = 'withdrawal' and state = 'intended';
    perform transition('withdrawal', p_id, 'rejected', '1', jsonb_strip_nulls(jsonb_build_object(
      'patch', jsonb_build_object('ended_at', now(), 'failure_reason', 'It was not approved.'),
      'evidence', jsonb_build_object('decided_by', v_staff.id),
      'postings', withdrawal_release(v_withdrawal), 'notice', p -> 'notice')));
  elsif (select count(*) from withdrawal_approvals where withdrawal_id = p_id and decision = 'approve') >= 2 then
    perform transition('withdrawal', p_id, 'approved', '1', jsonb_build_object('evidence', jsonb_build_object(
      'approved_by', (select jsonb_agg(staff_id order by at) from withdrawal_approvals where withdrawal_id = p_id))));
  end if;
  return jsonb_build_object('accepted', true,
    'facts', withdrawal_facts((select w from withdrawals w where w.id = p_id)));
end $$;

create or replace function approval_refused(w withdrawals, p_code text, p_detail text) returns jsonb language plpgsql
stable as $$
begin
  return refusal(p_code, p_detail, '{}') || jsonb_build_object('accepted', false, 'facts', withdrawal_facts(w));
end $$;
