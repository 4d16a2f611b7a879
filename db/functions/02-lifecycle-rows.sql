-- The rows that lifecycles live in, by the name of the lifecycle. Each function is written out here once for all of the
-- tables: a statement that is put together when it runs is parsed and planned by every call.
do $write_out$
declare
  v_lock text := '';
  v_write text := '';
  v_home lifecycles;
  v_columns text[];
  v_unknown constant text := 'else raise exception ''there is no lifecycle %'', p_lifecycle using errcode = ''SL005'';';
begin
  for v_home in select * from lifecycles order by name loop
    v_columns := array(select attname from pg_attribute
      where attrelid = v_home.table_name::regclass and attnum > 0 and not attisdropped
        and attname not in ('id', v_home.column_name) order by attnum);
    v_lock := v_lock || format($lock$
      when %1$L then
        select t.%2$I::text, t.%3$I into status, user_id from %4$I t where t.id = p_id for update;
      $lock$, v_home.name, v_home.column_name,
      case when v_home.table_name = 'users' then 'id' else 'user_id' end, v_home.table_name);
    v_write := v_write || format($write$
      when %1$L then
        if p_patch - %2$L::text[] <> '{}' then
          raise exception 'a patch of a %1$s writes only to columns beside the state, not to %%',
            (select string_agg(k, ', ') from jsonb_object_keys(p_patch - %2$L::text[]) k)
            using errcode = case when p_patch ? %3$L then 'SL001' else 'undefined_column' end;
        end if;
        update %4$I t set (%3$I, %5$s) = (
          select coalesce(p_status::%6$s, t.%3$I), %7$s from jsonb_populate_record(t, p_patch) x) where t.id = p_id;
      $write$, v_home.name, v_columns, v_home.column_name, v_home.table_name,
      (select string_agg(quote_ident(c), ', ') from unnest(v_columns) c),
      (select atttypid::regtype from pg_attribute
        where attrelid = v_home.table_name::regclass and attname = v_home.column_name),
      (select string_agg('x.' || quote_ident(c), ', ') from unnest(v_columns) c));
  end loop;

  -- Holds the row, which must be there, until the transaction ends.
  execute 'create or replace function lock_lifecycle(p_lifecycle text, p_id uuid, out status text, out user_id uuid)
    language plpgsql as $$ begin case p_lifecycle ' || v_lock || v_unknown || ' end case;
    if status is null then raise exception ''there is no % %'', p_lifecycle, p_id using errcode = ''SL005''; end if;
    end $$';
  -- Writes a state, unless it is null, and the columns of a patch, which cannot name the state.
  execute 'create or replace function write_lifecycle(p_lifecycle text, p_id uuid, p_status text, p_patch jsonb)
    returns void language plpgsql as $$ begin case p_lifecycle ' || v_write || v_unknown || ' end case; end $$';
end $write_out$;
