/** The story of the demo: one customer from the phone number to buying power and out again, and then the books. */
import { balanceOf, checkBooks, lifecycleOf } from './books.ts';
import { type DemoCustomer, type DemoWallet, getWallets, passKyc, setPasscode, signUp } from './customer.ts';
import { DemoError } from './demo-error.ts';
import { awaitEnd, awaitWait, type DemoDeposit, find, follow, send } from './deposits.ts';
import type { Printer } from './printer.ts';
import type { DemoRuntime } from './runtime.ts';
import { decideRetry, failTransfers, rejectJournal } from './trouble.ts';
import { addAddress, type DemoWithdrawal, followWithdrawal, showSources, withdraw } from './withdrawals.ts';
import { connect, type DemoWorld } from './world.ts';

const NO_UI = 'There is no Web UI in this stack.';
/** The last line when everything agrees. */
const BOOKS_BALANCE = 'The books balance.';

/**
 * Plays the customer's life against a running stack.
 *
 * @returns whether the books balance at the end.
 * @throws {DemoError} when the stack does not run, or something does not happen in time.
 */
export async function playDemo(runtime: DemoRuntime, printer: Printer): Promise<boolean> {
  const began = performance.now();
  const world = connect(runtime);
  await world.api('GET', '/readyz');
  printer.say(`One customer's life, against ${runtime.api}.`);

  printer.chapter('A new customer');
  const customer = await signUp(world, printer);
  await setPasscode(world, printer, customer);

  printer.chapter('An account at the broker, and a wallet on each chain');
  await passKyc(world, printer, customer);
  const wallets = await getWallets(world, printer, customer);

  const deposits = await playDeposits(world, printer, customer, wallets);
  const withdrawals = await playWithdrawals(world, printer, customer);

  printer.chapter('Look for yourself');
  await printLinks(world, printer, customer, deposits, withdrawals);

  printer.chapter('The books: our ledger against what the companies hold');
  const question = { customer, wallets: Object.values(wallets), deposits, withdrawals };
  const balanced = await checkBooks(world, printer, question);
  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  printer.say(`\n${balanced ? BOOKS_BALANCE : 'The books do NOT balance.'} (${seconds} s)`);
  return balanced;
}

async function playDeposits(
  world: DemoWorld,
  printer: Printer,
  customer: DemoCustomer,
  wallets: Readonly<Record<string, DemoWallet>>,
): Promise<DemoDeposit[]> {
  const { ethereum, solana } = wallets;
  if (!ethereum || !solana) throw new DemoError('The customer has no wallet on Ethereum or Solana.');

  printer.chapter('A first deposit');
  const first = await follow(
    world,
    printer,
    customer,
    await send(world, printer, customer, ethereum, '120.007'),
  );
  await printBalance(world, printer, customer);

  printer.chapter('Less than a cent arrives, too little for a dollar account');
  const dust = await awaitWait(
    world,
    printer,
    customer,
    await send(world, printer, customer, ethereum, '0.002'),
  );
  await printBalance(world, printer, customer);

  printer.chapter('The next deposit on that network takes the dust along');
  const next = await follow(
    world,
    printer,
    customer,
    await send(world, printer, customer, ethereum, '30.004'),
  );
  printer.step(
    'Became',
    `${next.amount_usd} USD: ${next.amount_stablecoin} USDC and whole cents of the dust`,
  );
  await awaitEnd(world, printer, customer, dust);
  await printBalance(world, printer, customer);

  printer.chapter('Another network, and a broker that says no: a person decides');
  await rejectJournal(world, printer, '25.5');
  const sent = await send(world, printer, customer, solana, '25.5');
  await decideRetry(world, printer, customer, sent);
  const other = await follow(world, printer, customer, sent);
  await printBalance(world, printer, customer);
  return [first, await find(world, customer.token, dust.id), next, other];
}

async function playWithdrawals(
  world: DemoWorld,
  printer: Printer,
  customer: DemoCustomer,
): Promise<DemoWithdrawal[]> {
  printer.chapter('Money out: to an address of their own');
  const address = await addAddress(world, printer, customer);
  const paid = await followWithdrawal(
    world,
    printer,
    customer,
    await withdraw(world, printer, customer, address, '130.00'),
    'complete',
  );
  printer.step('Arrived', `${paid.net_usdc} USDC with the transaction ${paid.tx_hash?.slice(0, 18)}…`);
  await showSources(world, printer, paid);
  await printBalance(world, printer, customer);

  printer.chapter('A withdrawal that cannot be finished goes back, with its fee');
  const failing = await withdraw(world, printer, customer, address, '20.00', (net) =>
    failTransfers(world, printer, net),
  );
  const refunded = await followWithdrawal(world, printer, customer, failing, 'refunded');
  await printBalance(world, printer, customer);
  return [paid, refunded];
}

async function printBalance(world: DemoWorld, printer: Printer, customer: DemoCustomer): Promise<void> {
  const balance = await balanceOf(world, customer);
  const pending = balance.pending_broker_deposits_usd;
  printer.balance(
    `${balance.buying_power_usd} USD buying power, ${pending} USD on the way, ${balance.dust_usdc} USDC of dust`,
  );
}

async function printLinks(
  world: DemoWorld,
  printer: Printer,
  customer: DemoCustomer,
  deposits: readonly DemoDeposit[],
  withdrawals: readonly DemoWithdrawal[],
): Promise<void> {
  const { api, tokens, temporal } = world.runtime;
  printer.note('First this, once: it lets your browser read the encrypted histories.');
  printer.link(`${api}/staff/sign-in?token=${tokens.support}`);
  printer.note('Everything that ran for this customer, in the Temporal Web UI:');
  const query = encodeURIComponent(`SluiceUserId = "${customer.id}"`);
  printer.link(`${temporal.ui}/namespaces/${temporal.namespace}/workflows?query=${query}`);
  for (const deposit of deposits) {
    printer.note(`The deposit of ${deposit.amount_stablecoin} USDC on ${deposit.chain}:`);
    printer.link((await lifecycleOf(world, 'deposit', deposit.id)).workflow_url ?? NO_UI);
  }
  for (const { id, amount_usd, status } of withdrawals) {
    printer.note(`The withdrawal of ${amount_usd} USD that is ${status}:`);
    printer.link((await lifecycleOf(world, 'withdrawal', id)).workflow_url ?? NO_UI);
  }
  printer.note('The case of the first one, with every event, payment and posting:');
  printer.link(
    `curl -H "Authorization: Bearer $(node -p 'require("./.local/runtime.json").tokens.support')" ` +
      `${api}/v1/admin/lifecycles/deposit/${deposits[0]?.id}`,
  );
}
