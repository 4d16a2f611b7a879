-- What a deposit needs beyond a plain transition.

-- Inserts the row of a transfer that Circle reported. p: { circle_transaction_id, circle_wallet_id,
-- token, amount, tx_hash?, source_address?, inbound? }. Answer: facts of the row, or {unknown_wallet: true}.
create or replace function deposit_seen(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_wallet wallets;
  v_deposit deposits;
begin
  select * into v_wallet from wallets where circle_wallet_id = p ->> 'circle_wallet_id';
  if not found then return jsonb_build_object('unknown_wallet', true); end if;
  insert into deposits (id, user_id, wallet_id, chain, tx_hash, circle_transaction_id, token,
      amount_stablecoin, source_address)
    values (p_id, v_wallet.user_id, v_wallet.id, v_wallet.chain, p ->> 'tx_hash', p ->> 'circle_transaction_id',
      p ->> 'token', (p ->> 'amount')::numeric, p ->> 'source_address')
    on conflict do nothing;
  if found then
    insert into lifecycle_events (lifecycle, subject_id, user_id, event, reference, to_state, evidence)
      values ('deposit', p_id, v_wallet.user_id, 'seen', '1', 'pending_confirmation',
        jsonb_build_object('circle_transaction_id', p -> 'circle_transaction_id', 'tx_hash', p -> 'tx_hash'));
    perform tell_state(v_wallet.user_id, 'deposit.pending_confirmation', p_id, '1');
  end if;
  perform use_events(p -> 'inbound');
  select * into strict v_deposit from deposits where id = p_id;
  return deposit_facts(v_deposit)
    || jsonb_build_object('policy', (select value from settings where key = 'deposit_policy'));
end $$;

-- The switches that the next provider call of a deposit depends on; none where no call of ours is next.
create or replace function deposit_rails(d deposits) returns text[] language sql immutable as $$
  select case
    when d.waiting_for in ('next_deposit', 'carrier') then '{}'::text[]
    -- The way back is open to whoever is stopped from depositing.
    when d.refund_wallet is not null and d.status <> 'refunded' then
      case when d.refund_ref is null then array['circle', 'chain:' || d.chain::text] else '{}'::text[] end
    when d.status = 'confirmed_on_chain' then
      array['deposits', 'circle', 'mint', 'chain:' || d.chain::text, 'user:' || d.user_id::text]
    when d.status = 'off_ramp_complete' then array['deposits', 'alpaca', 'user:' || d.user_id::text]
    else '{}'::text[] end
$$;

-- The effect that the deposit asks a company for next; null where it asks for none, or where it was taken.
create or replace function deposit_next_step(d deposits) returns text language sql immutable as $$
  select case
    when d.refund_wallet is not null then
      case when d.refund_ref is null and d.status <> 'refunded' then 'refund:' || d.refund_attempt end
    when d.status = 'confirmed_on_chain' then 'off_ramp:' || d.off_ramp_attempt
    when d.status = 'off_ramp_complete' and d.broker_journal_ref is null then 'journal:' || d.journal_attempt end
$$;

-- What the workflow carries about a deposit.
create or replace function deposit_facts(d deposits) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'status', d.status, 'user_id', d.user_id, 'wallet_id', d.wallet_id, 'chain', d.chain,
    'amount_stablecoin', trim_scale(d.amount_stablecoin)::text, 'amount_usd', d.amount_usd::text,
    'off_ramp_attempt', d.off_ramp_attempt, 'journal_attempt', d.journal_attempt,
    'circle_transfer_ref', d.circle_transfer_ref,
    'broker_journal_ref', d.broker_journal_ref, 'waiting_for', d.waiting_for,
    'since', to_char(coalesce(d.refunded_at, d.broker_funded_at, d.off_ramp_completed_at, d.off_ramp_initiated_at,
      d.confirmed_at, d.created_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'circle_wallet_id', w.circle_wallet_id,
    'journal_state', case when d.status = 'off_ramp_complete' and d.broker_journal_ref is not null then (
      select e.message ->> 'state' from inbound_events e
      where e.provider = 'alpaca' and e.reference = d.broker_journal_ref and e.kind = 'alpaca.journal'
        and e.message ->> 'state' <> 'activity_created' order by e.provider_event_id desc limit 1) end,
    'references', to_jsonb(array_remove(array[d.circle_transaction_id, d.tx_hash, d.circle_transfer_ref,
      d.off_ramp_tx_hash, d.mint_transfer_ref, d.broker_journal_ref, d.refund_ref, d.refund_tx_hash], null)),
    'refund_attempt', d.refund_attempt,
    'refund', case when d.refund_wallet is not null then jsonb_build_object('usdc', trim_scale(d.refund_usdc)::text,
      'circle_wallet_id', d.refund_wallet, 'destination', d.source_address, 'reference', d.refund_ref) end,
    'paused_by', paused_by(deposit_rails(d)),
    'unclear', exists (select from provider_operations o
      where o.subject_id = d.id and o.lifecycle = 'deposit' and (o.state = 'unknown'
        -- The company has spoken of it, and the deposit does not know yet: it has happened, for all we know.
        or o.state in ('accepted', 'succeeded') and o.step = deposit_next_step(d))),
    'alpaca_account_id', case when u.kyc_status = 'approved' then u.alpaca_account_id end,
    'mint_address', (select a.address from mint_deposit_addresses a where a.chain = d.chain))
  from wallets w join users u on u.id = w.user_id where w.id = d.wallet_id
$$;

-- The transfer is final: it is credited, and the whole cents of it and of the dust before it are set
-- aside for conversion. Whole cents leave us; what is below a cent joins the customer's next deposit.
create or replace function deposit_confirmed(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_deposit deposits;
  v_dust bigint;
  v_units bigint;
  v_cents bigint;
begin
  select * into strict v_deposit from deposits where id = p_id for update;
  if v_deposit.status <> 'pending_confirmation' then return deposit_facts(v_deposit); end if;

  -- Two deposits to one wallet take turns here, so that the same dust is never set aside twice. Rows of
  -- deposits come before balances, as in every other transition.
  perform from deposits where wallet_id = v_deposit.wallet_id and waiting_for = 'next_deposit'
    and status = 'confirmed_on_chain' order by id for update;
  perform ledger_hold(jsonb_build_array(
    jsonb_build_object('account', 'circle_wallet', 'owner', v_deposit.wallet_id),
    jsonb_build_object('account', 'customer_incoming', 'owner', v_deposit.wallet_id),
    jsonb_build_object('account', 'customer_converting', 'owner', v_deposit.user_id)));
  -- Only what is below a cent can be taken along: whole cents there belong to a deposit in review.
  v_dust := ledger_balance('customer_incoming', v_deposit.wallet_id)
    - deposit_dust_promised(v_deposit.wallet_id, p_id);
  -- Two remainders make up to two cents, where a deposit that had taken dust along went back.
  if v_dust >= 20000 then v_dust := v_dust % 10000; end if;
  v_units := trunc(v_deposit.amount_stablecoin * 1000000)::bigint;
  v_cents := (v_dust + v_units) / 10000 * 10000;

  perform transition('deposit', p_id, 'confirmed', '1', p || jsonb_build_object(
    'patch', coalesce(p -> 'patch', '{}') || jsonb_strip_nulls(jsonb_build_object(
      'confirmed_at', now(), 'amount_usd', (v_cents / 1000000.0)::numeric(18, 2),
      'off_ramp_attempt', case when v_cents > 0 then 1 else 0 end,
      'waiting_for', case when v_cents = 0 then 'next_deposit' end)),
    'operations', case when v_cents > 0 then coalesce(p -> 'operations', '[]') else '[]' end,
    'postings', jsonb_build_array(
      jsonb_build_object('account', 'circle_wallet', 'owner', v_deposit.wallet_id, 'amount', v_units::text),
      jsonb_build_object('account', 'customer_incoming', 'owner', v_deposit.wallet_id,
        'amount', (v_cents - v_units)::text),
      jsonb_build_object('account', 'customer_converting', 'owner', v_deposit.user_id, 'amount', (-v_cents)::text))));
  if v_cents > 0 then
    update deposits set carried_by_id = p_id, waiting_for = 'carrier'
      where wallet_id = v_deposit.wallet_id and waiting_for = 'next_deposit' and status = 'confirmed_on_chain';
  end if;
  select * into strict v_deposit from deposits where id = p_id;
  return deposit_facts(v_deposit);
end $$;

-- The journal has executed: the deposit is buying power, and so is the dust that it took along.
create or replace function deposit_funded(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_deposit deposits;
  v_repaid bigint;
  v_result jsonb;
  v_carried uuid;
begin
  select * into strict v_deposit from deposits where id = p_id for update;
  -- What the customer owes us after a clawback is paid back first: at the broker their cash is short by just that.
  if p ? 'postings' and v_deposit.status = 'off_ramp_complete' and exists (
    select from ledger_accounts where kind = 'customer_receivable' and owner_id = v_deposit.user_id) then
    perform ledger_hold(jsonb_build_array(
      jsonb_build_object('account', 'customer_cash', 'owner', v_deposit.user_id),
      jsonb_build_object('account', 'customer_pending', 'owner', v_deposit.user_id),
      jsonb_build_object('account', 'customer_receivable', 'owner', v_deposit.user_id)));
    v_repaid := least((v_deposit.amount_usd * 1000000)::bigint,
      ledger_balance('customer_receivable', v_deposit.user_id));
    if v_repaid > 0 then
      p := p || jsonb_build_object(
        'postings', p -> 'postings' || jsonb_build_array(
          jsonb_build_object('account', 'customer_cash', 'owner', v_deposit.user_id, 'amount', v_repaid::text),
          jsonb_build_object('account', 'customer_receivable', 'owner', v_deposit.user_id,
            'amount', (-v_repaid)::text)),
        'evidence', coalesce(p -> 'evidence', '{}')
          || jsonb_build_object('repaid_usd', (v_repaid / 1000000.0)::numeric(18, 2)::text),
        'notice', p -> 'notice' || jsonb_build_object('body', (p -> 'notice' ->> 'body') || ' '
          || replace(p ->> 'notice_repaid', '{amount}', (v_repaid / 1000000.0)::numeric(18, 2)::text)));
    end if;
  end if;
  v_result := transition('deposit', p_id, 'broker_funded', v_deposit.journal_attempt::text, p);
  if (v_result ->> 'moved')::boolean then
    for v_carried in select id from deposits where carried_by_id = p_id and status = 'confirmed_on_chain' loop
      perform transition('deposit', v_carried, 'carried', '1', jsonb_build_object(
        'patch', jsonb_build_object('broker_funded_at', now(), 'waiting_for', null),
        'evidence', jsonb_build_object('carried_by', p_id)));
    end loop;
  end if;
  return deposit_facts((select d from deposits d where d.id = p_id));
end $$;

-- Any other event of a deposit, answered with the facts that the next step needs.
create or replace function deposit_event(p_id uuid, p_event text, p_reference text, p jsonb) returns jsonb
language plpgsql as $$
begin
  perform transition('deposit', p_id, p_event, p_reference, p);
  return deposit_facts((select d from deposits d where d.id = p_id));
end $$;

-- What changes a deposit without moving it; with an empty p it only reads.
create or replace function deposit_note(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
begin
  perform annotate('deposit', p_id, p);
  return deposit_facts((select d from deposits d where d.id = p_id))
    || jsonb_build_object('policy', (select value from settings where key = 'deposit_policy'));
end $$;

-- The journal was taken back after it had executed. What is left of the money in the customer's cash
-- goes back to what we owe outside of the broker; what was spent meanwhile becomes a receivable. Of a deposit that the
-- chain had taken back before, the customer owed us the dollars: they are with us again, and nothing is owed for them.
-- Where another deposit has settled that debt, its dollars are cash again.
create or replace function deposit_returned(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  d deposits;
  v_units bigint;
  v_claimed bigint;
  v_taken bigint;
begin
  select * into strict d from deposits where id = p_id for update;
  perform ledger_hold(jsonb_build_array(
    jsonb_build_object('account', 'customer_cash', 'owner', d.user_id),
    jsonb_build_object('account', 'customer_receivable', 'owner', d.user_id),
    jsonb_build_object('account', 'customer_pending', 'owner', d.user_id)));
  v_units := (d.amount_usd * 1000000)::bigint;
  v_claimed := case when d.status = 'failed' then least(deposit_units(d), v_units) else 0 end;
  v_taken := least(ledger_balance('customer_cash', d.user_id),
    v_units - v_claimed + least(ledger_balance('customer_receivable', d.user_id), v_claimed));
  if v_taken < v_units and p ? 'notice_owed' then
    p := p || jsonb_build_object('notice', p -> 'notice' || jsonb_build_object('body', (p -> 'notice' ->> 'body') || ' '
      || replace(p ->> 'notice_owed', '{amount}', ((v_units - v_taken) / 1000000.0)::numeric(18, 2)::text)));
  end if;
  perform transition('deposit', p_id, 'journal_corrected',
    case when d.status = 'failed' then 'journal:' else '' end || d.journal_attempt,
    p || jsonb_build_object('postings', jsonb_build_array(
    jsonb_build_object('account', 'alpaca_firm', 'amount', v_units::text),
    jsonb_build_object('account', 'alpaca_customer', 'owner', d.user_id, 'amount', (-v_units)::text),
    jsonb_build_object('account', 'customer_cash', 'owner', d.user_id, 'amount', v_taken::text),
    jsonb_build_object('account', 'customer_receivable', 'owner', d.user_id,
      'amount', (v_units - v_claimed - v_taken)::text),
    jsonb_build_object('account', 'customer_pending', 'owner', d.user_id, 'amount', (v_claimed - v_units)::text))));
  return deposit_facts((select x from deposits x where x.id = p_id));
end $$;
