/** Circle Mint, played locally. */
import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { Chain } from '../chain/chain.ts';
import { type Company, Refusal, type Route, route } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { addressRoutes } from './addresses.ts';
import { mintControl } from './control.ts';
import { payoutRoutes } from './payouts.ts';
import { invalidEntity, notFound } from './problem.ts';
import { dollars } from './requests.ts';
import { createSnsNotifier, makeSubscription, type SnsNotifier } from './sns.ts';
import { mintDistortions } from './statement-lists.ts';
import { transferRoutes } from './transfers.ts';
import { wireRoutes } from './wires.ts';
import { AVAILABLE, type MintSubscription, type MintWorld, openMintWorld, USD } from './world.ts';

const answer = (data: unknown) => ({ status: 200, body: { data } });

function accountRoutes({ kernel, walletId }: MintWorld): Route[] {
  return [
    { ...route('GET', '/ping', 'mint.ping', () => ({ status: 200, body: { message: 'pong' } })), open: true },
    route('GET', '/v1/configuration', 'mint.getConfiguration', () =>
      answer({ payments: { masterWalletId: walletId } }),
    ),
    route('GET', '/v1/businessAccount/balances', 'mint.getBalances', () =>
      answer({ available: [dollars(kernel.books.balance(AVAILABLE, USD))], unsettled: [] }),
    ),
  ];
}

/** Circle's sandbox allows three. Circle: Mint OpenAPI, subscriptions. */
const LARGEST_COUNT = 3;

function subscriptionRoutes({ kernel, subscriptions }: MintWorld, notifier: SnsNotifier): Route[] {
  const path = '/v1/notifications/subscriptions';
  const render = ({ id, endpoint, arn, status }: MintSubscription) => ({
    id,
    endpoint,
    subscriptionDetails: [{ url: arn, status }],
  });
  const readEndpoint = (body: Record<string, unknown>): string => {
    const { endpoint } = body;
    if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) {
      throw invalidEntity({ location: 'endpoint', value: endpoint });
    }
    return endpoint;
  };
  return [
    {
      method: 'POST',
      path,
      operation: 'mint.createSubscription',
      prepare: async ({ body }) => {
        const endpoint = readEndpoint(body);
        const { status } = await kernel.caller.call('HEAD', endpoint, {}, '');
        if (status < 200 || status > 299) throw invalidEntity({ location: 'endpoint', value: endpoint });
      },
      handle({ body }) {
        const active = subscriptions.list().filter(({ status }) => status !== 'deleted');
        if (active.length >= LARGEST_COUNT) throw new Refusal(429, { code: 429, message: 'Limit Exceeded' });
        const subscription = subscriptions.insert(makeSubscription(readEndpoint(body)));
        notifier.confirm(subscription);
        return answer(render(subscription));
      },
    },
    route('GET', path, 'mint.listSubscriptions', () => answer(subscriptions.list().map(render))),
    route('DELETE', `${path}/:id`, 'mint.deleteSubscription', ({ params }) => {
      const found = subscriptions.get(params.id ?? '');
      if (!found) throw notFound();
      // Circle refuses to delete what was never confirmed; SNS forgets such a subscription by itself.
      if (found.status === 'pending')
        throw new Refusal(400, { code: 2, message: 'Subscription is not confirmed.' });
      subscriptions.delete(found.id);
      return { status: 200, body: {} };
    }),
  ];
}

const isSame = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));

/** Creates Circle Mint on the shared chain. */
export function createMint(kernel: Kernel, chain: Chain): Company {
  const secret = (): string => randomUUID().replaceAll('-', '');
  const apiKey = kernel.store.keep('mint.api_key', () => `SAND_API_KEY:${secret()}:${secret()}`);
  const world = openMintWorld(kernel, chain);
  const notifier = createSnsNotifier(world);
  const transfers = transferRoutes(world, notifier);
  const payouts = payoutRoutes(world, notifier);
  return {
    name: 'mint',
    routes: [
      ...notifier.routes,
      ...accountRoutes(world),
      ...addressRoutes(world),
      ...transfers.routes,
      ...payouts.routes,
      ...wireRoutes(world, notifier),
      ...subscriptionRoutes(world, notifier),
    ],
    authenticate({ headers }) {
      const header = String(headers.authorization ?? '');
      if (isSame(header, `Bearer ${apiKey}`)) return undefined;
      const message = header.startsWith('Bearer ') ? 'Invalid credentials.' : 'Malformed authorization.';
      return { status: 401, body: { code: 401, message } };
    },
    errorBody: (status, message) => ({ code: status === 500 ? -1 : status, message }),
    control: [...mintControl(world, transfers.desk, payouts.desk, notifier), ...mintDistortions(world)],
    credentials: () => ({ api_key: apiKey }),
  };
}
