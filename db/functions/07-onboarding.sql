-- What onboarding needs beyond a plain transition, one round trip each.

-- What the onboarding workflow carries about a customer: ids and states, never personal data.
create or replace function onboarding_facts(p_user uuid) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'since', to_char(coalesce((select max(e.at) from lifecycle_events e where e.subject_id = u.id
      and e.lifecycle = 'kyc' and e.to_state = u.kyc_status::text), u.created_at) at time zone 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'status', u.kyc_status, 'account_id', u.alpaca_account_id, 'revision', coalesce(a.revision, 0),
    'wallets', coalesce((select jsonb_agg(jsonb_build_object('id', w.id, 'chain', w.chain, 'status', w.status)
      order by w.chain) from wallets w where w.user_id = u.id), '[]'),
    'unsent_documents', coalesce((select jsonb_agg(d.id order by d.created_at) from kyc_documents d
      where d.user_id = u.id and d.sent_at is null and d.sealed_content is not null
        and exists (select from lifecycle_events e where e.subject_id = u.id and e.lifecycle = 'kyc'
          and e.event = 'resubmitted' and e.evidence -> 'documents' ? d.id::text)), '[]'),
    'policy', (select value from settings where key = 'onboarding_policy'),
    'open_reviews', coalesce((select jsonb_agg(r.reason order by r.opened_at) from reviews r
      where r.user_id = u.id and r.decided_at is null and r.lifecycle in ('kyc', 'wallet')), '[]'))
  from users u left join kyc_applications a on a.user_id = u.id where u.id = p_user
$$;

