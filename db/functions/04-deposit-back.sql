-- Deposits that go back: to their sender, by a person's decision, or because the chain took them back.

-- What a transfer brought, in smallest units.
create or replace function deposit_units(d deposits) returns bigint language sql immutable as $$
  select trunc(d.amount_stablecoin * 1000000)::bigint
$$;

-- What is below a cent in a wallet and goes out with refunds that are decided and not finished: it is not free.
create or replace function deposit_dust_promised(p_wallet uuid, p_except uuid) returns bigint language sql stable as $$
  select coalesce(sum(greatest((refund_usdc - amount_usd) * 1000000, 0)), 0)::bigint from deposits
  where wallet_id = p_wallet and id <> p_except and status = 'confirmed_on_chain' and refund_wallet is not null
$$;

-- What of a deposit still lies in its wallet as USDC: the whole transfer, unless its remainder below a cent has left
-- with another deposit already. Keeps the balances still.
create or replace function deposit_units_in_wallet(d deposits) returns bigint language plpgsql as $$
begin
  perform ledger_hold(jsonb_build_array(
    jsonb_build_object('account', 'circle_wallet', 'owner', d.wallet_id),
    jsonb_build_object('account', 'customer_incoming', 'owner', d.wallet_id),
    jsonb_build_object('account', 'customer_converting', 'owner', d.user_id)));
  return least(deposit_units(d), (d.amount_usd * 1000000)::bigint
    + ledger_balance('customer_incoming', d.wallet_id) - deposit_dust_promised(d.wallet_id, d.id));
end $$;

-- The customer's side of USDC that leaves the wallet unconverted: what was set aside for conversion, and the dust. Dust
-- that the deposit had taken along stays the customer's.
create or replace function deposit_unconverted(d deposits, p_units bigint) returns jsonb language sql stable as $$
  select jsonb_build_array(
    jsonb_build_object('account', 'customer_converting', 'owner', d.user_id,
      'amount', (d.amount_usd * 1000000)::bigint::text),
    jsonb_build_object('account', 'customer_incoming', 'owner', d.wallet_id,
      'amount', (p_units - (d.amount_usd * 1000000)::bigint)::text))
$$;

-- Deposits below a cent that this one had taken along wait for the next one again.
create or replace function deposit_release_carried(p_id uuid) returns void language sql as $$
  update deposits set carried_by_id = null, waiting_for = 'next_deposit'
  where carried_by_id = p_id and status = 'confirmed_on_chain'
$$;

-- What was intended and is not going to be asked for any more.
create or replace function deposit_drop_intents(p_id uuid, p_reason text) returns void language sql as $$
  update provider_operations set state = 'failed', last_error = p_reason
  where lifecycle = 'deposit' and subject_id = p_id and state = 'intended'
$$;

