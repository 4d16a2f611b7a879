-- The request side of withdrawals: what is checked before anything moves.

-- Whether an address is on the sanctions list: the list's name, or null.
create or replace function address_sanctioned(p_address text) returns text language plpgsql stable as $$
begin
  return null;
end $$;

-- Takes a request: the row and its hold in one step, or { refused: { code, detail } } and nothing.
-- p: { user_id, chain, address_id?, destination_address, amount_usd, fee_usd, operations, notice? }.
create or replace function withdrawal_requested(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_withdrawal withdrawals;
  v_user uuid := (p ->> 'user_id')::uuid;
  v_units bigint := ((p ->> 'amount_usd')::numeric * 1000000)::bigint;
  v_free bigint;
begin
  select * into v_withdrawal from withdrawals where id = p_id;
  if not found then
    perform ledger_hold(jsonb_build_array(jsonb_build_object('account', 'customer_cash', 'owner', v_user),
      jsonb_build_object('account', 'customer_held', 'owner', v_user)));
    v_free := ledger_balance('customer_cash', v_user);
    if v_free < v_units then
      return jsonb_build_object('refused', jsonb_build_object('code', 'insufficient_funds',
        'detail', format('%s USD can be withdrawn.', trunc(v_free / 1000000.0, 2))));
    end if;
    insert into withdrawals (id, user_id, chain, address_id, destination_address, amount_usd, fee_usd, net_usd, policy)
      values (p_id, v_user, (p ->> 'chain')::chain_type, (p ->> 'address_id')::uuid, p ->> 'destination_address',
        (p ->> 'amount_usd')::numeric, (p ->> 'fee_usd')::numeric,
        (p ->> 'amount_usd')::numeric - (p ->> 'fee_usd')::numeric,
        (select value from settings where key = 'withdrawal_policy'))
      returning * into v_withdrawal;
    insert into lifecycle_events (lifecycle, subject_id, user_id, event, reference, to_state, evidence)
      values ('withdrawal', p_id, v_user, 'requested', '1', 'pending', jsonb_build_object('amount_usd', p -> 'amount_usd'));
    perform ledger_post('withdrawal:' || p_id || ':requested:1', 'withdrawal', p_id, 'requested', jsonb_build_array(
      jsonb_build_object('account', 'customer_cash', 'owner', v_user, 'amount', v_units::text),
      jsonb_build_object('account', 'customer_held', 'owner', v_user, 'amount', (-v_units)::text)));
    perform record_operations('withdrawal', p_id, p -> 'operations');
  end if;
  return withdrawal_facts(v_withdrawal) || jsonb_build_object('policy', v_withdrawal.policy);
end $$;

-- What a member of staff says about a withdrawal that must be approved.
-- p: { decision: approve | reject, decided_by, note, request_id }. Answer: { accepted, facts }.
create or replace function withdrawal_approval(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_withdrawal withdrawals;
begin
  select * into strict v_withdrawal from withdrawals where id = p_id for update;
  if v_withdrawal.status <> 'awaiting_approval' then
    return jsonb_build_object('accepted', false, 'facts', withdrawal_facts(v_withdrawal));
  end if;
  perform transition('withdrawal', p_id, case p ->> 'decision' when 'approve' then 'approved' else 'rejected' end, '1',
    jsonb_build_object('patch', case p ->> 'decision' when 'approve' then '{}'::jsonb
      else jsonb_build_object('ended_at', now()) end,
    'postings', case p ->> 'decision' when 'approve' then '[]'::jsonb else withdrawal_release(v_withdrawal) end));
  return jsonb_build_object('accepted', true,
    'facts', withdrawal_facts((select w from withdrawals w where w.id = p_id)));
end $$;
