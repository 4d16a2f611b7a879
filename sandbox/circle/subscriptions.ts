/** Webhook subscriptions and their public keys. Circle: W3S v2 notifications. */
import { randomUUID } from 'node:crypto';
import { Refusal, type Route, route, type SandboxRequest } from '../kernel/http.ts';
import type { Notifier } from './notifications.ts';
import { notFound, problem, uuidParam } from './problem.ts';
import { NOTIFICATION_TYPES } from './subscription-types.ts';
import type { CircleWorld, Subscription } from './world.ts';

const KNOWN_TYPES: readonly string[] = NOTIFICATION_TYPES;

function readEndpoint(body: Record<string, unknown>): string {
  const { endpoint } = body;
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint) || !/^https?:/.test(endpoint)) {
    throw problem(2, 'endpoint must be a URL.');
  }
  return endpoint;
}

/** Circle sends a HEAD request to an endpoint before it accepts it. Circle: webhook endpoints. */
async function checkEndpoint({ kernel }: CircleWorld, endpoint: string): Promise<void> {
  const { status } = await kernel.caller.call('HEAD', endpoint, {}, '');
  if (status < 200 || status > 299) {
    throw new Refusal(400, { code: 2, message: `The endpoint does not answer HEAD requests: ${endpoint}` });
  }
}

function readTypes(body: Record<string, unknown>): string[] {
  const { notificationTypes } = body;
  if (notificationTypes === undefined) return ['*'];
  const isList = Array.isArray(notificationTypes) && notificationTypes.length > 0;
  if (!isList || !notificationTypes.every((type) => KNOWN_TYPES.includes(type))) {
    throw problem(2, 'notificationTypes holds an unknown type.');
  }
  return notificationTypes as string[];
}

const answer = (status: number, data: unknown) => ({ status, body: { data } });

function createSubscription(world: CircleWorld, notifier: Notifier, { body }: SandboxRequest) {
  const { subscriptions, kernel } = world;
  const endpoint = readEndpoint(body);
  const notificationTypes = readTypes(body);
  const now = kernel.clock.iso();
  const subscription: Subscription = {
    id: randomUUID(),
    name: typeof body.name === 'string' ? body.name : endpoint,
    endpoint,
    enabled: body.enabled !== false,
    restricted: !notificationTypes.includes('*'),
    notificationTypes,
    createDate: now,
    updateDate: now,
  };
  subscriptions.insert(subscription);
  notifier.notify('webhooks.test', { hello: 'world' }, { only: subscription });
  // Circle: the configurations OpenAPI documents 200 here, not 201.
  return answer(200, subscription);
}

/** Routes of subscriptions and signing keys. */
export function subscriptionRoutes(world: CircleWorld, notifier: Notifier): Route[] {
  const { subscriptions, kernel } = world;
  const path = '/v2/notifications/subscriptions';
  const subscriptionOf = (params: Record<string, string>): Subscription => {
    const found = subscriptions.get(uuidParam(params));
    if (!found) throw notFound('Subscription not found.');
    return found;
  };
  return [
    {
      ...route('POST', path, 'circle.createSubscription', (request) =>
        createSubscription(world, notifier, request),
      ),
      prepare: ({ body }) => checkEndpoint(world, readEndpoint(body)),
    },
    route('GET', path, 'circle.listSubscriptions', () => answer(200, subscriptions.list())),
    route('GET', `${path}/:id`, 'circle.getSubscription', ({ params }) =>
      answer(200, subscriptionOf(params)),
    ),
    route('PATCH', `${path}/:id`, 'circle.updateSubscription', ({ params, body }) => {
      const found = subscriptionOf(params);
      const changed: Subscription = {
        ...found,
        ...(typeof body.name === 'string' ? { name: body.name } : {}),
        ...(typeof body.enabled === 'boolean' ? { enabled: body.enabled } : {}),
        ...(body.notificationTypes === undefined ? {} : { notificationTypes: readTypes(body) }),
        updateDate: kernel.clock.iso(),
      };
      return answer(200, subscriptions.put(changed));
    }),
    route('DELETE', `${path}/:id`, 'circle.deleteSubscription', ({ params }) => {
      subscriptions.delete(subscriptionOf(params).id);
      return { status: 204 };
    }),
    route('GET', '/v2/notifications/publicKey/:id', 'circle.getNotificationKey', ({ params }) => {
      const key = notifier.publicKey(uuidParam(params));
      if (!key) throw notFound('Public key not found.');
      return answer(200, key);
    }),
  ];
}
