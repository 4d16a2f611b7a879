-- What a withdrawal needs beyond a plain transition. The request itself is in 09.

-- The switches that the next provider call of a withdrawal depends on; none where no call of ours is next. The way
-- back to the customer needs the broker only: whoever is stopped from sending out still gets the money back.
create or replace function withdrawal_rails(w withdrawals) returns text[] language sql immutable as $$
  select case
    when w.status = 'pending' then
      array['withdrawals', 'alpaca', 'chain:' || w.chain::text, 'user:' || w.user_id::text]
    when w.status in ('broker_withdrawal_complete', 'on_ramp_complete') and w.refund_reason is not null then
      array['alpaca']
    when w.status = 'broker_withdrawal_complete' then
      array['withdrawals', 'mint', 'chain:' || w.chain::text, 'user:' || w.user_id::text]
    when w.status = 'on_ramp_complete' then
      array['withdrawals', 'circle', 'chain:' || w.chain::text, 'user:' || w.user_id::text]
    else '{}'::text[] end
$$;

-- The last word of a company about one of its records, where it came before we knew whose record it is.
create or replace function last_word(p_kind text, p_reference text) returns jsonb language sql stable as $$
  select e.message - 'source' from inbound_events e
  where e.provider = split_part(p_kind, '.', 1) and e.reference = p_reference and e.kind = p_kind
    and e.message ->> 'state' not in ('activity_created', 'queued', 'sent_to_clearing')
  order by e.received_at desc, e.id desc limit 1
$$;

-- The effect that the withdrawal asks a company for next; null where it asks for none, or where it was taken.
create or replace function withdrawal_next_step(w withdrawals) returns text language sql immutable as $$
  select case
    when w.refund_reason is not null then case when w.refund_ref is null then 'refund:' || w.refund_attempt end
    when w.status = 'pending' then 'journal:' || w.journal_attempt
    when w.status = 'broker_withdrawal_complete' then 'on_ramp:' || w.on_ramp_attempt
    when w.status = 'on_ramp_complete' then 'transfer:' || w.transfer_attempt end
$$;

