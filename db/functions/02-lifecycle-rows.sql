-- The rows that lifecycles live in, by the name of the lifecycle. Each function is written out here once for all of the
-- tables: a statement that is put together when it runs is parsed and planned by every call.
do $write_out$
declare
  v_locks text := '';
  v_writes text := '';
  v_home lifecycles;
  v_columns text[];
begin
  for v_home in select * from lifecycles order by name loop
    v_columns := array(select quote_ident(attname) from pg_attribute
      where attrelid = v_home.table_name::regclass and attnum > 0 and not attisdropped
        and attname not in ('id', v_home.column_name) order by attnum);
    v_locks := v_locks || format('when %L then select t.%I::text, t.%I into status, user_id from %I t
      where t.id = p_id for update;', v_home.name, v_home.column_name,
      case when v_home.table_name = 'users' then 'id' else 'user_id' end, v_home.table_name);
    v_writes := v_writes || format('when %L then
      if p_patch - %L::text[] <> ''{}'' then
        raise exception ''a patch of %s writes to its columns beside the state; this one names %%'',
          (select string_agg(k, '', '') from jsonb_object_keys(p_patch - %L::text[]) k)
          using errcode = case when p_patch ? %L then ''SL001'' else ''undefined_column'' end;
      end if;
      update %I t set (%I, %s) = (select coalesce(p_status, t.%I::text)::%s, %s from jsonb_populate_record(t, p_patch) x)
        where t.id = p_id;', v_home.name, v_columns, v_home.name, v_columns, v_home.column_name, v_home.table_name, v_home.column_name,
      array_to_string(v_columns, ', '), v_home.column_name,
      (select atttypid::regtype from pg_attribute
        where attrelid = v_home.table_name::regclass and attname = v_home.column_name),
      'x.' || array_to_string(v_columns, ', x.'));
  end loop;

  -- Holds the row until the transaction ends. The state is null where there is no such row.
  execute format('create or replace function lock_lifecycle(p_lifecycle text, p_id uuid, out status text, out user_id uuid)
    language plpgsql as $$ begin case p_lifecycle %s
      else raise exception ''there is no lifecycle %%'', p_lifecycle using errcode = ''SL005''; end case; end $$',
    v_locks);
  -- Writes a state, unless it is null, and the columns of a patch, which cannot name the state.
  execute format('create or replace function write_lifecycle(p_lifecycle text, p_id uuid, p_status text, p_patch jsonb)
    returns void language plpgsql as $$ begin case p_lifecycle %s
      else raise exception ''there is no lifecycle %%'', p_lifecycle using errcode = ''SL005''; end case; end $$',
    v_writes);
end $write_out$;