-- A person decided that the deposit goes back to its sender. p: { review_id, decision, decided_by, note, request_id,
-- evidence?, operation }. Answer: { accepted, refused?, facts }; what is refused leaves the review open.
create or replace function deposit_refund_decided(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  d deposits;
  v_wallet text;
  v_units bigint;
  v_refused text;
begin
  select * into strict d from deposits where id = p_id for update;
  -- The same request again: it was written down, and its answer was lost.
  if exists (select from reviews where id = (p ->> 'review_id')::uuid and decided_at is not null)
    and decide_review((p ->> 'review_id')::uuid, p ->> 'decision', (p ->> 'decided_by')::uuid, p ->> 'note',
      p ->> 'request_id', p -> 'evidence') then
    return jsonb_build_object('accepted', true, 'facts', deposit_facts(d));
  end if;
  select case when d.status = 'confirmed_on_chain' then w.circle_wallet_id
      else (select t.circle_wallet_id from treasury_wallets t where t.chain = d.chain) end
    into v_wallet from wallets w where w.id = d.wallet_id;
  v_refused := case
    when d.status not in ('confirmed_on_chain', 'off_ramp_complete', 'returned')
      then format('A deposit that is %s cannot be refunded.', replace(d.status::text, '_', ' '))
    when d.refund_wallet is not null then 'The refund of this deposit is under way.'
    when d.source_address is null then 'The address that the deposit came from is not known.'
    when address_sanctioned(d.source_address) is not null
      then 'The address that the deposit came from is on a sanctions list: nothing may be sent there.'
    when v_wallet is null then format('We have no treasury wallet on %s that could send the refund yet.', d.chain)
    when exists (select from provider_operations o where o.subject_id = p_id and o.lifecycle = 'deposit'
      and (o.state in ('accepted', 'unknown') or o.state = 'succeeded' and o.step = deposit_next_step(d)))
      then 'An earlier step is still under way or unclear: it must be settled first.' end;
  if v_refused is not null then
    return jsonb_build_object('accepted', false, 'refused', v_refused, 'facts', deposit_facts(d));
  end if;
  if not decide_review((p ->> 'review_id')::uuid, p ->> 'decision', (p ->> 'decided_by')::uuid, p ->> 'note',
    p ->> 'request_id', p -> 'evidence') then
    return jsonb_build_object('accepted', false, 'facts', deposit_facts(d));
  end if;
  v_units := case when d.status = 'confirmed_on_chain' then deposit_units_in_wallet(d)
    else least(deposit_units(d), (d.amount_usd * 1000000)::bigint) end;
  perform annotate('deposit', p_id, jsonb_build_object(
    'patch', jsonb_build_object('refund_attempt', d.refund_attempt + 1, 'refund_wallet', v_wallet, 'refund_ref', null,
      'refund_usdc', v_units / 1000000.0, 'waiting_for', 'refund'),
    'operations', jsonb_build_array(p -> 'operation')));
  return jsonb_build_object('accepted', true, 'facts', deposit_facts((select x from deposits x where x.id = p_id)));
end $$;

-- Circle accepted the refund: the USDC is on its way out. With p_back the refund has failed, and it is where it was.
create or replace function deposit_refund_moves(d deposits, p_back boolean) returns void language plpgsql as $$
declare
  v_units bigint := (d.refund_usdc * 1000000)::bigint * case when p_back then -1 else 1 end;
  v_treasury uuid := (select id from treasury_wallets where circle_wallet_id = d.refund_wallet);
begin
  perform ledger_post(
    format('deposit:%s:refund_%s:%s', d.id, case when p_back then 'failed' else 'sent' end, d.refund_attempt),
    'deposit', d.id, case when p_back then 'refund_failed' else 'refund_sent' end,
    jsonb_build_array(
      jsonb_build_object('account', 'circle_out_transit', 'amount', v_units::text),
      case when v_treasury is null
        then jsonb_build_object('account', 'circle_wallet', 'owner', d.wallet_id, 'amount', (-v_units)::text)
        else jsonb_build_object('account', 'treasury_wallet', 'owner', v_treasury, 'amount', (-v_units)::text) end));
end $$;

-- p: { transfer_id, operations, inbound }.
create or replace function deposit_refund_sent(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  d deposits;
begin
  select * into strict d from deposits where id = p_id for update;
  -- Told again by a worker that took over from a dead one: the refund may have come to its end meanwhile, or failed.
  if d.refund_wallet is null or d.status = 'refunded' then
    perform annotate('deposit', p_id, jsonb_build_object('inbound', coalesce(p -> 'inbound', '[]')));
    return deposit_facts(d);
  end if;
  perform deposit_refund_moves(d, false);
  perform annotate('deposit', p_id, jsonb_build_object('inbound', coalesce(p -> 'inbound', '[]'),
    'patch', jsonb_build_object('refund_ref', p -> 'transfer_id', 'waiting_for', 'refund'),
    'operations', p -> 'operations'));
  return deposit_facts((select x from deposits x where x.id = p_id));
end $$;

-- The refund did not go out, or came back: the deposit stands where it stood, and a person decides.
-- p: { operations, review, inbound }.
create or replace function deposit_refund_failed(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  d deposits;
begin
  select * into strict d from deposits where id = p_id for update;
  if d.refund_ref is not null then perform deposit_refund_moves(d, true); end if;
  perform annotate('deposit', p_id, p || jsonb_build_object('patch', jsonb_build_object(
    'refund_wallet', null, 'refund_ref', null, 'refund_usdc', null, 'waiting_for', 'review')));
  return deposit_facts((select x from deposits x where x.id = p_id));
end $$;

-- The refund has reached the sender. From the customer's wallet it was their USDC; from our treasury wallet it was
-- ours, and the dollars that the deposit had become are ours instead.
create or replace function deposit_refunded(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  d deposits;
  v_units bigint;
begin
  select * into strict d from deposits where id = p_id for update;
  if d.status = 'refunded' then return deposit_facts(d); end if;
  v_units := (d.refund_usdc * 1000000)::bigint;
  perform transition('deposit', p_id, 'refunded', d.refund_attempt::text, p || jsonb_build_object(
    'patch', coalesce(p -> 'patch', '{}') || jsonb_build_object('refunded_at', now(), 'waiting_for', null),
    'postings', jsonb_build_array(
      jsonb_build_object('account', 'circle_out_transit', 'amount', (-v_units)::text))
      || case when d.status = 'confirmed_on_chain' then deposit_unconverted(d, v_units)
        else jsonb_build_array(
          jsonb_build_object('account', 'company_float_usdc', 'amount', v_units::text),
          jsonb_build_object('account', 'customer_pending', 'owner', d.user_id, 'amount', v_units::text),
          jsonb_build_object('account', 'company_float', 'amount', (-v_units)::text)) end));
  perform deposit_drop_intents(p_id, 'Not asked for: the deposit went back to its sender.');
  perform deposit_release_carried(p_id);
  return deposit_facts((select x from deposits x where x.id = p_id));
end $$;

-- The chain took the transfer back after it had been credited. USDC that was not converted leaves the books with it.
-- Dollars that the customer does not have yet are not theirs any more; dollars that they have, and what was sent back
-- to its sender already, are owed to us. What stands against them is in suspense until Mint or the wallet show the
-- loss.
create or replace function deposit_reorganised(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  d deposits;
  v_units bigint;
  v_postings jsonb;
begin
  select * into strict d from deposits where id = p_id for update;
  if d.status = 'failed' then return deposit_facts(d); end if;
  if d.status = 'confirmed_on_chain' then
    v_units := deposit_units_in_wallet(d);
    v_postings := jsonb_build_array(jsonb_build_object('account', 'circle_wallet', 'owner', d.wallet_id,
      'amount', (-v_units)::text)) || deposit_unconverted(d, v_units);
  else
    v_units := case when d.status = 'refunded' then (d.refund_usdc * 1000000)::bigint
      else least(deposit_units(d), (d.amount_usd * 1000000)::bigint) end;
    v_postings := jsonb_build_array(
      jsonb_build_object('owner', d.user_id, 'amount', v_units::text, 'account',
        case when d.status = 'off_ramp_complete' then 'customer_pending' else 'customer_receivable' end),
      jsonb_build_object('account', 'reconciliation_suspense_usd', 'amount', (-v_units)::text));
  end if;
  perform transition('deposit', p_id, 'reorganised', '1', p || jsonb_build_object('postings', v_postings,
    'patch', coalesce(p -> 'patch', '{}') || jsonb_build_object('waiting_for', null, 'refund_wallet', null)));
  perform deposit_drop_intents(p_id, 'Not asked for: the chain took the transfer back.');
  perform deposit_release_carried(p_id);
  return deposit_facts((select x from deposits x where x.id = p_id));
end $$;
