/** What must be true when a world is at rest, whatever lifecycles are in it. */
import { formatUnits } from '../../domain/money.ts';
import { FIRM } from '../companies/alpaca.ts';
import { held } from '../companies/word.ts';
import type { World } from '../world.ts';
import { named } from './named.ts';

/** Dust that a deposit which the chain took back had shared with others. */
const DUST = 20_000n;

/** One line for each sentence that is not true; empty when all is well. */
export function breachesOf(world: World): string[] {
  return [
    ...ofRest(world),
    ...ofEvents(world),
    ...ofPlaces(world),
    ...ofCustomer(world),
    ...world.entries.flatMap(({ invariants }) => invariants.flatMap(({ check }) => check())),
  ];
}

/** Everything ended or waits for the next of its kind, and every operation is settled. */
function ofRest({ atRest, executions, store, entryOf }: World): string[] {
  const breaches = atRest ? [] : ['the world does not come to rest'];
  for (const { owner, execution } of executions.values()) {
    const name = named(owner.lifecycle, owner.id);
    if (!execution.ended) breaches.push(`${name}: its workflow waits for something that will not come`);
    else if (execution.failure) breaches.push(`${name}: its workflow failed: ${String(execution.failure)}`);
  }
  for (const row of store.rows.values()) {
    const name = named(row.lifecycle, row.id);
    if (!entryOf(row.lifecycle).isAtRest(row))
      breaches.push(`${name}: rests as ${row.status}, waiting for ${row.waiting_for}`);
    for (const { step, state } of store.operationsOf(row.lifecycle, row.id)) {
      const isOwed = 'owed_journal' in row && row.owed_journal !== null;
      if (state === 'unknown' || (state === 'intended' && !isOwed))
        breaches.push(`${name}: ${step} is ${state} still`);
    }
  }
  return breaches;
}

/** No event is open, no review is undecided, and the database refused no step. */
function ofEvents({ store }: World): string[] {
  const breaches: string[] = [];
  for (const { id, word, stored, used } of store.inbound) {
    if (stored && !used) breaches.push(`event ${id} (${word.message.source} ${word.message.state}) is open`);
  }
  for (const { lifecycle, subject, reason, decided } of store.reviews) {
    const name = named(lifecycle, subject);
    if (reason === 'defect') breaches.push(`${name}: the database refused a step`);
    if (!decided) breaches.push(`${name}: the review ${reason} is open`);
  }
  return breaches;
}

/** Every place holds what the ledger says that it holds. */
function ofPlaces({ companies, store, wallet, treasury, customer }: World): string[] {
  const { ledger } = store;
  const { circle, mint, alpaca } = companies;
  const inCircle = (id: string) => held(circle.wallets, id);
  const places: readonly (readonly [string, bigint, bigint])[] = [
    ['the wallet', inCircle(wallet.circle_wallet_id), ledger.balance('circle_wallet', wallet.id)],
    [
      'our treasury wallet',
      inCircle(treasury.circle_wallet_id),
      ledger.balance('treasury_wallet', treasury.id),
    ],
    ['Mint', mint.units, ledger.balance('mint_balance')],
    ['the firm account', held(alpaca.accounts, FIRM), ledger.balance('alpaca_firm')],
    ['the customer account', held(alpaca.accounts, customer), ledger.balance('alpaca_customer', customer)],
    ['what is on its way to Mint', 0n, ledger.balance('circle_in_transit')],
    ['what is on its way from Mint', 0n, ledger.balance('on_ramp_in_transit')],
    ['what is on its way out', 0n, ledger.balance('circle_out_transit')],
  ];
  return places.flatMap(([place, holds, says]) =>
    holds === says ? [] : [`${place} holds ${formatUnits(holds)}, our ledger says ${formatUnits(says)}`],
  );
}

/** What the customer brought is what the customer has, less what has left; nothing is held or on its way. */
function ofCustomer(world: World): string[] {
  const { store, customer, wallet, entries } = world;
  const { ledger } = store;
  const breaches: string[] = [];
  const pending = ledger.balance('customer_pending', customer);
  const has =
    ledger.balance('customer_cash', customer) +
    pending +
    ledger.balance('customer_incoming', wallet.id) -
    ledger.balance('customer_receivable', customer);
  let due = 0n;
  for (const entry of entries) due += entry.brought();
  const isTakenBack = ledger.balance('reconciliation_suspense_usd') !== 0n;
  const off = has > due ? has - due : due - has;
  if (off !== 0n && !(isTakenBack && off < DUST))
    breaches.push(`the customer is due ${formatUnits(due)} and has ${formatUnits(has)}`);
  const isBack = [...store.rows.values()].some(({ status }) => status === 'refunded' || status === 'failed');
  // A deposit that went back leaves the dust of others that it had taken along as a claim below two cents.
  if (pending !== 0n && !(isBack && pending < DUST))
    breaches.push(`customer_pending holds ${formatUnits(pending)} when all is over`);
  for (const account of [
    ...(['customer_converting', 'customer_held', 'customer_withdrawing', 'customer_outgoing'] as const),
  ]) {
    const left = ledger.balance(account, customer);
    if (left !== 0n) breaches.push(`${account} holds ${formatUnits(left)} when all is over`);
  }
  return breaches;
}
