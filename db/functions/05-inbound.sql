-- Events from providers: stored once, and routed to the workflow that must hear of them.
-- Each answers { id, duplicate, signals: [{ workflow_id, user_id, message }] }. An event that nobody
-- needs is marked as processed at once; one whose owner is not known yet stays open and is routed later.

-- Events that nobody has used, spelled as the index inbound_events_open is: for questions about all of them. Who knows
-- an id or a hash asks inbound_events itself, with `is null`, and goes by that.
create or replace view unused_events as
select * from inbound_events where coalesce(processed_at, 'infinity') = 'infinity';

create or replace function store_event(p jsonb) returns bigint language sql as $$
  insert into inbound_events (provider, provider_event_id, kind, reference, tx_hash, payload, message, workflow_id)
  values (p ->> 'provider', p ->> 'provider_event_id', p ->> 'kind', p ->> 'reference', p ->> 'tx_hash',
    p -> 'payload', p -> 'message', p ->> 'workflow_id')
  on conflict (provider, provider_event_id) do nothing
  returning id
$$;

create or replace function finish_event(p_id bigint) returns void language sql as $$
  update inbound_events set processed_at = now() where id = p_id and processed_at is null
$$;

create or replace function event_signal(p_event bigint, p_workflow text) returns jsonb language sql as $$
  update inbound_events e set workflow_id = p_workflow where e.id = p_event
  returning jsonb_build_object('workflow_id', p_workflow,
    'user_id', case split_part(p_workflow, ':', 1)
      when 'deposit' then (select d.user_id from deposits d where d.id = split_part(p_workflow, ':', 2)::uuid)
      when 'withdrawal' then (
        select w.user_id from withdrawals w where w.id = split_part(p_workflow, ':', 2)::uuid) end,
    'message', e.message || jsonb_build_object('event_id', e.id::text))
$$;

-- The wallet's and Mint's word about one chain transaction take turns, so that neither misses the other. So does
-- whatever else is told from two sides under one name.
create or replace function lock_tx_hash(p_tx_hash text) returns void language sql as $$
  select case when p_tx_hash is not null then pg_advisory_xact_lock(hashtextextended(p_tx_hash, 0)) end
$$;

-- Whether a deposit still needs to hear that its inbound transfer is in this state: where it has arrived, and even
-- where it was sent back, that the chain took it back.
create or replace function inbound_transfer_is_news(p_status deposit_status, p_state text) returns boolean
language sql immutable as $$
  select p_status is null or p_status = 'pending_confirmation'
    or (p_state not in ('confirmed', 'complete') and p_status <> 'failed')
$$;

-- A transfer into a customer's wallet. p.deposit_id is derived from Circle's transaction id.
create or replace function receive_inbound_transfer(p jsonb) returns jsonb language plpgsql as $$
declare
  v_id bigint := store_event(p);
  v_wallet wallets;
  v_status deposit_status;
begin
  if v_id is null then return jsonb_build_object('duplicate', true, 'signals', '[]'::jsonb); end if;
  select * into v_wallet from wallets where circle_wallet_id = p -> 'message' ->> 'circle_wallet_id';
  if not found and exists (select from treasury_wallets t
    where t.circle_wallet_id = p -> 'message' ->> 'circle_wallet_id') then
    -- Our own wallet: what comes in is what Mint or the treasury sent, and those know it by their own records.
    perform finish_event(v_id);
    return jsonb_build_object('id', v_id::text, 'duplicate', false, 'signals', '[]'::jsonb);
  elsif v_wallet.id is null then
    -- The wallet may be ours in a moment: the sweep routes the event then. Until it is, the event shows as open.
    update inbound_events set message = message || jsonb_build_object('deposit_id', p ->> 'deposit_id') where id = v_id;
    return jsonb_build_object('id', v_id::text, 'duplicate', false, 'signals', '[]'::jsonb);
  end if;
  select status into v_status from deposits where id = (p ->> 'deposit_id')::uuid;
  if not inbound_transfer_is_news(v_status, p -> 'message' ->> 'state') then
    perform finish_event(v_id);
    return jsonb_build_object('id', v_id::text, 'duplicate', false, 'signals', '[]'::jsonb);
  end if;
  return jsonb_build_object('id', v_id::text, 'duplicate', false, 'signals', jsonb_build_array(
    event_signal(v_id, 'deposit:' || (p ->> 'deposit_id')) || jsonb_build_object('user_id', v_wallet.user_id)));
end $$;

-- Whether a lifecycle must hear that its transfer out of one of our wallets is in this state. A deposit hears of the
-- good end from Mint, which the transfer goes to, unless it goes back to its sender; a withdrawal needs no word that it
-- has used already.
create or replace function outbound_transfer_is_news(p_operation provider_operations, p_state text)
returns boolean language plpgsql stable as $$
declare
  v_withdrawal withdrawals;
