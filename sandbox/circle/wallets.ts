/** Wallet sets and wallets. Circle: W3S OpenAPI, tags Wallet Sets and Wallets. */
import { randomUUID } from 'node:crypto';
import { makeAddress, normalizeAddress } from '../chain/addresses.ts';
import { findNetwork, type Network } from '../chain/networks.ts';
import { assetOf } from '../chain/tokens.ts';
import { type Route, route, type SandboxRequest } from '../kernel/http.ts';
import { idempotentRoute } from './idempotent.ts';
import { answerPage, type Filter, readPeriod } from './paging.ts';
import { problem, uuidParam } from './problem.ts';
import { addressKey, type CircleWorld, type Wallet, type WalletSet } from './world.ts';

const LARGEST_COUNT = 200;
/** Gas given to a new wallet, in smallest units: enough for any number of test transfers. */
const GAS_TOKENS = 10n;

/** The wallet of a URL or body. @throws {Refusal} 156001 */
export function walletOf(world: CircleWorld, id: unknown): Wallet {
  const wallet = typeof id === 'string' ? world.wallets.get(id) : undefined;
  if (!wallet) throw problem(156001);
  return wallet;
}

/**
 * The network of a body's blockchain code, allowed for the caller's kind of key. @throws {Refusal} 155511,
 * 156006
 */
export function networkFor(world: CircleWorld, request: SandboxRequest, code: unknown): Network {
  const network = findNetwork(code);
  if (!network) throw problem(155511, String(code));
  const isMismatch = network.isTestnet !== (request.caller === 'test');
  if (world.kernel.settings.flag('circle.network_check') && isMismatch) throw problem(156006);
  return network;
}

/** Gives an address native coins, as nobody can send from an EVM or Solana account without. */
export function giveGas({ kernel, chain }: CircleWorld, network: Network, address: string): void {
  const token = chain.tokens.native(network);
  const asset = assetOf(token, chain.tokens);
  const amount = GAS_TOKENS * 10n ** BigInt(token.decimals);
  kernel.books.post(`gas ${randomUUID()}`, [
    { account: `world:chain:${network.code}:faucet`, asset, amount: -amount },
    { account: chain.account(network.code, address), asset, amount },
  ]);
}

type NewWallet = Pick<Wallet, 'walletSetId' | 'accountType'> & {
  name?: string;
  refId?: string;
  address: string;
};

function addWallet(world: CircleWorld, network: Network, input: NewWallet): Wallet {
  const { kernel, chain, wallets } = world;
  const now = kernel.clock.iso();
  const wallet: Wallet = {
    id: randomUUID(),
    state: 'LIVE',
    custodyType: 'DEVELOPER',
    blockchain: network.code,
    createDate: now,
    updateDate: now,
    ...input,
    ...(input.accountType === 'SCA' ? { scaCore: 'circle_6900_singleowner_v3' } : {}),
  };
  wallets.insert(wallet);
  chain.register(network.code, wallet.address, `circle:${wallet.id}`);
  if (wallet.accountType === 'EOA' && kernel.settings.flag('circle.gas'))
    giveGas(world, network, wallet.address);
  return wallet;
}

type Metadata = { name?: string; refId?: string };

function readMetadata(body: Record<string, unknown>, count: number): Metadata[] {
  if (body.metadata === undefined || body.metadata === null) return [];
  if (!Array.isArray(body.metadata)) throw problem(2, 'metadata must be a list.');
  if (body.metadata.length > 0 && body.metadata.length !== count) throw problem(155503);
  return body.metadata.map((entry: Record<string, unknown>) => ({
    ...(typeof entry?.name === 'string' ? { name: entry.name } : {}),
    ...(typeof entry?.refId === 'string' ? { refId: entry.refId } : {}),
  }));
}

/** Makes `count` wallets on each blockchain; the same index has the same address on all EVM networks. */
function createWallets(world: CircleWorld, request: SandboxRequest): { wallets: Wallet[] } {
  const { body } = request;
  if (typeof body.walletSetId !== 'string') throw problem(2, 'walletSetId is required.');
  if (!world.walletSets.get(body.walletSetId)) throw problem(156005);
  if (!Array.isArray(body.blockchains) || body.blockchains.length === 0) {
    throw problem(2, 'blockchains must name at least one blockchain.');
  }
  const { count = 1, accountType = 'EOA' } = body;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > LARGEST_COUNT) {
    throw problem(2, `count must be between 1 and ${LARGEST_COUNT}.`);
  }
  if (accountType !== 'EOA' && accountType !== 'SCA') throw problem(2, 'accountType must be EOA or SCA.');
  const metadata = readMetadata(body, count);
  const networks = body.blockchains.map((code) => networkFor(world, request, code));
  const { walletSetId } = body;
  const wallets: Wallet[] = [];
  for (let index = 0; index < count; index += 1) {
    const evmAddress = makeAddress('evm');
    for (const network of networks) {
      const address = network.kind === 'evm' ? evmAddress : makeAddress(network.kind);
      wallets.push(addWallet(world, network, { walletSetId, accountType, address, ...metadata[index] }));
    }
  }
  return { wallets };
}