-- The data key of a customer, made on first use, and whether a request of theirs was taken before.
-- p: { operation, key_id, sealed_key (hex) }.
create or replace function kyc_intake(p_user uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_user users;
  v_key user_keys;
begin
  select * into v_user from users where id = p_user;
  if not found then raise exception 'there is no user %', p_user using errcode = 'SL005'; end if;
  -- An erased customer never gets a key again.
  if v_user.status <> 'erased' then
    insert into user_keys (user_id, key_id, sealed_key)
      values (p_user, p ->> 'key_id', decode(p ->> 'sealed_key', 'hex')) on conflict (user_id) do nothing;
  end if;
  select * into v_key from user_keys where user_id = p_user;
  return jsonb_build_object('status', v_user.kyc_status, 'user_status', v_user.status,
    'account_id', v_user.alpaca_account_id, 'key_id', v_key.key_id, 'sealed_key', encode(v_key.sealed_key, 'hex'),
    'taken', exists (select from lifecycle_events e where e.subject_id = p_user and e.lifecycle = 'kyc'
      and e.reference = p ->> 'operation'));
end $$;

-- Takes an application: stores it sealed, opens the wallet rows, writes down every intention, moves to pending.
-- p: { operation, sealed_application (hex), account_key, wallets: [{chain, key}] }.
create or replace function kyc_submit(p_user uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_user users;
  v_revision int;
  v_wallet record;
begin
  select * into v_user from users where id = p_user for update;
  if not found then raise exception 'there is no user %', p_user using errcode = 'SL005'; end if;
  if exists (select from lifecycle_events e where e.subject_id = p_user and e.lifecycle = 'kyc'
    and e.event = 'submitted' and e.reference = p ->> 'operation') then
    return jsonb_build_object('accepted', true, 'facts', onboarding_facts(p_user));
  end if;
  if v_user.kyc_status <> 'not_started' or v_user.status <> 'active' then
    return jsonb_build_object('accepted', false, 'facts', onboarding_facts(p_user));
  end if;
  insert into kyc_applications as a (user_id, sealed_application)
    values (p_user, decode(p ->> 'sealed_application', 'hex'))
    on conflict (user_id) do update set sealed_application = excluded.sealed_application,
      revision = a.revision + 1, submitted_at = now()
    returning revision into v_revision;
  insert into wallets (user_id, chain)
    select p_user, (x ->> 'chain')::chain_type from jsonb_array_elements(p -> 'wallets') x
    on conflict (user_id, chain) do nothing;
  for v_wallet in
    select w.id, x ->> 'key' as key from jsonb_array_elements(p -> 'wallets') x
    join wallets w on w.user_id = p_user and w.chain = (x ->> 'chain')::chain_type where w.status = 'creating'
  loop
    perform record_operations('wallet', v_wallet.id, jsonb_build_array(jsonb_build_object(
      'step', 'create', 'provider', 'circle', 'key', v_wallet.key, 'state', 'intended')));
  end loop;
  -- Each revision is an intention of its own, with the key that the caller derived and the revision in its step.
  perform transition('kyc', p_user, 'submitted', p ->> 'operation', jsonb_build_object(
    'patch', jsonb_build_object('kyc_results', null),
    'evidence', jsonb_build_object('revision', v_revision),
    'operations', jsonb_build_array(jsonb_build_object('step', 'open_account:' || v_revision,
      'provider', 'alpaca', 'key', p ->> 'account_key', 'state', 'intended'))));
  return jsonb_build_object('accepted', true, 'facts', onboarding_facts(p_user));
end $$;

-- Everything that a call to the broker needs about the application. Sealed parts stay sealed until used.
create or replace function kyc_application(p_user uuid) returns jsonb language sql stable as $$
  select jsonb_build_object('facts', onboarding_facts(p_user), 'phone_number', u.phone_number,
    'key_id', k.key_id, 'sealed_key', encode(k.sealed_key, 'hex'),
    'sealed_application', encode(a.sealed_application, 'hex'), 'revision', a.revision,
    'operation', (select jsonb_build_object('state', o.state, 'attempts', o.attempts, 'created_at', o.created_at,
        'key', o.idempotency_key)
      from provider_operations o where o.subject_id = p_user and o.lifecycle = 'kyc'
        and o.step = 'open_account:' || a.revision))
  from users u left join kyc_applications a on a.user_id = u.id left join user_keys k on k.user_id = u.id
  where u.id = p_user
$$;

-- The account exists: binds it to the customer. Answers how many of its events came before we knew it. It takes turns
-- with the events of the account, so that neither misses the other.
create or replace function kyc_account_opened(p_user uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_missed int;
begin
  perform lock_tx_hash('alpaca:' || (p ->> 'account_id'));
  perform annotate('kyc', p_user, jsonb_build_object(
    'patch', jsonb_build_object('alpaca_account_id', p -> 'account_id'), 'operations', p -> 'operations'));
  update inbound_events set processed_at = now()
    where kind = 'alpaca.account' and provider = 'alpaca' and reference = p ->> 'account_id' and processed_at is null;
  get diagnostics v_missed = row_count;
  return jsonb_build_object('facts', onboarding_facts(p_user), 'missed_events', v_missed);
end $$;

-- Takes a document that the customer handed in. The first one moves the application on; more may follow.
create or replace function kyc_accept_document(p_user uuid, p_document uuid) returns jsonb language plpgsql as $$
declare
  v_user users;
  v_accepted boolean := true;
begin
  select * into v_user from users where id = p_user for update;
  if not exists (select from kyc_documents where id = p_document and user_id = p_user) then
    v_accepted := false;
  elsif exists (select from lifecycle_events where subject_id = p_user and lifecycle = 'kyc'
    and reference = p_document::text) then
    v_accepted := true;
  elsif v_user.kyc_status = 'action_required' then
    perform transition('kyc', p_user, 'resubmitted', p_document::text, jsonb_build_object(
      'evidence', jsonb_build_object('documents', jsonb_build_array(p_document))));
  elsif v_user.kyc_status = 'pending' and v_user.alpaca_account_id is not null and v_user.kyc_results is not null then
    -- The broker asked for several: the others come while it reads the first.
    insert into lifecycle_events (lifecycle, subject_id, user_id, event, reference, from_state, to_state, evidence)
      values ('kyc', p_user, p_user, 'resubmitted', p_document::text, 'pending', 'pending',
        jsonb_build_object('documents', jsonb_build_array(p_document)));
  else
    v_accepted := false;
  end if;
  return jsonb_build_object('accepted', v_accepted, 'facts', onboarding_facts(p_user));
end $$;

-- The broker has the document: what we kept of it goes.
create or replace function kyc_document_sent(p_document uuid) returns void language sql as $$
  update kyc_documents set sent_at = coalesce(sent_at, now()), sealed_content = null where id = p_document
$$;

-- What the broker says about the account, as a look-up found it. The current state decides which event that is,
-- under the row's lock, so that a late or repeated report changes nothing.
-- p: { verdict, provider_status, results?, grace_seconds, notices: {event: {kind, body}}, review?, inbound? }.
create or replace function kyc_report(p_user uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_user users;
  v_event text;
  v_number int;
  v_reference text;
  v_results jsonb := nullif(p -> 'results', 'null');
  v_is_new_ask boolean;
  v_answered_at timestamptz;
  v_grace interval := make_interval(secs => (p ->> 'grace_seconds')::double precision);
begin
  select * into v_user from users where id = p_user for update;
  if not found then raise exception 'there is no user %', p_user using errcode = 'SL005'; end if;
  v_is_new_ask := v_results is distinct from v_user.kyc_results;
  select max(e.at) into v_answered_at from lifecycle_events e
    where e.subject_id = p_user and e.lifecycle = 'kyc' and e.event = 'resubmitted';
  v_event := case p ->> 'verdict'
    when 'active' then case when v_user.kyc_status in ('pending', 'action_required') then 'approved' end
    when 'action_required' then case
      when v_user.kyc_status = 'approved' then 'document_required'
      -- Right after an upload the broker still shows what it asked before: it needs a moment to read. Another
      -- question shows by other findings, or by an event that came after the customer had answered.
      when v_user.kyc_status = 'pending' and (v_is_new_ask
        or coalesce(v_answered_at < clock_timestamp() - v_grace, true)
        or exists (select from inbound_events i where i.message ->> 'state' = 'action_required'
          and i.received_at > v_answered_at
          and i.id in (select jsonb_array_elements_text(coalesce(p -> 'inbound', '[]'))::bigint)))
        then 'document_required' end
    when 'rejected' then case when v_user.kyc_status in ('pending', 'action_required') then 'rejected'
      when v_user.kyc_status = 'approved' then 'closed' end
    when 'closed' then case when v_user.kyc_status in ('pending', 'action_required') then 'rejected'
      when v_user.kyc_status = 'approved' then 'closed' end
  end;
  if v_event is not null then
    select count(*) + 1 into v_number from lifecycle_events e
      where e.subject_id = p_user and e.lifecycle = 'kyc' and e.event = v_event;
    v_reference := v_number::text;
    perform transition('kyc', p_user, v_event, v_reference, jsonb_strip_nulls(jsonb_build_object(
      'evidence', jsonb_build_object('account_id', v_user.alpaca_account_id, 'provider_status', p -> 'provider_status'),
      'notice', p -> 'notices' -> v_event, 'inbound', p -> 'inbound')) || jsonb_build_object(
      'patch', jsonb_build_object('kyc_results', v_results)));
  else
    v_reference := md5(coalesce(v_results, 'null')::text);
    perform annotate('kyc', p_user, jsonb_strip_nulls(jsonb_build_object(
      'inbound', p -> 'inbound', 'review', p -> 'review'))
      || case when p ->> 'verdict' = 'action_required' and v_user.kyc_status = 'action_required' and v_is_new_ask
        then jsonb_build_object('patch', jsonb_build_object('kyc_results', v_results),
          'notice', (p -> 'notices' -> 'document_required') || jsonb_build_object('reference', v_reference))
        else '{}' end);
  end if;
  return jsonb_build_object('moved', v_event is not null, 'facts', onboarding_facts(p_user));
end $$;

-- Whether the onboarding of a customer in this state wants to hear that the account has that status.
create or replace function account_event_is_news(p_kyc kyc_status, p_state text) returns boolean
language sql immutable as $$
  select case p_kyc
    when 'pending' then p_state not in ('onboarding', 'submitted', 'resubmitted', 'approved')
    when 'action_required' then p_state not in ('onboarding', 'submitted', 'resubmitted', 'approved')
    when 'approved' then p_state not in ('active', 'approved', 'submitted', 'account_updated')
    when 'rejected' then p_state not in ('rejected', 'account_closed')
    else false end
$$;

-- Account status events come in batches from the broker's stream; the cursor moves with them. An event of an
-- account that is not bound to a customer yet stays open until `kyc_account_opened` takes it.
create or replace function receive_account_events(p_stream text, p_cursor text, p_events jsonb) returns jsonb
language plpgsql as $$
declare
  v_event jsonb;
  v_id bigint;
  v_user users;
  v_signals jsonb := '[]';
begin
  for v_event in select value from jsonb_array_elements(p_events) loop
    perform lock_tx_hash('alpaca:' || (v_event ->> 'reference'));
    v_id := store_event(v_event);
    continue when v_id is null;
    select * into v_user from users where alpaca_account_id = v_event ->> 'reference';
    continue when not found;
    if account_event_is_news(v_user.kyc_status, v_event -> 'message' ->> 'state') then
      v_signals := v_signals || (event_signal(v_id, 'onboarding:' || v_user.id)
        || jsonb_build_object('user_id', v_user.id));
    else
      perform finish_event(v_id);
    end if;
  end loop;
  insert into event_cursors (stream, cursor) values (p_stream, p_cursor)
    on conflict (stream) do update set cursor = excluded.cursor, updated_at = now();
  return jsonb_build_object('signals', v_signals);
end $$;

-- The first word of a provider about a float of ours: what stood there before Sluice is our own money.
-- Only an account without any posting is opened, so that a later call can never count money twice.
create or replace function open_float(p_account text, p_units bigint) returns boolean language plpgsql as $$
begin
  insert into floats (account, reported, reported_at) values (p_account, p_units, now())
    on conflict (account) do update set reported = excluded.reported, reported_at = excluded.reported_at;
  -- Two workers that start at once take turns.
  perform pg_advisory_xact_lock(hashtext('open_float:' || p_account));
  if p_units = 0 or exists (
    select from ledger_postings p join ledger_accounts a on a.id = p.account_id where a.kind = p_account
  ) then return false; end if;
  return ledger_post('opening:' || p_account, 'treasury', null, 'opened', jsonb_build_array(
    jsonb_build_object('account', p_account, 'amount', p_units::text),
    jsonb_build_object('account', 'company_float', 'amount', (-p_units)::text)));
end $$;

-- Reviews, used-up events and operations that move nothing. A review of a wallet stands at the wallet.
create or replace function onboarding_note(p_user uuid, p jsonb) returns jsonb language plpgsql as $$
begin
  perform annotate('kyc', p_user, jsonb_strip_nulls(jsonb_build_object('inbound', p -> 'inbound',
    'operations', p -> 'operations',
    'review', case when p -> 'review' ? 'wallet_id' then null else p -> 'review' end)));
  if p -> 'review' ? 'wallet_id' then
    perform annotate('wallet', (p -> 'review' ->> 'wallet_id')::uuid, jsonb_build_object('review', p -> 'review'));
  end if;
  return onboarding_facts(p_user);
end $$;

-- The broker refused the application: the customer corrects it and applies again.
create or replace function kyc_refused(p_user uuid, p jsonb) returns jsonb language plpgsql as $$
begin
  perform transition('kyc', p_user, 'refused', p ->> 'revision', jsonb_build_object(
    'patch', jsonb_build_object('kyc_results', p -> 'results'), 'operations', p -> 'operations',
    'evidence', jsonb_build_object('revision', p -> 'revision'), 'notice', p -> 'notice'));
  return onboarding_facts(p_user);
end $$;

-- The wallet exists at Circle and receives deposits.
create or replace function wallet_created(p_wallet uuid, p jsonb) returns jsonb language sql as $$
  select transition('wallet', p_wallet, 'created', '1', jsonb_build_object(
    'patch', jsonb_build_object('address', p -> 'address', 'circle_wallet_id', p -> 'circle_wallet_id'),
    'evidence', jsonb_build_object('circle_wallet_id', p -> 'circle_wallet_id'), 'operations', p -> 'operations'))
$$;

-- What a person decided. p: { review_id, decision, decided_by, note, request_id, notices }.
-- `retry` and `close` change nothing here: the run looks again.
-- `ask_correction` gives an application that the broker does not have back to the customer; `reject` ends it.
create or replace function onboarding_decide(p_user uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_user users;
  v_revision int;
  v_fits boolean;
begin
  select * into v_user from users where id = p_user for update;
  v_fits := case p ->> 'decision'
    when 'retry' then true
    when 'close' then true
    when 'ask_correction' then v_user.kyc_status = 'pending' and v_user.alpaca_account_id is null
    when 'reject' then v_user.kyc_status in ('pending', 'action_required')
    else false end;
  if not coalesce(v_fits, false)
    or not exists (select from reviews where id = (p ->> 'review_id')::uuid and user_id = p_user)
    or not decide_review((p ->> 'review_id')::uuid, p ->> 'decision', (p ->> 'decided_by')::uuid, p ->> 'note',
      p ->> 'request_id')
  then
    return jsonb_build_object('accepted', false, 'facts', onboarding_facts(p_user));
  end if;
  if p ->> 'decision' = 'ask_correction' then
    select revision into v_revision from kyc_applications where user_id = p_user;
    perform transition('kyc', p_user, 'refused', v_revision::text, jsonb_build_object(
      'evidence', jsonb_build_object('review_id', p -> 'review_id'), 'notice', p -> 'notices' -> 'refused'));
  elsif p ->> 'decision' = 'reject' then
    perform transition('kyc', p_user, 'rejected', p ->> 'review_id', jsonb_build_object(
      'evidence', jsonb_build_object('review_id', p -> 'review_id'), 'notice', p -> 'notices' -> 'rejected'));
  end if;
  return jsonb_build_object('accepted', true, 'facts', onboarding_facts(p_user));
end $$;
