/** Our books beside those of the sandbox's companies. */
import { toBlockchain } from '../activities/providers/circle/chains.ts';
import type { Chain } from '../domain/funding/chain.ts';
import type { World } from './world.ts';

/** A transfer, journal or payout that a company of the sandbox accepted. */
export interface Payment {
  readonly company: string;
  readonly operation: string;
  readonly reference?: string;
  readonly amount: string;
  readonly status: string;
  /** Whether money has moved by it. */
  readonly effective: boolean;
}

/** Everything that was paid for lifecycles of that name, by the lifecycle's id. */
export async function paymentsByLifecycle(
  world: Pick<World, 'control'>,
  lifecycle: string,
): Promise<Map<string, Payment[]>> {
  const { data } = await world.control<{ data: Payment[] }>('GET', '/control/payments');
  const found = new Map<string, Payment[]>();
  for (const payment of data) {
    const [name, id] = payment.reference?.split(':') ?? [];
    if (name !== lifecycle || id === undefined) continue;
    found.set(id, [...(found.get(id) ?? []), payment]);
  }
  return found;
}

interface Place {
  /** The company's account in the sandbox's books. */
  readonly accounts: readonly string[];
  readonly asset: string;
  /** What our ledger says stands there, in smallest units. */
  readonly ours: bigint;
  readonly name: string;
}

/** Every place that somebody holds for us: what we believe stands there beside what stands there. */
export async function compareMirrors(world: World): Promise<{ places: number; differences: string[] }> {
  const { accounts, sums } = await world.control<{
    accounts: { account: string; asset: string; balance: string }[];
    sums: Record<string, string>;
  }>('GET', '/control/books');
  const theirs = new Map(accounts.map((row) => [`${row.account} ${row.asset}`, BigInt(row.balance)]));
  const unbalanced = Object.entries(sums).filter(([, sum]) => sum !== '0');
  const places = [...(await ourMoneyPlaces(world)), ...(await walletPlaces(world))];
  const differences = places.flatMap(({ name, accounts: held, asset, ours }) => {
    const there = held.reduce((sum, account) => sum + (theirs.get(`${account} ${asset}`) ?? 0n), 0n);
    return there === ours ? [] : [`${name}: our ledger says ${ours}, the company ${there}`];
  });
  return {
    places: places.length,
    differences: [
      ...unbalanced.map(([asset, sum]) => `the sandbox's own books are off by ${sum} ${asset}`),
      ...differences,
    ],
  };
}

async function ourMoneyPlaces({ pool, config }: World): Promise<Place[]> {
  const { rows } = await pool.query<{ name: string; account_id: string; ours: string }>(
    `select 'Mint' as name, '' as account_id, ledger_balance('mint_balance', null) as ours
     union all select 'firm account', $1, ledger_balance('alpaca_firm', null)
     union all select 'customer ' || id, alpaca_account_id, ledger_balance('alpaca_customer', id)
       from users where alpaca_account_id is not null`,
    [config.alpaca.firmAccountId],
  );
  return rows.map(({ name, account_id, ours }) => ({
    name,
    ours: BigInt(ours),
    asset: 'USD',
    // A journal under way has left the free cash, and belongs to its sender until it has executed.
    accounts: account_id ? [`alpaca:cash:${account_id}`, `alpaca:held:${account_id}`] : ['mint:available'],
  }));
}

async function walletPlaces({ pool, config }: World): Promise<Place[]> {
  const { rows } = await pool.query<{ name: string; chain: Chain; address: string; ours: string }>(
    `select 'wallet ' || id as name, chain::text, address, ledger_balance('circle_wallet', id) as ours from wallets
       where address is not null
     union all select 'treasury wallet ' || chain, chain::text, address, ledger_balance('treasury_wallet', id)
       from treasury_wallets`,
  );
  return rows.map(({ name, chain, address, ours }) => {
    const code = toBlockchain(config.circle.network, chain);
    const held = address.startsWith('0x') ? address.toLowerCase() : address;
    return { name, ours: BigInt(ours), asset: `USDC:${code}`, accounts: [`chain:${code}:${held}`] };
  });
}
