/** The last step of the demo: our ledger, read through the API, against what the companies hold. */
import { formatUnits, parseUnits } from '../../domain/money.ts';
import { type DemoCustomer, type DemoWallet, SANDBOX_NETWORKS } from './customer.ts';
import type { DemoDeposit } from './deposits.ts';
import type { Printer } from './printer.ts';
import type { DemoWithdrawal } from './withdrawals.ts';
import type { DemoWorld } from './world.ts';

interface Posting {
  readonly account: string;
  readonly owner_id: string | null;
  readonly asset: string;
  /** Smallest units, debit positive. */
  readonly amount: string;
}

interface Lifecycle {
  readonly workflow_url: string | null;
  readonly ledger: readonly Posting[];
}

interface SandboxBooks {
  readonly accounts: readonly {
    readonly account: string;
    readonly asset: string;
    readonly balance: string;
  }[];
  readonly sums: Readonly<Record<string, string>>;
}

interface Payment {
  readonly reference?: string;
  /** A decimal string. */
  readonly amount: string;
  readonly effective: boolean;
}

export interface BooksQuestion {
  readonly customer: DemoCustomer;
  readonly wallets: readonly DemoWallet[];
  readonly deposits: readonly DemoDeposit[];
  readonly withdrawals: readonly DemoWithdrawal[];
}

/** What support sees of a deposit or a withdrawal. */
export function lifecycleOf(
  world: DemoWorld,
  kind: 'deposit' | 'withdrawal',
  id: string,
): Promise<Lifecycle> {
  const token = world.runtime.tokens.support;
  return world.api('GET', `/v1/admin/lifecycles/${kind}/${id}`, { token });
}

/**
 * Compares every number of this customer that two sides know: the ledger, the API's balance, Circle's
 * wallets, the account at the broker, and what was really paid.
 *
 * @returns whether all of them agree.
 */
export async function checkBooks(
  world: DemoWorld,
  printer: Printer,
  { customer, wallets, deposits, withdrawals }: BooksQuestion,
): Promise<boolean> {
  const results: boolean[] = [];
  const equal = (what: string, ours: bigint, theirs: bigint, unit: string): void => {
    results.push(ours === theirs);
    const numbers =
      ours === theirs ? amount(ours, unit) : `${amount(ours, unit)} is not ${amount(theirs, unit)}`;
    printer.check(ours === theirs, `${what}: ${numbers}`);
  };
  const lifecycles = await Promise.all([
    ...deposits.map(({ id }) => lifecycleOf(world, 'deposit', id)),
    ...withdrawals.map(({ id }) => lifecycleOf(world, 'withdrawal', id)),
  ]);
  const postings = lifecycles.flatMap(({ ledger }) => ledger);
  const books = await world.sandbox<SandboxBooks>('GET', '/control/books');

  for (const asset of new Set(postings.map((posting) => posting.asset))) {
    const unit = asset.split('/')[0] ?? asset;
    equal(
      `Ledger, debits less credits`,
      sum(postings.filter((posting) => posting.asset === asset)),
      0n,
      unit,
    );
  }
  for (const wallet of wallets) {
    const ours = of(postings, 'circle_wallet', wallet.id);
    equal(`Circle wallet on ${wallet.chain}`, ours, await onChain(world, wallet), 'USDC');
  }
  const cash = await brokerCash(world, books, customer.id);
  equal('Account at Alpaca', of(postings, 'alpaca_customer', customer.id), cash, 'USD');
  const balance = await balanceOf(world, customer);
  equal("Buying power in the customer's app", parseUnits(balance.buying_power_usd), cash, 'USD');
  const dust = wallets.map((wallet) => -of(postings, 'customer_incoming', wallet.id));
  const sent = deposits.reduce((total, deposit) => total + parseUnits(deposit.amount_stablecoin), 0n);
  const kept = cash + dust.reduce((total, units) => total + units, 0n);
  const gone = withdrawals.filter(({ status }) => status === 'complete');
  for (const { chain, destination_address, net_usdc } of gone) {
    const there = arrivedAt(books, chain, destination_address);
    equal(`Arrived at the customer's own address on ${chain}`, parseUnits(net_usdc), there, 'USDC');
  }
  const withdrawn = gone.reduce((total, { amount_usd }) => total + parseUnits(amount_usd), 0n);
  equal('All that was sent: dollars, dust, and what was withdrawn', sent, kept + withdrawn, 'USDC');
  const paid = await paidOnce(world, deposits, withdrawals);
  results.push(paid);
  printer.check(paid, 'Each effect was paid once: every transfer and every journal, there and back');
  const sandboxZero = Object.values(books.sums).every((total) => total === '0');
  results.push(sandboxZero);
  printer.check(sandboxZero, "The sandbox's own books sum to zero");
  return results.every((holds) => holds);
}

