-- The address book and the sanctions lists: where money may go, and where it never goes.

-- Whether an address is on a sanctions list: the list's name, or null. Compared as EVM and base58 are: without case
-- there, with case here.
create or replace function address_sanctioned(p_address text) returns text language plpgsql stable as $$
begin
  return (select s.list from sanctioned_addresses s
    where s.address_key = case when p_address ~* '^0x' then lower(p_address) else p_address end
    order by s.list limit 1);
end $$;

-- The list that one of these names is on, or null. The names come as `sanctionsNameKey` writes them.
create or replace function names_sanctioned(p_keys text[]) returns text language sql stable as $$
  select s.list from sanctioned_names s where s.name_key = any (p_keys) order by s.list limit 1
$$;

-- What the workflow carries about an address.
create or replace function address_facts(a withdrawal_addresses) returns jsonb language sql stable as $$
  select jsonb_build_object('status', a.status, 'user_id', a.user_id, 'chain', a.chain, 'address', a.address,
    'checked', a.checked_at is not null, 'blocked_reason', a.blocked_reason,
    'usable_at', to_char(a.usable_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    -- By the database's clock, so that no other clock decides when money can go there.
    'seconds_left', greatest(0, extract(epoch from a.usable_at - clock_timestamp()))::float8,
    'policy', (select value from settings where key = 'address_policy'),
    'question', (select r.detail from reviews r where r.subject_id = a.id and r.lifecycle = 'address'
      and r.decided_at is null order by r.opened_at limit 1))
$$;

-- A list has the address: nothing goes there any more, and a person looks. Answers the list, or null.
create or replace function address_screen(p_id uuid) returns text language plpgsql as $$
declare
  v_address withdrawal_addresses;
  v_list text;
begin
  select * into strict v_address from withdrawal_addresses where id = p_id for update;
  v_list := address_sanctioned(v_address.address_key);
  if v_list is null or v_address.status not in ('cooling_down', 'active') then return v_list; end if;
  perform transition('address', p_id, 'blocked', v_address.revision::text, jsonb_build_object(
    'patch', jsonb_build_object('blocked_reason', 'sanctions:' || v_list),
    'evidence', jsonb_build_object('list', v_list),
    'review', address_review(v_list)));
  return v_list;
end $$;

-- What the person who decides is asked.
create or replace function address_review(p_list text) returns jsonb language sql stable as $$
  select jsonb_build_object('reason', 'sanctions_hit', 'evidence', jsonb_build_object('list', p_list),
    'detail', 'The sanctions list ' || p_list || ' has this address. Nothing goes there until it is cleared.',
    'due_seconds', coalesce((select (value ->> 'reviewDueSeconds')::numeric::int from settings
      where key = 'address_policy'), 86400))
$$;

-- Takes a new address, or says why not and writes nothing.
-- p: { user_id, chain, address, address_key, note, label, cool_down_seconds, most_addresses }.
create or replace function address_added(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_address withdrawal_addresses;
  v_user uuid := (p ->> 'user_id')::uuid;
  v_status user_status;
begin
  -- The user's row makes two requests of one customer take turns, so that the number of addresses is exact.
  select status into v_status from users where id = v_user for no key update;
  select * into v_address from withdrawal_addresses where id = p_id;
  if found then return address_facts(v_address); end if;
  if v_status is distinct from 'active' then
    return refusal('account_suspended', 'The account is not active.', '{}');
  end if;
  if (select count(*) from withdrawal_addresses where user_id = v_user and status <> 'removed')
    >= (p ->> 'most_addresses')::int then
    return refusal('address_refused',
      format('You have %s addresses already: remove one first.', p ->> 'most_addresses'), '{}');
  end if;
  if address_is_ours(p ->> 'address_key', p ->> 'address') then
    return refusal('address_refused', 'This is an address of ours: give one outside of this service.', '{}');
  end if;
  insert into withdrawal_addresses (id, user_id, chain, address, address_key, label, note, usable_at)
    values (p_id, v_user, (p ->> 'chain')::chain_type, p ->> 'address', p ->> 'address_key', p ->> 'label',
      p ->> 'note', now() + make_interval(secs => (p ->> 'cool_down_seconds')::float8))
    on conflict do nothing returning * into v_address;
  if v_address.id is null then
    select * into v_address from withdrawal_addresses where user_id = v_user and chain = (p ->> 'chain')::chain_type
      and address_key = p ->> 'address_key' and status <> 'removed';
    return refusal('address_exists', 'This address is in your address book already.',
      jsonb_build_object('address_id', v_address.id));
  end if;
  insert into lifecycle_events (lifecycle, subject_id, user_id, event, reference, to_state, evidence)
    values ('address', p_id, v_user, 'added', '1', 'cooling_down', jsonb_build_object('chain', p -> 'chain'));
  insert into notifications (user_id, kind, subject_id, body, reference)
    values (v_user, 'address.cooling_down', p_id, p ->> 'notice', '1') on conflict do nothing;
  perform address_screen(p_id);
  select * into strict v_address from withdrawal_addresses where id = p_id;
  return address_facts(v_address);
end $$;

-- Customers' deposit addresses, our own wallets and our addresses at Mint. An EVM address is ours on every chain.
create or replace function address_is_ours(p_key text, p_address text) returns boolean language sql stable as $$
  select exists (select from wallets w where w.address in (p_key, p_address))
    or exists (select from mint_deposit_addresses m where m.address in (p_key, p_address))
    or exists (select from treasury_wallets t where t.address in (p_key, p_address))
$$;

-- A refusal as the API turns it into a problem; figures are texts.
create or replace function refusal(p_code text, p_detail text, p_figures jsonb) returns jsonb language sql
immutable as $$
  select jsonb_build_object('refused', jsonb_build_object('code', p_code, 'detail', p_detail, 'figures', p_figures))
$$;

-- Where an address stands.
create or replace function address_read(p_id uuid) returns jsonb language sql stable as $$
  select address_facts(a) from withdrawal_addresses a where a.id = p_id
$$;

-- What Circle said about an address. p: { valid, notice }.
create or replace function address_checked(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_address withdrawal_addresses;
begin
  select * into strict v_address from withdrawal_addresses where id = p_id for update;
  if v_address.status = 'cooling_down' then
    if (p ->> 'valid')::boolean then
      perform annotate('address', p_id, jsonb_build_object('patch', jsonb_build_object('checked_at', now())));
    else
      perform transition('address', p_id, 'blocked', v_address.revision::text, jsonb_strip_nulls(jsonb_build_object(
        'patch', jsonb_build_object('blocked_reason', 'circle'), 'notice', p -> 'notice')));
    end if;
  end if;
  return address_read(p_id);
end $$;

-- The waiting time is over: the address is usable, if it is still clean. p: { notice }.
create or replace function address_cooled_down(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_address withdrawal_addresses;
begin
  select * into strict v_address from withdrawal_addresses where id = p_id for update;
  if v_address.status = 'cooling_down' and v_address.usable_at <= clock_timestamp() and v_address.checked_at is not null
    and address_screen(p_id) is null then
    perform transition('address', p_id, 'cooled_down', v_address.revision::text, jsonb_strip_nulls(jsonb_build_object(
      'patch', jsonb_build_object('activated_at', now()), 'notice', p -> 'notice')));
  end if;
  return address_read(p_id);
end $$;

-- The customer removes an address; null when there is none of that id. Removing twice is fine.
create or replace function address_removed(p_user uuid, p_id uuid) returns jsonb language plpgsql as $$
declare
  v_address withdrawal_addresses;
begin
  select * into v_address from withdrawal_addresses where id = p_id and user_id = p_user for update;
  if not found then return null; end if;
  if v_address.status <> 'removed' then
    perform transition('address', p_id, 'removed', '1',
      jsonb_build_object('patch', jsonb_build_object('removed_at', now())));
  end if;
  return address_read(p_id);
end $$;

-- What a person decided about a blocked address. `retry` screens it again: an address that is off the lists by then
-- rests on; one that is not stays blocked, and the question is asked anew. `close` leaves it blocked.
-- p: { review_id, decision, decided_by, note, request_id }. Answer: { accepted, facts }.
create or replace function address_decided(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_address withdrawal_addresses;
  v_accepted boolean;
  v_list text;
begin
  select * into strict v_address from withdrawal_addresses where id = p_id for update;
  v_accepted := decide_review((p ->> 'review_id')::uuid, p ->> 'decision', (p ->> 'decided_by')::uuid, p ->> 'note',
    p ->> 'request_id');
  if v_accepted and p ->> 'decision' = 'retry' and v_address.status = 'blocked' then
    v_list := address_sanctioned(v_address.address_key);
    if v_list is null then
      perform transition('address', p_id, 'cleared', v_address.revision::text, jsonb_build_object(
        'patch', jsonb_build_object('blocked_reason', null, 'revision', v_address.revision + 1)));
    else
      perform annotate('address', p_id, jsonb_build_object('review', address_review(v_list)));
    end if;
  end if;
  return jsonb_build_object('accepted', v_accepted, 'facts', address_read(p_id));
end $$;

-- A person is told that Circle does not answer.
create or replace function address_note(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
begin
  perform annotate('address', p_id, p);
  return address_read(p_id);
end $$;

-- Replaces one sanctions list by what p holds, and blocks every address in use that is on it now.
-- p: { addresses: [{key, reference}], names: [{key, reference}], by, role, request_id }.
create or replace function sanctions_list_replaced(p_list text, p jsonb) returns jsonb language plpgsql as $$
declare
  v_address uuid;
  v_blocked int := 0;
  v_counts jsonb;
begin
  -- Two imports of one list take turns.
  perform pg_advisory_xact_lock(hashtextextended('sanctions:' || p_list, 0));
  delete from sanctioned_addresses where list = p_list;
  delete from sanctioned_names where list = p_list;
  insert into sanctioned_addresses (address_key, list, reference)
    select x.key, p_list, x.reference from jsonb_to_recordset(p -> 'addresses') as x(key text, reference text)
    on conflict do nothing;
  insert into sanctioned_names (name_key, list, reference)
    select x.key, p_list, x.reference from jsonb_to_recordset(p -> 'names') as x(key text, reference text)
    where x.key <> '' on conflict do nothing;
  for v_address in
    select a.id from withdrawal_addresses a join sanctioned_addresses s on s.address_key = a.address_key
    where s.list = p_list and a.status in ('cooling_down', 'active') order by a.id
  loop
    perform address_screen(v_address);
    v_blocked := v_blocked + 1;
  end loop;
  v_counts := jsonb_build_object('addresses', (select count(*) from sanctioned_addresses where list = p_list),
    'names', (select count(*) from sanctioned_names where list = p_list), 'blocked', v_blocked);
  insert into audit_log (actor_id, actor_role, action, subject_kind, subject_id, request_id, detail)
    values ((p ->> 'by')::uuid, p ->> 'role', 'sanctions_list_replaced', 'sanctions_list', p_list, p ->> 'request_id',
      v_counts);
  return v_counts;
end $$;

-- What has to be opened and compared before money leaves: sealed application and travel-rule data, with their key.
create or replace function withdrawal_screening(p_id uuid) returns jsonb language sql stable as $$
  select jsonb_build_object('user_id', w.user_id, 'full_name', u.full_name, 'key_id', k.key_id,
    'sealed_key', encode(k.sealed_key, 'hex'), 'sealed_application', encode(a.sealed_application, 'hex'),
    'sealed_travel_rule', encode(w.sealed_travel_rule, 'hex'))
  from withdrawals w join users u on u.id = w.user_id left join user_keys k on k.user_id = w.user_id
    left join kyc_applications a on a.user_id = w.user_id where w.id = p_id
$$;
