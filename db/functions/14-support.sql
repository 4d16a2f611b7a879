-- Support: the queue of reviews with owners, decisions by one and by two persons, escalation of what is overdue.

create or replace function audit_review(
  p_review uuid, p_action text, p_by uuid, p_request text, p_detail jsonb
) returns void language sql as $$
  insert into audit_log (actor_id, actor_role, action, subject_kind, subject_id, request_id, detail)
  select p_by, coalesce((select role::text from users where id = p_by), 'system'), p_action, 'review', p_review::text,
    p_request, p_detail
$$;

-- Records what a person decided, and audits it. False when the review was decided before; but the very request that
-- decided it hears yes again, because its first answer may have been lost. What needs two persons is refused here as
-- well, whoever asks.
create or replace function decide_review(
  p_review uuid, p_decision text, p_by uuid, p_note text, p_request text, p_evidence jsonb
) returns boolean language plpgsql as $$
declare
  v_review reviews;
begin
  select * into v_review from reviews where id = p_review for update;
  if not found then return false; end if;
  if v_review.decided_at is not null then
    return v_review.decision = p_decision and v_review.decided_by is not distinct from p_by and exists (
      select from audit_log a where a.subject_kind = 'review' and a.subject_id = p_review::text
        and a.action = 'review.decide' and a.request_id = p_request);
  end if;
  if p_decision in ('force_complete', 'force_fail')
    and (v_review.proposed_decision is distinct from p_decision or v_review.proposed_by = p_by) then
    raise exception 'the decision % needs a second person', p_decision using errcode = 'SL006';
  end if;
  update reviews set decision = p_decision, decided_by = p_by, decided_at = now(), decision_note = p_note,
      decision_evidence = p_evidence
    where id = p_review;
  perform audit_review(p_review, 'review.decide', p_by, p_request, jsonb_strip_nulls(jsonb_build_object(
    'decision', p_decision, 'evidence', p_evidence,
    'requested_by', case when v_review.proposed_decision = p_decision then v_review.proposed_by end)));
  return true;
end $$;

create or replace function decide_review(p_review uuid, p_decision text, p_by uuid, p_note text, p_request text)
returns boolean language sql as $$
  select decide_review(p_review, p_decision, p_by, p_note, p_request, null)
$$;

-- The first of two persons asks for a decision. A later request takes the place of an earlier one.
-- p: { decision, by, note, evidence, request }. Answer: proposed, not_found or decided.
create or replace function propose_review(p_review uuid, p jsonb) returns text language plpgsql as $$
declare
  v_review reviews;
begin
  select * into v_review from reviews where id = p_review for update;
  if not found then return 'not_found'; end if;
  if v_review.decided_at is not null then return 'decided'; end if;
  if v_review.proposed_decision = p ->> 'decision' and v_review.proposed_by = (p ->> 'by')::uuid
    and v_review.proposed_evidence = p -> 'evidence' then return 'proposed'; end if;
  update reviews set proposed_decision = p ->> 'decision', proposed_by = (p ->> 'by')::uuid, proposed_at = now(),
      proposed_note = p ->> 'note', proposed_evidence = p -> 'evidence'
    where id = p_review;
  perform audit_review(p_review, 'review.request', (p ->> 'by')::uuid, p ->> 'request',
    jsonb_build_object('decision', p -> 'decision', 'evidence', p -> 'evidence'));
  return 'proposed';
end $$;

-- Gives a review an owner, or takes it away (p_owner null). Somebody else's review moves only by an administrator.
-- Answer: done, not_found, decided, owned or not_staff.
create or replace function own_review(p_review uuid, p_owner uuid, p_by uuid, p_request text) returns text
language plpgsql as $$
declare
  v_review reviews;
begin
  select * into v_review from reviews where id = p_review for update;
  if not found then return 'not_found'; end if;
  if v_review.decided_at is not null then return 'decided'; end if;
  if v_review.owner_id is not distinct from p_owner then return 'done'; end if;
  if v_review.owner_id is not null and v_review.owner_id <> p_by
    and not exists (select from users where id = p_by and role = 'admin') then return 'owned'; end if;
  if p_owner is not null and not exists (
    select from users where id = p_owner and role in ('support', 'admin') and status = 'active') then
    return 'not_staff';
  end if;
  update reviews set owner_id = p_owner, claimed_at = case when p_owner is null then null else now() end
    where id = p_review;
  perform audit_review(p_review,
    case when p_owner is null then 'review.release' when p_owner = p_by then 'review.claim' else 'review.assign' end,
    p_by, p_request, jsonb_strip_nulls(jsonb_build_object('owner', p_owner, 'before', v_review.owner_id)));
  return 'done';
end $$;

-- Raises the level of reviews that nobody has decided in time, tells staff, and audits it. Level 2 goes to the owner
-- and all of support, level 3 to the administrators; there it stays. Answer: how many were raised.
create or replace function escalate_reviews(p_every_seconds int, p_top_level int, p_limit int) returns int
language plpgsql as $$
declare
  v_review reviews;
  v_count int := 0;
begin
  for v_review in
    select * from reviews where decided_at is null and coalesce(escalate_at, due_at) < now() and level < p_top_level
    order by coalesce(escalate_at, due_at) limit p_limit for update skip locked
  loop
    v_count := v_count + 1;
    update reviews set level = v_review.level + 1, escalate_at = now() + make_interval(secs => p_every_seconds)
      where id = v_review.id;
    insert into notifications (user_id, kind, subject_id, body, reference)
      select u.id, 'review.overdue', v_review.id,
        format('A review of %s %s was due on %s UTC and is not decided: %s', v_review.lifecycle, v_review.subject_id,
          to_char(v_review.due_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), v_review.detail),
        -- Each person is told once a level.
        v_review.level + 1 || ':' || u.id
      from users u
      where u.status = 'active' and (u.id = v_review.owner_id
        or u.role::text = case when v_review.level = 1 then 'support' else 'admin' end)
      on conflict do nothing;
    perform audit_review(v_review.id, 'review.escalate', null, null,
      jsonb_build_object('level', v_review.level + 1, 'due_at', v_review.due_at));
  end loop;
  return v_count;
end $$;