begin
  if p_operation.lifecycle <> 'withdrawal' then
    return p_state in ('failed', 'denied', 'canceled', 'stuck')
      or (p_state = 'complete' and (p_operation.lifecycle <> 'deposit' or p_operation.step like 'refund:%'));
  end if;
  select * into v_withdrawal from withdrawals where id = p_operation.subject_id;
  return case
    when p_operation.state = 'failed' or v_withdrawal.status in ('canceled', 'failed', 'refunded') then false
    when p_state in ('failed', 'denied', 'canceled') then true
    when p_state in ('complete', 'stuck') then v_withdrawal.status <> 'complete'
    else false end;
end $$;

-- A transfer out of one of our wallets. Its reference id names the lifecycle and the step.
create or replace function receive_outbound_transfer(p jsonb) returns jsonb language plpgsql as $$
declare
  v_id bigint := store_event(p);
  v_state text := p -> 'message' ->> 'state';
  v_operation provider_operations;
  v_signals jsonb := '[]';
begin
  if v_id is null then return jsonb_build_object('duplicate', true, 'signals', '[]'::jsonb); end if;
  perform lock_tx_hash(p ->> 'tx_hash');
  update provider_operations set
      state = case when state = 'failed' then state
        when v_state = 'complete' then 'succeeded' when state in ('intended', 'unknown') then 'accepted' else state end,
      provider_reference = coalesce(provider_reference, p ->> 'reference'),
      tx_hash = coalesce(p ->> 'tx_hash', tx_hash)
    where lifecycle = p ->> 'lifecycle' and subject_id = (p ->> 'subject_id')::uuid and step = p ->> 'step'
    returning * into v_operation;
  if v_operation.id is null then
    return jsonb_build_object('id', v_id::text, 'duplicate', false, 'signals', '[]'::jsonb);
  end if;
  if outbound_transfer_is_news(v_operation, v_state) then
    v_signals := jsonb_build_array(event_signal(v_id, v_operation.lifecycle || ':' || v_operation.subject_id));
  elsif v_operation.lifecycle <> 'deposit' then
    perform finish_event(v_id);
  else
    perform finish_event(v_id);
    -- Mint may have told us first: it knows the transfer only by its hash, which we learn here. What was told to its
    -- deposit already is not told twice: a message that comes while a deposit ends makes it do its last task again.
    select coalesce(jsonb_agg(event_signal(e.id, 'deposit:' || v_operation.subject_id)), '[]') into v_signals
      from inbound_events e
      where e.tx_hash = v_operation.tx_hash and e.kind = 'mint.transfer' and e.processed_at is null
        and e.workflow_id is null;
  end if;
  return jsonb_build_object('id', v_id::text, 'duplicate', false, 'signals', v_signals);
end $$;

-- Mint's word about a transfer: one that reached our deposit address, known by its hash, or one that it makes for us,
-- known by its id.
create or replace function receive_mint_transfer(p jsonb) returns jsonb language plpgsql as $$
declare
  v_id bigint := store_event(p);
  v_operation provider_operations;
  v_wire uuid;
begin
  if v_id is null then return jsonb_build_object('duplicate', true, 'signals', '[]'::jsonb); end if;
  if p -> 'message' ->> 'state' not in ('complete', 'failed') then
    perform finish_event(v_id);
    return jsonb_build_object('id', v_id::text, 'duplicate', false, 'signals', '[]'::jsonb);
  end if;
  perform lock_tx_hash('mint:' || (p ->> 'reference'));
  select * into v_operation from provider_operations
    where provider_reference = p ->> 'reference' and provider = 'mint' and lifecycle = 'withdrawal';
  if found then
    if v_operation.state in ('succeeded', 'failed') then
      perform finish_event(v_id);
      return jsonb_build_object('id', v_id::text, 'duplicate', false, 'signals', '[]'::jsonb);
    end if;
    return jsonb_build_object('id', v_id::text, 'duplicate', false, 'signals',
      jsonb_build_array(event_signal(v_id, 'withdrawal:' || v_operation.subject_id)));
  end if;
  select id into v_wire from wires where provider_ref = p ->> 'reference';
  if found then
    -- A wire looks up by itself what is true: the word only makes it look now.
    perform finish_event(v_id);
    return jsonb_build_object('id', v_id::text, 'duplicate', false, 'signals',
      jsonb_build_array(event_signal(v_id, 'wire:' || v_wire)));
  end if;
  perform lock_tx_hash(p ->> 'tx_hash');
  select * into v_operation from provider_operations
    where tx_hash = p ->> 'tx_hash' and provider = 'circle' and lifecycle = 'deposit';
  return jsonb_build_object('id', v_id::text, 'duplicate', false, 'signals',
    case when v_operation.id is null then '[]'::jsonb
    else jsonb_build_array(event_signal(v_id, 'deposit:' || v_operation.subject_id)) end);
end $$;

