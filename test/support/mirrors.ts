/** Our mirror accounts beside what the companies of the sandbox say stands there. */
import { toBlockchain } from '../../activities/providers/circle/chains.ts';
import { CHAINS, type Chain } from '../../domain/funding/chain.ts';
import { balanceOf } from './books.ts';
import type { Customer } from './customer.ts';
import type { TestStack } from './stack.ts';

/** Balances in smallest units by the place where the money stands. */
type Balances = Record<string, bigint>;

interface SandboxBalance {
  readonly account: string;
  readonly asset: string;
  readonly balance: string;
}

/**
 * What we believe and what is there, place by place; a test expects the two to be equal. USDC that is neither
 * in a wallet nor credited by Mint yet is in transit, whoever holds it.
 */
export async function mirrors(
  stack: Pick<TestStack, 'sandbox' | 'database' | 'config'>,
  customers: readonly Customer[],
): Promise<{ ours: Balances; theirs: Balances }> {
  const { pool } = stack.database;
  const { accounts, sums } = await stack.sandbox.control<{
    accounts: SandboxBalance[];
    sums: Record<string, string>;
  }>('GET', '/control/books');
  const unbalanced = Object.entries(sums).filter(([, sum]) => sum !== '0');
  if (unbalanced.length > 0) throw new Error(`the sandbox's books do not balance: ${unbalanced.join()}`);
  const known = new Map(
    accounts.map(({ account, balance, asset }) => [`${account} ${asset}`, BigInt(balance)]),
  );
  const standsAt = (account: string, asset: string) => known.get(`${account} ${asset}`) ?? 0n;
  const firm = stack.config.alpaca.firmAccountId;
  // A journal under way has left the firm's free cash, and is the firm's until it has executed.
  const cashAt = (id: string) => standsAt(`alpaca:cash:${id}`, 'USD') + standsAt(`alpaca:held:${id}`, 'USD');

  const ours: Balances = {
    mint: await balanceOf(pool, 'mint_balance'),
    firm: await balanceOf(pool, 'alpaca_firm'),
    in_transit: await balanceOf(pool, 'circle_in_transit'),
    on_ramp: await balanceOf(pool, 'on_ramp_in_transit'),
    out_transit: await balanceOf(pool, 'circle_out_transit'),
  };
  const theirs: Balances = {
    mint: standsAt('mint:available', 'USD'),
    firm: cashAt(firm),
    in_transit: 0n,
    on_ramp: standsAt('mint:in-flight', 'USD'),
    out_transit: 0n,
  };
  const onChain = (chain: Chain, address: string) => {
    const code = toBlockchain(stack.config.circle.network, chain);
    const name = address.startsWith('0x') ? address.toLowerCase() : address;
    return standsAt(`chain:${code}:${name}`, `USDC:${code}`);
  };
  const { rows: treasury } = await pool.query<{ id: string; chain: Chain; address: string }>(
    'select id, chain, address from treasury_wallets',
  );
  for (const { id, chain, address } of treasury) {
    ours[`treasury ${chain}`] = await balanceOf(pool, 'treasury_wallet', id);
    theirs[`treasury ${chain}`] = onChain(chain, address);
  }
  for (const [index, customer] of customers.entries()) {
    ours[`account ${index}`] = await balanceOf(pool, 'alpaca_customer', customer.id);
    theirs[`account ${index}`] = cashAt(customer.alpacaAccountId);
    for (const chain of CHAINS) {
      const { id, address } = customer.wallets[chain];
      ours[`wallet ${index} ${chain}`] = await balanceOf(pool, 'circle_wallet', id);
      theirs[`wallet ${index} ${chain}`] = onChain(chain, address);
    }
  }
  return { ours, theirs };
}