function walletFilter(request: SandboxRequest): Filter<Wallet> {
  const { query } = request;
  const isInPeriod = readPeriod(request);
  const wanted = (name: string): string | undefined => query.get(name) || undefined;
  const [address, blockchain, setId, refId] = ['address', 'blockchain', 'walletSetId', 'refId'].map(wanted);
  const scaCore = wanted('scaCore');
  const where = refId
    ? { index: 'reference', value: refId }
    : address
      ? { index: 'plain_address', value: normalizeAddress(address) }
      : setId
        ? { index: 'set', value: setId }
        : undefined;
  return {
    ...(where ? { where } : {}),
    matches: (wallet) =>
      isInPeriod(wallet.createDate) &&
      (!address || normalizeAddress(wallet.address) === normalizeAddress(address)) &&
      (!blockchain || wallet.blockchain === blockchain) &&
      (!setId || wallet.walletSetId === setId) &&
      (!refId || wallet.refId === refId) &&
      (!scaCore || wallet.scaCore === scaCore),
  };
}

/** Lists wallets, each as `render` shows it. */
export function listWallets(
  world: CircleWorld,
  request: SandboxRequest,
  render: (wallet: Wallet) => unknown,
) {
  const base = world.kernel.urls.get('circle') ?? '';
  const filter = walletFilter(request);
  return answerPage(
    request,
    base,
    world.wallets,
    ({ id }) => id,
    filter,
    (wallets) => ({
      wallets: wallets.map(render),
    }),
  );
}

/** Makes or updates the wallet with the same address on another EVM network. */
function deriveWallet(world: CircleWorld, request: SandboxRequest) {
  const source = walletOf(world, uuidParam(request.params));
  const network = networkFor(world, request, request.params.blockchain);
  if (network.kind !== 'evm' || source.address.slice(0, 2) !== '0x') throw problem(155511);
  const metadata = request.body.metadata as Metadata | undefined;
  const named = {
    ...(metadata?.name ? { name: metadata.name } : {}),
    ...(metadata?.refId ? { refId: metadata.refId } : {}),
  };
  const existing = world.wallets.find('address', addressKey(network.code, source.address));
  if (existing)
    return { status: 200, body: { data: { wallet: world.wallets.put({ ...existing, ...named }) } } };
  const { walletSetId, accountType, address } = source;
  const wallet = addWallet(world, network, { walletSetId, accountType, address, ...named });
  return { status: 201, body: { data: { wallet } } };
}

function walletSetRoutes(world: CircleWorld): Route[] {
  const { walletSets, kernel } = world;
  const setOf = (id: string): WalletSet => {
    const found = walletSets.get(id);
    if (!found) throw problem(156005);
    return found;
  };
  const nameOf = (body: Record<string, unknown>): { name?: string } =>
    typeof body.name === 'string' ? { name: body.name } : {};
  return [
    idempotentRoute(world, '/v1/w3s/developer/walletSets', 'circle.createWalletSet', ({ body }) => {
      const now = kernel.clock.iso();
      const dates = { createDate: now, updateDate: now };
      const walletSet: WalletSet = { id: randomUUID(), custodyType: 'DEVELOPER', ...nameOf(body), ...dates };
      return { walletSet: walletSets.insert(walletSet) };
    }),
    route('PUT', '/v1/w3s/developer/walletSets/:id', 'circle.updateWalletSet', ({ params, body }) => {
      const found = setOf(uuidParam(params));
      const walletSet = walletSets.put({ ...found, ...nameOf(body), updateDate: kernel.clock.iso() });
      return { status: 200, body: { data: { walletSet } } };
    }),
    route('GET', '/v1/w3s/walletSets/:id', 'circle.getWalletSet', ({ params }) => ({
      status: 200,
      body: { data: { walletSet: setOf(uuidParam(params)) } },
    })),
    route('GET', '/v1/w3s/walletSets', 'circle.listWalletSets', (request) => {
      const isInPeriod = readPeriod(request);
      const filter = { matches: ({ createDate }: WalletSet) => isInPeriod(createDate) };
      const base = kernel.urls.get('circle') ?? '';
      return answerPage(
        request,
        base,
        walletSets,
        ({ id }) => id,
        filter,
        (found) => ({ walletSets: found }),
      );
    }),
  ];
}

/** Routes of wallet sets and wallets. */
export function walletRoutes(world: CircleWorld): Route[] {
  const { wallets, kernel } = world;
  return [
    ...walletSetRoutes(world),
    idempotentRoute(world, '/v1/w3s/developer/wallets', 'circle.createWallets', (request) =>
      createWallets(world, request),
    ),
    route('GET', '/v1/w3s/wallets', 'circle.listWallets', (request) =>
      listWallets(world, request, (wallet) => wallet),
    ),
    route('GET', '/v1/w3s/wallets/:id', 'circle.getWallet', ({ params }) => ({
      status: 200,
      body: { data: { wallet: walletOf(world, uuidParam(params)) } },
    })),
    route('PUT', '/v1/w3s/wallets/:id', 'circle.updateWallet', ({ params, body }) => {
      const found = walletOf(world, uuidParam(params));
      const { name, refId } = body;
      const changed: Wallet = {
        ...found,
        ...(typeof name === 'string' ? { name } : {}),
        ...(typeof refId === 'string' ? { refId } : {}),
        updateDate: kernel.clock.iso(),
      };
      return { status: 200, body: { data: { wallet: wallets.put(changed) } } };
    }),
    {
      method: 'PUT',
      path: '/v1/w3s/developer/wallets/:id/blockchains/:blockchain',
      operation: 'circle.deriveWallet',
      handle: (request) => deriveWallet(world, request),
    },
  ];
}
