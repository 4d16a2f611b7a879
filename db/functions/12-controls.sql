-- Controls of our own people: switches, settings, what customers want to be told, and outgoing webhooks.

create or replace trigger switch_changes_append_only before update or delete on switch_changes
  for each row execute function refuse_change();
create or replace trigger switch_changes_no_truncate before truncate on switch_changes
  for each statement execute function refuse_change();
create or replace trigger setting_changes_append_only before update or delete on setting_changes
  for each row execute function refuse_change();
create or replace trigger setting_changes_no_truncate before truncate on setting_changes
  for each statement execute function refuse_change();

-- Sets a switch, with its history and the audit. Answers whether anything changed; null when it names no user.
-- p: { key, off, reason, by, role, request_id }.
create or replace function set_switch(p jsonb) returns boolean language plpgsql as $$
declare
  v_key text := p ->> 'key';
  v_before switches;
begin
  if v_key like 'user:%' and not exists (select from users where id = substr(v_key, 6)::uuid) then return null; end if;
  insert into switches (key, off, reason, set_by) values (v_key, false, '', null) on conflict do nothing;
  select * into v_before from switches where key = v_key for update;
  if v_before.off = (p ->> 'off')::boolean and v_before.reason = p ->> 'reason' then return false; end if;
  update switches set off = (p ->> 'off')::boolean, reason = p ->> 'reason', set_by = (p ->> 'by')::uuid, set_at = now()
    where key = v_key;
  insert into switch_changes (key, off, reason, set_by, request_id)
    values (v_key, (p ->> 'off')::boolean, p ->> 'reason', (p ->> 'by')::uuid, p ->> 'request_id');
  insert into audit_log (actor_id, actor_role, action, subject_kind, subject_id, request_id, detail)
    values ((p ->> 'by')::uuid, p ->> 'role',
      case when (p ->> 'off')::boolean then 'switched_off' else 'switched_on' end, 'switch', v_key,
      p ->> 'request_id', jsonb_build_object('reason', p ->> 'reason'));
  return true;
end $$;

-- What staff hold up now, with the switches that its next step needs.
create or replace view held_lifecycles as
select 'deposit' as lifecycle, d.id, d.user_id, d.status::text as state, deposit_rails(d) as rails,
  coalesce(d.amount_usd, d.amount_stablecoin) as amount, d.updated_at as since
from deposits d where d.status in ('confirmed_on_chain', 'off_ramp_complete') and d.waiting_for = 'paused'
union all
select 'withdrawal', w.id, w.user_id, w.status::text, withdrawal_rails(w), w.amount_usd, w.updated_at
from withdrawals w
where w.status in ('pending', 'broker_withdrawal_complete', 'on_ramp_complete') and w.waiting_for = 'paused'
union all
select 'wire', w.id, w.user_id, w.status::text, wire_rails(w), w.amount_usd, w.updated_at
from wires w where w.status = 'planned' and w.waiting_for = 'paused';

-- Why one lifecycle may not take its next step now; null when it may.
create or replace function lifecycle_paused_by(p_lifecycle text, p_id uuid) returns text language plpgsql stable as $$
declare
  v_words text;
begin
  execute format('select paused_by(%I(x)) from %I x where x.id = $1', p_lifecycle || '_rails',
    (select table_name from lifecycles where name = p_lifecycle)) into v_words using p_id;
  return v_words;
end $$;

-- Sets a setting, with its history and the audit. p: { key, value, reason, by, role, request_id }.
create or replace function set_setting(p jsonb) returns boolean language plpgsql as $$
declare
  v_key text := p ->> 'key';
  v_before jsonb;
begin
  -- One writer at a time for a key, also while it has no row.
  perform pg_advisory_xact_lock(hashtextextended('setting:' || v_key, 0));
  select value into v_before from settings where key = v_key;
  if v_before = p -> 'value' then return false; end if;
  insert into settings (key, value, updated_by) values (v_key, p -> 'value', (p ->> 'by')::uuid)
    on conflict (key) do update set value = excluded.value, updated_by = excluded.updated_by;
  insert into setting_changes (key, before, after, reason, changed_by, request_id)
    values (v_key, v_before, p -> 'value', p ->> 'reason', (p ->> 'by')::uuid, p ->> 'request_id');
  insert into audit_log (actor_id, actor_role, action, subject_kind, subject_id, request_id, detail)
    values ((p ->> 'by')::uuid, p ->> 'role', 'setting_changed', 'setting', v_key, p ->> 'request_id',
      jsonb_build_object('reason', p ->> 'reason', 'before', v_before, 'after', p -> 'value'));
  return true;
