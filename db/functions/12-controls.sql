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
    values ((p ->> 'by')::uuid, p ->> 'role', case when (p ->> 'off')::boolean then 'switched_off' else 'switched_on' end,
      'switch', v_key, p ->> 'request_id', jsonb_build_object('reason', p ->> 'reason'));
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
from wires w where w.status = 'planned' and w.waiting_for = 'paused'
union all
-- A wire belongs to nobody.
select 'wire', x.id, x.user_id, x.status::text, wire_rails(x), x.amount_usd, x.updated_at
from wires x where x.status = 'planned' and x.waiting_for = 'paused';

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