-- What the workflow carries about a withdrawal.
create or replace function withdrawal_facts(w withdrawals) returns jsonb language plpgsql stable as $$
begin
  return (select jsonb_build_object(
    'status', w.status, 'user_id', w.user_id, 'chain', w.chain, 'destination_address', w.destination_address,
    'amount_usd', w.amount_usd::text, 'fee_usd', w.fee_usd::text, 'net_usd', w.net_usd::text,
    'waiting_for', w.waiting_for, 'refund_reason', w.refund_reason, 'owed_journal', w.owed_journal,
    'repeat_ref', (select o.provider_reference from provider_operations o
      where o.subject_id = w.id and o.lifecycle = 'withdrawal' and o.step = w.owed_journal || ':'
        || case w.owed_journal when 'journal' then w.journal_attempt else w.refund_attempt end),
    'journal_attempt', w.journal_attempt, 'on_ramp_attempt', w.on_ramp_attempt,
    'transfer_attempt', w.transfer_attempt, 'refund_attempt', w.refund_attempt,
    'broker_withdrawal_ref', w.broker_withdrawal_ref, 'circle_on_ramp_ref', w.circle_on_ramp_ref,
    'circle_transfer_ref', w.circle_transfer_ref, 'refund_ref', w.refund_ref, 'tx_hash', w.tx_hash,
    'journal_word', case
      when w.status = 'broker_withdrawal_initiated' then last_word('alpaca.journal', w.broker_withdrawal_ref)
      when w.refund_reason is not null and w.refund_ref is not null then last_word('alpaca.journal', w.refund_ref) end,
    'on_ramp_word', case when w.status = 'on_ramp_initiated' then last_word('mint.transfer', w.circle_on_ramp_ref) end,
    'references', to_jsonb(array_remove(array[w.broker_withdrawal_ref, w.circle_on_ramp_ref, w.on_ramp_tx_hash,
      w.circle_transfer_ref, w.tx_hash, w.refund_ref], null)),
    'since', to_char(coalesce(w.ended_at, w.completed_at, w.transfer_initiated_at, w.on_ramp_completed_at,
      w.on_ramp_initiated_at, w.broker_withdrawal_completed_at, w.broker_withdrawal_initiated_at, w.created_at)
      at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'approval_expires_at', to_char(w.approval_expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'approval_left_seconds', extract(epoch from w.approval_expires_at - clock_timestamp())::float8,
    'paused_by', paused_by(withdrawal_rails(w)),
    'sanctions_hit', case when w.status in ('pending', 'broker_withdrawal_complete', 'on_ramp_complete')
      and w.refund_reason is null then address_sanctioned(w.destination_address) end,
    'unclear', coalesce((select jsonb_agg(o.step) from provider_operations o
      where o.subject_id = w.id and o.lifecycle = 'withdrawal' and (o.state = 'unknown'
        -- The company has spoken of it, and the withdrawal does not know yet: it has happened, for all we know.
        or o.state in ('accepted', 'succeeded') and o.step = withdrawal_next_step(w))), '[]'),
    'alpaca_account_id', u.alpaca_account_id,
    'treasury_wallet', (select jsonb_build_object('id', t.id, 'circle_wallet_id', t.circle_wallet_id,
        'mint_recipient_id', t.mint_recipient_id) from treasury_wallets t where t.chain = w.chain))
  from users u where u.id = w.user_id);
end $$;

-- The postings that give back what was held.
create or replace function withdrawal_release(w withdrawals) returns jsonb language sql stable as $$
  select jsonb_build_array(
    jsonb_build_object('account', 'customer_held', 'owner', w.user_id,
      'amount', (w.amount_usd * 1000000)::bigint::text),
    jsonb_build_object('account', 'customer_cash', 'owner', w.user_id,
      'amount', (-w.amount_usd * 1000000)::bigint::text))
$$;

-- One or several events that happened at once, in one round trip. p_steps is [{ event, reference, details }].
create or replace function withdrawal_step(p_id uuid, p_steps jsonb) returns jsonb language plpgsql as $$
declare
  v_step record;
begin
  for v_step in select * from jsonb_to_recordset(p_steps) as x(event text, reference text, details jsonb) loop
    perform transition('withdrawal', p_id, v_step.event, v_step.reference, coalesce(v_step.details, '{}'));
  end loop;
  -- What was intended and never asked for will not be asked for any more, once the withdrawal has ended.
  update provider_operations o set state = 'failed', last_error = 'never asked for: the withdrawal has ended'
    from withdrawals w where w.id = p_id and w.status in ('complete', 'canceled', 'failed', 'refunded')
      and w.owed_journal is null and o.subject_id = w.id and o.lifecycle = 'withdrawal' and o.state = 'intended';
  return withdrawal_facts((select w from withdrawals w where w.id = p_id));
end $$;

-- Mint accepted a transfer. What it has said about it already, before we knew its id, is in the facts.
create or replace function withdrawal_on_ramp_started(p_id uuid, p_transfer text, p_steps jsonb) returns jsonb
language plpgsql as $$
begin
  perform lock_tx_hash('mint:' || p_transfer);
  perform withdrawal_step(p_id, p_steps);
  perform finish_event(e.id) from inbound_events e
    where e.provider = 'mint' and e.reference = p_transfer and e.kind = 'mint.transfer' and e.processed_at is null;
  return withdrawal_facts((select w from withdrawals w where w.id = p_id));
end $$;

-- What changes a withdrawal without moving it; with an empty p it only reads.
create or replace function withdrawal_note(p_id uuid, p jsonb) returns jsonb language plpgsql as $$
declare
  v_withdrawal withdrawals;
begin
  perform annotate('withdrawal', p_id, p);
  select * into strict v_withdrawal from withdrawals where id = p_id;
  return withdrawal_facts(v_withdrawal) || jsonb_build_object('policy', v_withdrawal.policy);
end $$;

-- Opens the books of our own wallet on a chain, once: what it holds before anything was booked is our own.
create or replace function open_treasury_wallet(p_chain chain_type, p_units bigint) returns boolean
language plpgsql as $$
declare
  v_wallet uuid;
begin
  update treasury_wallets set opened_at = now() where chain = p_chain and opened_at is null returning id into v_wallet;
  if v_wallet is null or p_units = 0 then return false; end if;
  return ledger_post('opening:treasury_wallet:' || v_wallet, 'treasury', v_wallet, 'opened', jsonb_build_array(
    jsonb_build_object('account', 'treasury_wallet', 'owner', v_wallet, 'amount', p_units::text),
    jsonb_build_object('account', 'company_float_usdc', 'amount', (-p_units)::text)));
end $$;