-- Whether a lifecycle must hear that its journal is in this state: nobody needs to hear of steps on the way, or of what
-- we know already. While our own request is under way its answer tells the same; a correction it does not.
create or replace function journal_is_news(p_operation provider_operations, p_state text) returns boolean
language plpgsql stable as $$
declare
  v_status text;
begin
  if p_state in ('queued', 'sent_to_clearing', 'activity_created')
    or (p_operation.state = 'intended' and p_state in ('executed', 'pending')) then return false; end if;
  if p_operation.lifecycle = 'withdrawal' then
    return p_operation.state not in ('succeeded', 'failed')
      or (p_operation.state = 'succeeded' and p_state not in ('executed', 'pending'));
  end if;
  select status into v_status from deposits where id = p_operation.subject_id;
  return not (p_state in ('executed', 'pending') and v_status = 'broker_funded') and v_status <> 'returned';
end $$;

-- Journal status events come in batches from the broker's stream; the cursor moves with them.
create or replace function receive_journal_events(p_stream text, p_cursor text, p_events jsonb) returns jsonb
language plpgsql as $$
declare
  v_event jsonb;
  v_id bigint;
  v_operation provider_operations;
  v_state text;
  v_key uuid;
  v_signals jsonb := '[]';
begin
  for v_event in select value from jsonb_array_elements(p_events) loop
    v_id := store_event(v_event);
    continue when v_id is null;
    v_state := v_event -> 'message' ->> 'state';
    -- Journals of others may carry any text as a key. The comparison is between UUIDs, so that the index serves it.
    v_key := case when pg_input_is_valid(v_event ->> 'idempotency_key', 'uuid')
      then (v_event ->> 'idempotency_key')::uuid end;
    select * into v_operation from provider_operations
      where idempotency_key = v_key and provider = 'alpaca' and lifecycle in ('deposit', 'withdrawal');
    if not found then
      select * into v_operation from provider_operations
        where provider_reference = v_event ->> 'reference' and provider = 'alpaca'
          and lifecycle in ('deposit', 'withdrawal') limit 1;
    end if;
    if v_operation.id is null or not journal_is_news(v_operation, v_state) then
      perform finish_event(v_id);
    else
      v_signals := v_signals || event_signal(v_id, v_operation.lifecycle || ':' || v_operation.subject_id);
    end if;
  end loop;
  insert into event_cursors (stream, cursor) values (p_stream, p_cursor)
    on conflict (stream) do update set cursor = excluded.cursor, updated_at = now();
  return jsonb_build_object('signals', v_signals);
end $$;

-- Events whose signal never arrived, Mint events whose hash is known by now, and transfers into a wallet
-- that was not known to be ours when they came.
create or replace function open_events(p_older_than_seconds int, p_limit int) returns jsonb language plpgsql as $$
declare
  v_signals jsonb;
begin
  -- A word about an account that came before we knew the account: onboarding has asked for its state since.
  update unused_events e set processed_at = now() from users u
    where e.kind = 'alpaca.account' and e.workflow_id is null
      and e.received_at < now() - make_interval(secs => p_older_than_seconds) and u.alpaca_account_id = e.reference;
  -- A wire that Mint spoke of before the wire knew its own reference has looked up what is true since.
  update unused_events e set processed_at = now() from wires x
    where e.kind = 'mint.transfer' and e.workflow_id is null
      and e.received_at < now() - make_interval(secs => p_older_than_seconds) and x.provider_ref = e.reference;
  -- A credit that two people have vouched for: nobody may ever learn its hash.
  update unused_events e set processed_at = now() from reviews r
    where e.kind = 'mint.transfer' and e.workflow_id is null
      and e.message ->> 'state' = 'complete' and e.received_at < now() - make_interval(secs => p_older_than_seconds)
      and r.lifecycle = 'deposit' and r.decision = 'force_complete'
      and r.decision_evidence ->> 'mint_transfer_id' = e.reference;
  select coalesce(jsonb_agg(event_signal(x.id, x.workflow_id)), '[]') into v_signals from (
    select e.id, coalesce(e.workflow_id, 'withdrawal:' || m.subject_id,
      'deposit:' || coalesce(o.subject_id::text, e.message ->> 'deposit_id')) as workflow_id
    from unused_events e
    left join provider_operations m on e.kind = 'mint.transfer' and m.provider_reference = e.reference
      and m.provider = 'mint' and m.lifecycle = 'withdrawal'
    left join provider_operations o on e.kind = 'mint.transfer' and o.tx_hash = e.tx_hash and o.provider = 'circle'
      and o.lifecycle = 'deposit'
    left join wallets w on e.kind = 'circle.inbound' and w.circle_wallet_id = e.message ->> 'circle_wallet_id'
    where e.received_at < now() - make_interval(secs => p_older_than_seconds)
      and coalesce(e.workflow_id, m.subject_id::text, o.subject_id::text, w.id::text) is not null
    order by e.received_at limit p_limit) x;
  return v_signals;
end $$;