end $$;

-- Every state has a notice, whether or not whoever moves it thought of one; see domain/platform/notification.ts.
-- A quiet one is told only to those who turned it on.
create or replace function tell_state(p_user uuid, p_kind text, p_subject uuid, p_reference text) returns void
language sql as $$
  insert into notifications (user_id, kind, subject_id, body, reference, channels)
  select p_user, n.kind, p_subject, n.body, p_reference,
    case when n.weight = 'quiet' then '{}'::text[] else '{in_app,webhook}' end
  from notice_texts n
  where n.kind = p_kind and p_user is not null and (n.weight <> 'quiet' or exists (
    select from notification_preferences f where f.user_id = p_user and f.kind = p_kind and f.wanted))
  on conflict do nothing
$$;

-- Where a notice is told: as its writer says (everywhere, unless told otherwise), but for what the customer chose.
-- Nobody can turn off what is critical; what is wanted nowhere is not written.
create or replace function choose_channels() returns trigger language plpgsql as $$
begin
  if exists (select from notice_texts n where n.kind = new.kind and n.weight = 'critical') then
    new.channels := '{in_app,webhook}';
    return new;
  end if;
  select coalesce(array_agg(c.channel order by c.place), '{}') into new.channels
    from unnest('{in_app,webhook}'::text[]) with ordinality as c(channel, place)
    left join notification_preferences f on f.user_id = new.user_id and f.kind = new.kind and f.channel = c.channel
    where coalesce(f.wanted, c.channel = any (new.channels));
  if new.channels = '{}' then return null; end if;
  return new;
end $$;

create or replace trigger notifications_channels before insert on notifications
  for each row execute function choose_channels();

-- Puts an event before the endpoints that want it, or before one alone; null when nobody does. The body is kept byte
-- for byte, because it is what gets signed. p_data: what the event is about; ids and states, nothing personal.
create or replace function queue_webhook(p_type text, p_subject uuid, p_data jsonb, p_endpoint uuid default null)
returns uuid language plpgsql as $$
declare
  v_id uuid;
begin
  if not exists (select from webhook_endpoints e where e.status = 'enabled' and e.deleted_at is null
    and case when p_endpoint is null then e.event_types && array[p_type, '*'] else e.id = p_endpoint end) then
    return null;
  end if;
  insert into webhook_messages (type, subject_id, payload) values (p_type, p_subject, jsonb_build_object('type', p_type,
      'timestamp', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'data', p_data)::text)
    returning id into v_id;
  insert into webhook_deliveries (endpoint_id, message_id)
    select e.id, v_id from webhook_endpoints e where e.status = 'enabled' and e.deleted_at is null
      and case when p_endpoint is null then e.event_types && array[p_type, '*'] else e.id = p_endpoint end;
  return v_id;
end $$;

-- Every step of a customer's lifecycle is an event, in the transaction of the step: none is lost, none is invented.
create or replace function webhook_of_event() returns trigger language plpgsql as $$
begin
  perform queue_webhook(new.lifecycle || '.' || new.to_state, new.subject_id, jsonb_strip_nulls(jsonb_build_object(
    'id', new.subject_id, 'user_id', new.user_id, 'lifecycle', new.lifecycle, 'event', new.event,
    'state', new.to_state, 'previous_state', new.from_state, 'tx_hash', new.evidence ->> 'tx_hash')));
  return null;
end $$;

create or replace trigger lifecycle_events_webhook after insert on lifecycle_events
  for each row when (new.user_id is not null and new.from_state is distinct from new.to_state)
  execute function webhook_of_event();

create or replace function webhook_of_notice() returns trigger language plpgsql as $$
begin
  -- What our own people are told is no business of the app.
  if not exists (select from users u where u.id = new.user_id and u.role = 'user') then return null; end if;
  perform queue_webhook('notification.created', new.id, jsonb_build_object('id', new.id, 'user_id', new.user_id,
    'kind', new.kind, 'subject_id', new.subject_id, 'body', new.body,
    'title', (select n.title from notice_texts n where n.kind = new.kind)));
  return null;
end $$;

