/** What must be true when a world is at rest. */
import { formatUnits } from '../domain/money.ts';
import { FIRM } from './broker.ts';
import type { DepositRow } from './deposit-functions.ts';
import type { World } from './world.ts';

const DUST = 20_000n;

/** One line for each sentence that is not true; empty when all is well. */
export function breachesOf(world: World): string[] {
  return [...ofRest(world), ...ofPlaces(world), ...ofCustomer(world), ...ofEffects(world)];
}

/** Everything ended or waits for the next deposit; no event is open, no step was refused by the database. */
function ofRest(world: World): string[] {
  const { store, executions, sent, companies } = world;
  const breaches = world.atRest ? [] : ['the world does not come to rest'];
  for (const [id, execution] of executions) {
    if (!execution.ended) breaches.push(`${name(id)}: its workflow waits for something that will not come`);
    else if (execution.failure)
      breaches.push(`${name(id)}: its workflow failed: ${String(execution.failure)}`);
  }
  for (const row of store.rows.values() as Iterable<DepositRow>) {
    const isOver = ['broker_funded', 'failed', 'refunded'].includes(row.status);
    const isDust = row.status === 'confirmed_on_chain' && row.waiting_for === 'next_deposit';
    if (!isOver && !isDust)
      breaches.push(`${name(row.id)}: rests as ${row.status}, waiting for ${row.waiting_for}`);
    for (const { step, state } of store.operationsOf('deposit', row.id)) {
      if (state === 'unknown' || state === 'intended')
        breaches.push(`${name(row.id)}: ${step} is ${state} still`);
    }
  }
  for (const [transaction, transfer] of companies.transfers) {
    if (transfer.refId !== null || transfer.state !== 'complete') continue;
    const known = ([...store.rows.values()] as DepositRow[]).some(
      (row) => row.circle_transaction_id === transaction,
    );
    if (!known && sent.size > 0) breaches.push(`${transaction}: arrived, and nobody knows it`);
  }
  for (const { id, message, used } of store.inbound) {
    const isRouted = message.source !== 'mint.transfer';
    if (!used && isRouted && world.wasHeard(id))
      breaches.push(`event ${id} (${message.source} ${message.state}) is open`);
  }
  for (const review of store.reviews) {
    if (review.reason === 'defect') breaches.push(`${name(review.subject)}: the database refused a step`);
    if (!review.decided) breaches.push(`${name(review.subject)}: the review ${review.reason} is open`);
  }
  return breaches;
}

/** Every place holds what the ledger says that it holds. */
function ofPlaces(world: World): string[] {
  const { companies, store, wallet, treasury, customer } = world;
  const { ledger } = store;
  const places: readonly (readonly [string, bigint, bigint])[] = [
    [
      'the wallet',
      companies.wallets.get(wallet.circle_wallet_id) ?? 0n,
      ledger.balance('circle_wallet', wallet.id),
    ],
    [
      'our treasury wallet',
      companies.wallets.get(treasury.circle_wallet_id) ?? 0n,
      ledger.balance('treasury_wallet', treasury.id),
    ],
    ['Mint', companies.mint, ledger.balance('mint_balance')],
    ['the firm account', companies.broker.accounts.get(FIRM) ?? 0n, ledger.balance('alpaca_firm')],
    [
      'the customer account',
      companies.broker.accounts.get(customer) ?? 0n,
      ledger.balance('alpaca_customer', customer),
    ],
    ['what is on its way to Mint', 0n, ledger.balance('circle_in_transit')],
    ['what is on its way out', 0n, ledger.balance('circle_out_transit')],
  ];
  return places.flatMap(([place, holds, says]) =>
    holds === says ? [] : [`${place} holds ${formatUnits(holds)}, our ledger says ${formatUnits(says)}`],
  );
}

/** What the customer sent is what the customer has, was given back, or is owed for by name. */
function ofCustomer(world: World): string[] {
  const { store, customer, wallet, sent, companies } = world;
  const { ledger } = store;
  const breaches: string[] = [];
  let due = 0n;
  for (const [id, { token, units }] of sent) {
    const row = store.rows.get(id) as DepositRow | undefined;
    const transaction = row ? companies.transfers.get(row.circle_transaction_id) : undefined;
    if (transaction?.state !== 'complete') continue;
    if (token !== 'USDC') {
      if (row?.status !== 'failed') breaches.push(`${name(id)}: ${token} is ${row?.status}`);
    } else if (row?.status === 'refunded') {
      due += units - paidBack(world, id);
    } else due += units;
  }
  const has =
    ledger.balance('customer_cash', customer) -
    ledger.balance('customer_receivable', customer) +
    ledger.balance('customer_incoming', wallet.id);
  const lost = ledger.balance('reconciliation_suspense_usd');
  if (
    has - lost !== due &&
    ![...store.rows.values()].some(({ status }) => status === 'failed' || status === 'refunded')
  )
    breaches.push(`the customer is due ${formatUnits(due)} and has ${formatUnits(has)}`);
  const isBack = [...store.rows.values()].some(({ status }) => status === 'refunded');
  for (const account of ['customer_pending', 'customer_converting'] as const) {
    const left = ledger.balance(account, customer);
    // A deposit that went back leaves the dust of others that it had taken along as a claim below two cents.
    const isDust = isBack && account === 'customer_pending' && left < DUST;
    if (left !== 0n && !isDust) breaches.push(`${account} holds ${formatUnits(left)} when all is over`);
  }
  return breaches;
}

function paidBack({ companies }: World, id: string): bigint {
  let sum = 0n;
  for (const [reference, units] of companies.paidOut)
    if (reference.startsWith(`deposit:${id}:refund:`)) sum += units;
  return sum;
}

/** No effect happened twice: of all tries at most one stands. */
function ofEffects({ companies, store }: World): string[] {
  const breaches: string[] = [];
  for (const row of store.rows.values() as Iterable<DepositRow>) {
    const transfers = [...companies.transfers.values()].filter(({ refId }) =>
      refId?.startsWith(`deposit:${row.id}:`),
    );
    const stands = (step: string) =>
      transfers.filter(({ refId, state }) => state === 'complete' && refId?.includes(`:${step}:`)).length;
    const journals = [...companies.broker.journals.values()].filter(
      ({ description, state }) => state === 'executed' && description.startsWith(`deposit:${row.id}:`),
    );
    if (stands('off_ramp') > 1) breaches.push(`${name(row.id)}: went to Mint ${stands('off_ramp')} times`);
    if (stands('refund') > 1) breaches.push(`${name(row.id)}: was refunded ${stands('refund')} times`);
    if (journals.length > 1) breaches.push(`${name(row.id)}: was journalled ${journals.length} times`);
    const isFunded = journals.length === 1 || row.carried_by_id !== null;
    if (row.status === 'broker_funded' && !isFunded)
      breaches.push(`${name(row.id)}: is funded without a journal`);
    if (row.status === 'refunded' && journals.length + stands('refund') !== 1)
      breaches.push(
        `${name(row.id)}: is refunded, with ${stands('refund')} refunds and ${journals.length} journals`,
      );
  }
  return breaches;
}

const name = (id: string) => `deposit ${Number(id.slice(-12))}`;