const amount = (units: bigint, unit: string) => `${formatUnits(units)} ${unit}`;

const sum = (postings: readonly Posting[]) =>
  postings.reduce((total, posting) => total + BigInt(posting.amount), 0n);

const of = (postings: readonly Posting[], account: string, owner: string) =>
  sum(postings.filter((posting) => posting.account === account && posting.owner_id === owner));

async function onChain(world: DemoWorld, { chain, address }: DemoWallet): Promise<bigint> {
  const place = `/control/chain/addresses/${SANDBOX_NETWORKS[chain]}/${address}`;
  return BigInt((await world.sandbox<{ usdc_units: string }>('GET', place)).usdc_units);
}

/** What lies at an address that nobody in the sandbox keeps. */
function arrivedAt(books: SandboxBooks, chain: string, address: string): bigint {
  const code = SANDBOX_NETWORKS[chain as DemoWallet['chain']];
  const account = `world:chain:${code}:${address.startsWith('0x') ? address.toLowerCase() : address}`;
  const found = books.accounts.filter((entry) => entry.account === account && entry.asset.startsWith('USDC'));
  return found.reduce((total, { balance }) => total + BigInt(balance), 0n);
}

async function brokerCash(world: DemoWorld, books: SandboxBooks, userId: string): Promise<bigint> {
  const token = world.runtime.tokens.support;
  const user = await world.api<{ alpaca_account_id: string }>('GET', `/v1/admin/users/${userId}`, { token });
  const account = `alpaca:cash:${user.alpaca_account_id}`;
  return BigInt(books.accounts.find((entry) => entry.account === account)?.balance ?? '0');
}

/** The balance as the customer's app shows it. */
export function balanceOf(world: DemoWorld, { token }: DemoCustomer): Promise<DemoBalance> {
  return world.api('GET', '/v1/balance', { token });
}

export interface DemoBalance {
  readonly buying_power_usd: string;
  readonly pending_broker_deposits_usd: string;
  readonly dust_usdc: string;
}

/**
 * Whether each deposit that moved dollars has exactly one transfer and one journal over its amount, and each
 * withdrawal one journal and one transfer to the customer, or one journal there and one back.
 */
async function paidOnce(
  world: DemoWorld,
  deposits: readonly DemoDeposit[],
  withdrawals: readonly DemoWithdrawal[],
): Promise<boolean> {
  const { data } = await world.sandbox<{ data: Payment[] }>('GET', '/control/payments');
  const amountsOf = (prefix: string) =>
    data
      .filter(({ reference, effective }) => effective && reference?.startsWith(prefix))
      .map(({ amount: paid }) => parseUnits(paid));
  const isPaid = (prefix: string, ...expected: readonly (string | null)[]) => {
    const wanted = expected.map((one) => parseUnits(one ?? '0')).filter((units) => units > 0n);
    return amountsOf(prefix).join() === wanted.join();
  };
  return (
    deposits.every(({ id, amount_usd }) => isPaid(`deposit:${id}:`, amount_usd, amount_usd)) &&
    withdrawals.every(({ id, amount_usd, net_usdc, status }) =>
      isPaid(`withdrawal:${id}:`, amount_usd, status === 'complete' ? net_usdc : amount_usd),
    )
  );
}
