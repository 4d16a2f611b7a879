/** Token balances of wallets, and tokens. Circle: W3S OpenAPI, tags Wallets and Token Lookup. */
import { normalizeAddress } from '../chain/addresses.ts';
import { assetOf, type Token } from '../chain/tokens.ts';
import { formatUnits, parseUnits } from '../kernel/books.ts';
import { type Route, route, type SandboxRequest } from '../kernel/http.ts';
import { problem, uuidParam } from './problem.ts';
import { listWallets, walletOf } from './wallets.ts';
import type { CircleWorld, Wallet } from './world.ts';

type TokenBalance = { token: Token; amount: string; updateDate: string };

/** The tokens that a wallet holds; those that Circle does not monitor only on `includeAll`. */
function balancesOf(world: CircleWorld, wallet: Wallet, { query }: SandboxRequest): TokenBalance[] {
  const { kernel, chain } = world;
  const { tokens } = chain;
  const includeAll = query.get('includeAll') === 'true';
  const [name, standard, address] = ['name', 'standard', 'tokenAddress'].map((field) => query.get(field));
  const found: TokenBalance[] = [];
  for (const { asset, balance } of kernel.books.ofAccount(chain.account(wallet.blockchain, wallet.address))) {
    const token = tokenOfAsset(world, wallet.blockchain, asset);
    if (!token || BigInt(balance) <= 0n || (!includeAll && !tokens.isMonitored(token))) continue;
    if (name && token.name !== name) continue;
    if (standard && token.standard !== standard) continue;
    if (address && normalizeAddress(token.tokenAddress ?? '') !== normalizeAddress(address)) continue;
    const amount = formatUnits(BigInt(balance), token.decimals);
    found.push({ token, amount, updateDate: kernel.clock.iso() });
  }
  return found;
}

function tokenOfAsset({ chain }: CircleWorld, blockchain: string, asset: string): Token | undefined {
  const [symbol = '', , id] = asset.split(':');
  if (id) return chain.tokens.get(id);
  const token = chain.tokens.official(blockchain, symbol);
  return token && assetOf(token, chain.tokens) === asset ? token : undefined;
}

/** Routes of balances and tokens. */
export function balanceRoutes(world: CircleWorld): Route[] {
  return [
    route('GET', '/v1/w3s/wallets/:id/balances', 'circle.getBalances', (request) => {
      const wallet = walletOf(world, uuidParam(request.params));
      return { status: 200, body: { data: { tokenBalances: balancesOf(world, wallet, request) } } };
    }),
    route('GET', '/v1/w3s/developer/wallets/balances', 'circle.listWalletsWithBalances', (request) => {
      if (!request.query.get('blockchain')) throw problem(2, 'blockchain is required.');
      const least = request.query.get('amount__gte');
      if (least && parseUnits(least, 18) === undefined) throw problem(2, 'amount__gte must be a decimal.');
      const isEnough = (amount: string): boolean =>
        !least || (parseUnits(amount, 18) ?? 0n) >= (parseUnits(least, 18) ?? 0n);
      return listWallets(world, request, (wallet) => ({
        ...wallet,
        tokenBalances: balancesOf(world, wallet, request).filter(({ amount }) => isEnough(amount)),
      }));
    }),
    route('GET', '/v1/w3s/wallets/:id/nfts', 'circle.getNfts', ({ params }) => {
      walletOf(world, uuidParam(params));
      return { status: 200, body: { data: { nfts: [] } } };
    }),
    route('GET', '/v1/w3s/tokens/:id', 'circle.getToken', ({ params }) => {
      const token = world.chain.tokens.get(uuidParam(params));
      if (!token) throw problem(156002);
      return { status: 200, body: { data: { token } } };
    }),
  ];
}