create or replace trigger notifications_webhook after insert on notifications
  for each row when ('webhook' = any (new.channels)) execute function webhook_of_notice();

-- Takes due deliveries of an endpoint for sending. Until the lease is over nobody else takes them; a sender that dies
-- leaves them to the next one. Answers them with all that sending needs, and when the next one is due.
-- p: { limit, lease_seconds, reclaim }.
create or replace function webhook_claim(p_endpoint uuid, p jsonb) returns jsonb
language plpgsql as $$
declare
  v_endpoint webhook_endpoints;
  v_taken jsonb;
begin
  select * into v_endpoint from webhook_endpoints where id = p_endpoint;
  if v_endpoint.status is distinct from 'enabled' or v_endpoint.deleted_at is not null then
    return jsonb_build_object('url', coalesce(v_endpoint.url, ''), 'secrets', '[]'::jsonb, 'deliveries', '[]'::jsonb,
      'next_in_seconds', null, 'pending', 0, 'policy', null);
  end if;
  with due as (
    select d.id from webhook_deliveries d
    where d.endpoint_id = p_endpoint and d.state = 'pending' and (d.next_attempt_at <= now()
      or ((p ->> 'reclaim')::boolean and d.attempts > 0
        and not exists (select from webhook_attempts a where a.delivery_id = d.id and a.number = d.attempts)))
    order by d.next_attempt_at limit (p ->> 'limit')::int for update skip locked
  ), taken as (
    update webhook_deliveries d set attempts = d.attempts + 1, first_attempt_at = coalesce(d.first_attempt_at, now()),
        announced_at = coalesce(d.announced_at, now()),
        next_attempt_at = now() + make_interval(secs => (p ->> 'lease_seconds')::float8)
      from due where d.id = due.id returning d.*
  )
  select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'message_id', t.message_id, 'attempt', t.attempts,
      'tries', 1 + (select count(*) from webhook_attempts a where a.delivery_id = t.id and a.at >= t.first_attempt_at),
      'failing_seconds', extract(epoch from now() - t.first_attempt_at)::float8, 'payload', m.payload)
      order by m.created_at), '[]') into v_taken
    from taken t join webhook_messages m on m.id = t.message_id;
  return (select jsonb_build_object('url', v_endpoint.url, 'secrets', v_endpoint.secrets, 'deliveries', v_taken,
      'pending', count(*), 'next_in_seconds', case when count(*) > 0
        then greatest(0, extract(epoch from min(d.next_attempt_at) - now()))::float8 end,
      'policy', (select value from settings where key = 'webhook_policy'))
    from webhook_deliveries d where d.endpoint_id = p_endpoint and d.state = 'pending');
end $$;

-- Turns an endpoint off by itself: whoever made it is told, and it stands in the audit.
create or replace function disable_webhook_endpoint(p_endpoint uuid, p_reason text) returns void language plpgsql as $$
declare
  v_endpoint webhook_endpoints;
begin
  update webhook_endpoints set status = 'disabled', disabled_reason = p_reason, disabled_at = now(), updated_at = now()
    where id = p_endpoint and status = 'enabled' and deleted_at is null returning * into v_endpoint;
  if not found then return; end if;
  insert into audit_log (actor_role, action, subject_kind, subject_id, detail)
    values ('system', 'webhook_endpoint_disabled', 'webhook_endpoint', p_endpoint::text,
      jsonb_build_object('reason', p_reason));
  if v_endpoint.created_by is not null then
    insert into notifications (user_id, kind, subject_id, body, reference)
      values (v_endpoint.created_by, 'webhook_endpoint.disabled', p_endpoint,
        'The webhook endpoint ' || v_endpoint.url || ' was turned off: ' || p_reason, v_endpoint.disabled_at::text)
      on conflict do nothing;
  end if;
end $$;

-- Writes down what became of tries. p_results: [{id, attempt, http_status?, error?, answer?, duration_ms,
-- retry_in_seconds?, gone?}]; without an error it was delivered, without a retry it is given up.
create or replace function webhook_results(p_endpoint uuid, p_results jsonb, p_disable_after_seconds float8)
returns void language plpgsql as $$
declare
  v_delivered boolean;
  v_since timestamptz;
