/** What Circle reports: inbound transactions, subscriptions and the keys of their signatures. */
import type { CircleClient } from './client.ts';
import { toCircleTransaction } from './mapping.ts';
import { byId, type CirclePort, PAGE_SIZE } from './port.ts';
import * as schema from './schema.ts';

/** The verbs of this file for one client. */
export function notificationVerbs({
  sdk,
  network,
  request,
}: CirclePort): Pick<CircleClient, 'listInbound' | 'ensureSubscription' | 'notificationPublicKey'> {
  return {
    listInbound: async (input) => {
      const { transactions } = await request(
        'listInbound',
        'read',
        [schema.listInboundInput, input],
        schema.transactionsAnswer,
        ({ since, cursor, walletIds, state }) =>
          sdk.listTransactions({
            txType: 'INBOUND',
            from: since,
            order: 'ASC',
            // Without it Circle leaves out the tokens that it does not monitor: a customer who sent one is told so.
            includeAll: true,
            pageSize: PAGE_SIZE,
            ...(cursor === undefined ? {} : { pageAfter: cursor }),
            ...(walletIds === undefined ? {} : { walletIds }),
            ...(state === undefined ? {} : { state }),
          }),
      );
      return {
        transactions: transactions.map((transaction) => toCircleTransaction(network, transaction)),
        nextCursor: transactions.length < PAGE_SIZE ? null : (transactions.at(-1)?.id ?? null),
      };
    },
    ensureSubscription: async (endpoint) => {
      const given = [schema.endpointInput, { endpoint }] as const;
      const list = (): Promise<{ data?: unknown }> => sdk.listSubscriptions();
      const all = await request('ensureSubscription', 'read', given, schema.subscriptionsAnswer, list);
      const same = all.find((subscription) => subscription.endpoint === endpoint);
      if (same?.enabled) return { id: same.id, endpoint };
      const created = await request('ensureSubscription', 'write', given, schema.subscriptionAnswer, () =>
        same === undefined
          ? sdk.createSubscription({ endpoint })
          : sdk.updateSubscription({ id: same.id, name: 'sluice', enabled: true }),
      );
      return { id: created.id, endpoint: created.endpoint };
    },
    notificationPublicKey: (keyId) =>
      request('notificationPublicKey', 'read', byId(keyId), schema.publicKeyAnswer, (input) =>
        sdk.getNotificationSignature(input.id),
      ),
  };
}
