-- Kill switches, asked by everything that is about to move something. Before all other functions, because they ask.

-- Those of the keys that are off, in their order; '{}' when all is open. A user who is suspended counts as off.
-- With one plan for any keys: a plan for just these looks cheaper to Postgres and is made anew by each call.
create or replace function switched_off(p_keys text[]) returns text[] language sql stable
set plan_cache_mode = force_generic_plan as $$
  select coalesce(array_agg(x.key order by x.place), '{}')
  from unnest(p_keys) with ordinality as x(key, place)
  -- Single values, not `exists`: that may be answered by reading all users once, at every step of every lifecycle.
  where (select s.off from switches s where s.key = x.key)
    or (select u.status <> 'active' from users u
      where u.id = case when x.key like 'user:%' then substr(x.key, 6)::uuid end)
$$;

-- The same in words for our own people, for example `deposits (Circle has an outage)`; null when all is open.
create or replace function paused_by(p_keys text[]) returns text language plpgsql stable as $$
declare
  v_off text[] := switched_off(p_keys);
begin
  if v_off = '{}' then return null; end if;
  return (
    select string_agg(case when s.off then s.key || ' (' || s.reason || ')' else x.key || ' (not active)' end, ', '
      order by x.place)
    from unnest(v_off) with ordinality as x(key, place) left join switches s on s.key = x.key);
end $$;