begin
  with result as (
    select * from jsonb_to_recordset(p_results) as x(id uuid, attempt int, http_status int, error text, answer text,
      duration_ms int, retry_in_seconds float8)
  ), logged as (
    insert into webhook_attempts (delivery_id, number, http_status, error, answer, duration_ms)
      select id, attempt, http_status, error, answer, duration_ms from result
      on conflict (delivery_id, number) do nothing
  )
  update webhook_deliveries d set
      state = case when r.error is null then 'delivered' when r.retry_in_seconds is null then 'failed'
        else 'pending' end,
      delivered_at = case when r.error is null then now() end,
      next_attempt_at = now() + make_interval(secs => coalesce(r.retry_in_seconds, 0))
    from result r where d.id = r.id and d.attempts = r.attempt and d.state = 'pending';
  v_delivered := exists (select from jsonb_array_elements(p_results) x where x ->> 'error' is null);
  if v_delivered then
    update webhook_endpoints set failing_since = null where id = p_endpoint and failing_since is not null;
  else
    update webhook_endpoints set failing_since = now() where id = p_endpoint and failing_since is null;
  end if;
  select failing_since into v_since from webhook_endpoints where id = p_endpoint;
  if exists (select from jsonb_array_elements(p_results) x where (x ->> 'gone')::boolean) then
    perform disable_webhook_endpoint(p_endpoint, 'it answered 410 Gone.');
  elsif v_since < now() - make_interval(secs => p_disable_after_seconds) then
    perform disable_webhook_endpoint(p_endpoint, 'it has taken nothing since '
      || to_char(v_since at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC.');
  end if;
end $$;

-- Makes or changes an endpoint, audited. p: { id, url?, description?, event_types?, status?, secrets?, delete?, action,
-- by, role, request_id }. What is left out stays. Null when there is no such endpoint.
create or replace function change_webhook_endpoint(p jsonb) returns boolean language plpgsql as $$
declare
  v_id uuid := (p ->> 'id')::uuid;
begin
  if p ->> 'action' = 'webhook_endpoint_created' then
    insert into webhook_endpoints (id, url, description, event_types, secrets, created_by)
      values (v_id, p ->> 'url', p ->> 'description', array(select jsonb_array_elements_text(p -> 'event_types')),
        p -> 'secrets', (p ->> 'by')::uuid)
      on conflict (id) do nothing;
    -- Asked again after an answer that never arrived: it is there already.
    if not found then return true; end if;
  else
    update webhook_endpoints e set
        url = coalesce(p ->> 'url', e.url), description = coalesce(p ->> 'description', e.description),
        event_types = case when p ? 'event_types'
          then array(select jsonb_array_elements_text(p -> 'event_types')) else e.event_types end,
        secrets = coalesce(p -> 'secrets', e.secrets), status = coalesce(p ->> 'status', e.status),
        disabled_reason = case p ->> 'status' when 'enabled' then null when 'disabled' then 'An admin turned it off.'
          else e.disabled_reason end,
        disabled_at = case p ->> 'status' when 'enabled' then null when 'disabled' then now() else e.disabled_at end,
        failing_since = case when p ->> 'status' = 'enabled' then null else e.failing_since end,
        deleted_at = case when (p ->> 'delete')::boolean then now() end, updated_at = now()
      where e.id = v_id and e.deleted_at is null;
    if not found then return null; end if;
    -- What waited while it was off is due at once.
    if p ->> 'status' = 'enabled' then
      update webhook_deliveries set next_attempt_at = now(), announced_at = null
        where endpoint_id = v_id and state = 'pending';
    end if;
  end if;
  insert into audit_log (actor_id, actor_role, action, subject_kind, subject_id, request_id, detail)
    values ((p ->> 'by')::uuid, p ->> 'role', p ->> 'action', 'webhook_endpoint', v_id::text, p ->> 'request_id',
      p - '{id,action,by,role,request_id,secrets}'::text[]);
  return true;
end $$;

-- Sends a delivery again: from now on, with as much time as a new one. The message and its id stay the same.
create or replace function resend_webhook(p_endpoint uuid, p_delivery uuid) returns boolean language plpgsql as $$
begin
  update webhook_deliveries set state = 'pending', next_attempt_at = now(), first_attempt_at = null,
      announced_at = null, delivered_at = null
    where id = p_delivery and endpoint_id = p_endpoint and (state <> 'pending' or next_attempt_at > now());
  return exists (select from webhook_deliveries where id = p_delivery and endpoint_id = p_endpoint);
end $$;
