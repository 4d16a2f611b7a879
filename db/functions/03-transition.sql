-- The only writer of any status. In one round trip it moves the row, records the event with its
-- evidence, posts the ledger entries of the edge, updates the provider operations, queues the
-- notice, opens a review and marks the inbound events as used: all of it or nothing.
--
-- p: { patch?: {column: value}, evidence?, postings?: [{account, owner?, amount}],
--      operations?: [{step, provider, key?, digest?, state, reference?, tx_hash?, error?}],
--      notice?: {kind, body}, review?: {reason, detail, due_seconds, evidence?}, inbound?: [event id] }
-- Answer: { moved, status }. The same event with the same reference moves once.

-- Known operations are written to before new ones are inserted, and not by one insert with `on conflict`: that looks
-- for a conflict in the index of its own columns alone. When a webhook writes to the row at that moment it may see
-- neither the old version nor the new one there, and then fails on the row's other key. No other step of the same
-- lifecycle is at work meanwhile: whoever calls this holds its row.
create or replace function record_operations(p_lifecycle text, p_id uuid, p_operations jsonb) returns void
language sql as $$
  with said as (
    select x.*, case when x.state = 'intended' then 0 else 1 end as attempts
    from jsonb_to_recordset(p_operations)
      as x(step text, provider text, key uuid, digest text, state operation_state, reference text,
        tx_hash text, error text)
  ), known as (
    update provider_operations o set
      -- A settled outcome is never overwritten by an older or less certain word.
      state = case
        when x.state = 'intended' then o.state
        when o.state in ('succeeded', 'failed') and x.state in ('accepted', 'unknown') then o.state
        else x.state end,
      provider_reference = coalesce(x.reference, o.provider_reference),
      tx_hash = coalesce(x.tx_hash, o.tx_hash),
      last_error = coalesce(x.error, o.last_error),
      -- An attempt is a question whose answer came: what the company says later about an accepted one is no new one.
      attempts = o.attempts + case when o.state in ('intended', 'unknown') then x.attempts else 0 end
    from said x where o.subject_id = p_id and o.lifecycle = p_lifecycle and o.step = x.step
    returning o.step
  )
  insert into provider_operations
    (lifecycle, subject_id, step, provider, idempotency_key, request_digest, state,
      provider_reference, tx_hash, last_error, attempts)
  select p_lifecycle, p_id, x.step, x.provider, x.key, coalesce(x.digest, ''), x.state, x.reference, x.tx_hash, x.error,
    x.attempts
  from said x where x.step not in (select step from known)
$$;

create or replace function open_review(p_lifecycle text, p_id uuid, p_user uuid, p_review jsonb) returns void
language sql as $$
  insert into reviews (lifecycle, subject_id, user_id, reason, detail, evidence, due_at)
  values (p_lifecycle, p_id, p_user, p_review ->> 'reason', p_review ->> 'detail',
    coalesce(p_review -> 'evidence', '{}'), now() + make_interval(secs => (p_review ->> 'due_seconds')::int))
  on conflict (subject_id, lifecycle, reason) where decided_at is null do nothing
$$;

-- Marks the inbound events that a step has used up.
create or replace function use_events(p_inbound jsonb) returns void language sql as $$
  update inbound_events set processed_at = now()
  where id = any (array(select jsonb_array_elements_text(coalesce(p_inbound, '[]'))::bigint)) and processed_at is null
$$;

create or replace function transition(
  p_lifecycle text, p_id uuid, p_event text, p_reference text, p jsonb default '{}'
) returns jsonb language plpgsql as $$
declare
  v_from text;
  v_to text;
  v_user uuid;
  v_recorded boolean;
begin
  select status, user_id into v_from, v_user from lock_lifecycle(p_lifecycle, p_id);

  perform use_events(p -> 'inbound');

  select true into v_recorded from lifecycle_events
    where subject_id = p_id and lifecycle = p_lifecycle and event = p_event and reference = p_reference;
  if v_recorded then return jsonb_build_object('moved', false, 'status', v_from); end if;

  select to_state into v_to from lifecycle_edges
    where lifecycle = p_lifecycle and from_state = v_from and event = p_event;
  if v_to is null then
    raise exception 'a % in state % does not take the event %', p_lifecycle, v_from, p_event using errcode = 'SL001';
  end if;

  perform write_lifecycle(p_lifecycle, p_id, v_to, coalesce(p -> 'patch', '{}'));
  insert into lifecycle_events (lifecycle, subject_id, user_id, event, reference, from_state, to_state, evidence)
    values (p_lifecycle, p_id, v_user, p_event, p_reference, v_from, v_to, coalesce(p -> 'evidence', '{}'));
  if jsonb_array_length(coalesce(p -> 'postings', '[]')) > 0 then
    perform ledger_post(p_lifecycle || ':' || p_id || ':' || p_event || ':' || p_reference,
      p_lifecycle, p_id, p_event, p -> 'postings');
  end if;
  perform record_operations(p_lifecycle, p_id, coalesce(p -> 'operations', '[]'));
  if p ? 'notice' then
    insert into notifications (user_id, kind, subject_id, body, reference)
      values (v_user, p -> 'notice' ->> 'kind', p_id, p -> 'notice' ->> 'body', p_reference)
      on conflict do nothing;
  elsif v_from <> v_to then
    perform tell_state(v_user, p_lifecycle || '.' || v_to, p_id, p_reference);
  end if;
  -- What moves on by itself needs no decision any more.
  update reviews set decision = 'overtaken', decided_at = now(), decision_note = 'The lifecycle moved on: ' || p_event
    where subject_id = p_id and lifecycle = p_lifecycle and decided_at is null;
  if p ? 'review' then perform open_review(p_lifecycle, p_id, v_user, p -> 'review'); end if;
  return jsonb_build_object('moved', true, 'status', v_to);
end $$;

-- What changes without an edge: a note why a state lasts, a provider operation, a review.
create or replace function annotate(p_lifecycle text, p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_status text;
  v_user uuid;
begin
  select status, user_id into v_status, v_user from lock_lifecycle(p_lifecycle, p_id);
  perform use_events(p -> 'inbound');
  if coalesce(p -> 'patch', '{}') <> '{}' then
    perform write_lifecycle(p_lifecycle, p_id, null, p -> 'patch');
  end if;
  perform record_operations(p_lifecycle, p_id, coalesce(p -> 'operations', '[]'));
  if p ? 'notice' then
    insert into notifications (user_id, kind, subject_id, body, reference)
      values (v_user, p -> 'notice' ->> 'kind', p_id, p -> 'notice' ->> 'body', p -> 'notice' ->> 'reference')
      on conflict do nothing;
  end if;
  if p ? 'review' then perform open_review(p_lifecycle, p_id, v_user, p -> 'review'); end if;
  return jsonb_build_object('moved', false, 'status', v_status);
end $$;
