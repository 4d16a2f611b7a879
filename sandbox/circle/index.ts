/** Circle W3S developer-controlled wallets, played locally. */

import { isValidAddress } from '../chain/addresses.ts';
import type { Chain } from '../chain/chain.ts';
import { findNetwork, stableUuid } from '../chain/networks.ts';
import { parseUnits } from '../kernel/books.ts';
import { type Company, type Route, route } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { createAuthentication } from './authenticate.ts';
import { balanceRoutes } from './balances.ts';
import { circleControl } from './control.ts';
import { createCircleKeys } from './credentials.ts';
import { createLifecycle } from './lifecycle.ts';
import { createNotifier } from './notifications.ts';
import { problem } from './problem.ts';
import { circleDistortions } from './statement-list.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { transactionRoutes } from './transactions.ts';
import { transferRoutes } from './transfers.ts';
import { walletRoutes } from './wallets.ts';
import { type CircleWorld, openCircleWorld } from './world.ts';

function entityRoutes({ keys }: CircleWorld): Route[] {
  return [
    {
      ...route('GET', '/ping', 'circle.ping', () => ({ status: 200, body: { message: 'pong' } })),
      open: true,
    },
    route('GET', '/v1/w3s/config/entity', 'circle.getEntity', () => ({
      status: 200,
      body: { data: { appId: stableUuid('circle entity') } },
    })),
    route('GET', '/v1/w3s/config/entity/publicKey', 'circle.getPublicKey', () => ({
      status: 200,
      body: { data: { publicKey: keys.publicKey } },
    })),
    route('POST', '/v1/w3s/config/entity/entitySecret', 'circle.registerEntitySecret', ({ body }) => {
      keys.register(body.entitySecretCiphertext);
      const recoveryFile = Buffer.from(`recovery of ${keys.entitySecret().slice(0, 8)}…`).toString('base64');
      return { status: 201, body: { data: { recoveryFile } } };
    }),
  ];
}

/** What one drip of the faucet gives. Circle: faucet.circle.com gives 20 USDC a drip on testnets. */
const DRIPS = { usdc: '20', eurc: '20', native: '0.1' } as const;
const DRIP_TOKENS = { usdc: 'USDC', eurc: 'EURC', native: 'native' } as const;

function faucetRoute({ chain }: CircleWorld): Route {
  return route('POST', '/v1/faucet/drips', 'circle.requestTestnetTokens', ({ body }) => {
    const network = findNetwork(body.blockchain);
    if (!network?.isTestnet) throw problem(156027);
    const { address } = body;
    if (!isValidAddress(network.kind, address)) throw problem(155219);
    for (const kind of ['usdc', 'eurc', 'native'] as const) {
      if (body[kind] !== true) continue;
      const token = chain.tokens.named(network, DRIP_TOKENS[kind]);
      const units = (parseUnits(DRIPS[kind], token.decimals) ?? 0n).toString();
      chain.broadcast({
        blockchain: network.code,
        transfers: [{ from: 'faucet', to: address, tokenId: token.id, units }],
      });
    }
    return { status: 204 };
  });
}

/** Creates the W3S company on the shared chain. */
export function createCircle(kernel: Kernel, chain: Chain): Company {
  const { settings } = kernel;
  settings.define('circle.rate_limits', true, false);
  settings.define('circle.gas', true);
  settings.define('circle.network_check', false);
  const keys = createCircleKeys(kernel);
  const world = openCircleWorld(kernel, chain, keys);
  const notifier = createNotifier(world);
  const lifecycle = createLifecycle(world, notifier);
  return {
    name: 'circle',
    routes: [
      ...entityRoutes(world),
      ...walletRoutes(world),
      ...balanceRoutes(world),
      ...transferRoutes(world, lifecycle),
      ...transactionRoutes(world),
      ...subscriptionRoutes(world, notifier),
      faucetRoute(world),
    ],
    authenticate: createAuthentication(kernel, keys),
    errorBody: (status, message) => ({ code: status, message }),
    control: [...circleControl(world, lifecycle, notifier), ...circleDistortions(world)],
    credentials: () => ({
      api_key: keys.testApiKey,
      live_api_key: keys.liveApiKey,
      entity_secret: keys.entitySecret(),
    }),
  };
}
