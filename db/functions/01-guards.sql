-- Rules that hold for whoever writes: append-only tables, declared edges, fresh updated_at.

create or replace function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append only: % refused', tg_table_name, lower(tg_op) using errcode = 'SL002';
end $$;

create or replace function touch_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end $$;

-- Argument 0: the lifecycle's name, argument 1: the column that holds the state.
create or replace function guard_lifecycle() returns trigger language plpgsql as $$
declare
  v_from text;
  v_to   text;
begin
  -- Each column by its name: a whole row as JSON would be made for one field of it.
  if tg_argv[1] = 'status' then
    v_to := new.status;
    if tg_op = 'UPDATE' then v_from := old.status; end if;
  elsif tg_argv[1] = 'kyc_status' then
    v_to := new.kyc_status;
    if tg_op = 'UPDATE' then v_from := old.kyc_status; end if;
  else
    raise exception 'no lifecycle has its state in %', tg_argv[1];
  end if;
  if tg_op = 'INSERT' then
    if not exists (select from lifecycles where name = tg_argv[0] and initial_state = v_to) then
      raise exception 'a % cannot begin in state %', tg_argv[0], v_to using errcode = 'SL001';
    end if;
  elsif v_from is distinct from v_to and not exists (
    select from lifecycle_edges where lifecycle = tg_argv[0] and from_state = v_from and to_state = v_to
  ) then
    raise exception 'a % cannot go from % to %', tg_argv[0], v_from, v_to using errcode = 'SL001';
  end if;
  return new;
end $$;

create or replace trigger deposits_lifecycle before insert or update of status on deposits
  for each row execute function guard_lifecycle('deposit', 'status');
create or replace trigger wallets_lifecycle before insert or update of status on wallets
  for each row execute function guard_lifecycle('wallet', 'status');
create or replace trigger users_kyc_lifecycle before insert or update of kyc_status on users
  for each row execute function guard_lifecycle('kyc', 'kyc_status');
create or replace trigger wires_lifecycle before insert or update of status on wires
  for each row execute function guard_lifecycle('wire', 'status');

create or replace trigger withdrawals_lifecycle before insert or update of status on withdrawals
  for each row execute function guard_lifecycle('withdrawal', 'status');

create or replace trigger users_touch before update on users for each row execute function touch_updated_at();
create or replace trigger wallets_touch before update on wallets for each row execute function touch_updated_at();
create or replace trigger deposits_touch before update on deposits for each row execute function touch_updated_at();
create or replace trigger wires_touch before update on wires for each row execute function touch_updated_at();
create or replace trigger withdrawal_addresses_lifecycle before insert or update of status on withdrawal_addresses
  for each row execute function guard_lifecycle('address', 'status');
create or replace trigger withdrawal_addresses_touch before update on withdrawal_addresses
  for each row execute function touch_updated_at();
create or replace trigger withdrawal_approvals_append_only before update or delete on withdrawal_approvals
  for each row execute function refuse_change();
create or replace trigger withdrawals_touch before update on withdrawals
  for each row execute function touch_updated_at();
create or replace trigger provider_operations_touch before update on provider_operations
  for each row execute function touch_updated_at();
create or replace trigger settings_touch before update on settings for each row execute function touch_updated_at();

create or replace trigger lifecycle_events_append_only before update or delete on lifecycle_events
  for each row execute function refuse_change();
create or replace trigger lifecycle_events_no_truncate before truncate on lifecycle_events
  for each statement execute function refuse_change();
create or replace trigger audit_log_append_only before update or delete on audit_log
  for each row execute function refuse_change();
create or replace trigger audit_log_no_truncate before truncate on audit_log
  for each statement execute function refuse_change();
create or replace trigger ledger_accounts_append_only before update or delete on ledger_accounts
  for each row execute function refuse_change();
create or replace trigger ledger_accounts_no_truncate before truncate on ledger_accounts
  for each statement execute function refuse_change();
create or replace trigger ledger_transactions_append_only before update or delete on ledger_transactions
  for each row execute function refuse_change();
create or replace trigger ledger_transactions_no_truncate before truncate on ledger_transactions
  for each statement execute function refuse_change();
create or replace trigger ledger_postings_append_only before update or delete on ledger_postings
  for each row execute function refuse_change();
create or replace trigger ledger_postings_no_truncate before truncate on ledger_postings
  for each statement execute function refuse_change();
