/** Signed webhooks of W3S. Circle: wallets docs, webhook notifications (v2) and signature verification. */
import { createPrivateKey, createSign, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { isCovered } from './subscription-types.ts';
import type { CircleWorld, Subscription, Transaction } from './world.ts';

type SigningKey = { id: string; privateKey: string; publicKey: string; createDate: string };

export type Notifier = {
  /** Tell every subscriber of this type. Call it inside the transaction of the change. */
  notify(
    type: string,
    notification: unknown,
    options?: { notificationId?: string; only?: Subscription },
  ): void;
  /** Tell about the present state of a transaction, if Circle tells about that state at all. */
  transactionChanged(transaction: Transaction): void;
  /** The public half of a signing key, as `/v2/notifications/publicKey/{id}` answers it. */
  publicKey(id: string): Record<string, string> | undefined;
  /** Sign with a new key from now on; the old one stays readable. Returns the new key's id. */
  rotate(): string;
};

/**
 * The states that are told. Circle: transactions-inbound, transactions-outbound; DENIED is not among them.
 */
const INBOUND = new Set(['CONFIRMED', 'COMPLETE']);
const OUTBOUND = new Set(['QUEUED', 'SENT', 'CONFIRMED', 'COMPLETE', 'CANCELLED', 'FAILED']);

function makeSigningKey(createDate: string): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { id: randomUUID(), privateKey, publicKey: publicKey.toString('base64'), createDate };
}

/** What `forge_event` sends: the amount is raised and the signature stays that of the true body. */
function forgeBody(body: string): string {
  return body.replace(/"amounts":\["(\d)/, '"amounts":["9$1').replace('"version":2', '"version":2 ');
}

/** Creates the notifier; its keys are kept in the store. */
export function createNotifier({ kernel, subscriptions }: CircleWorld): Notifier {
  const { store, clock, events } = kernel;
  let keys = store.keep('circle.notification_keys', () => [makeSigningKey(clock.iso())]);
  const parsed = new Map<string, KeyObject>();
  const sign = (body: string): Record<string, string> => {
    const key = keys.at(-1);
    if (!key) throw new Error('no signing key');
    const privateKey = parsed.get(key.id) ?? createPrivateKey(key.privateKey);
    parsed.set(key.id, privateKey);
    const signature = createSign('SHA256').update(body).sign(privateKey, 'base64');
    return {
      'content-type': 'application/json',
      'user-agent': 'CircleNotifications/2',
      'x-circle-signature': signature,
      'x-circle-key-id': key.id,
    };
  };
  const notifier: Notifier = {
    notify(type, notification, { notificationId = randomUUID(), only } = {}) {
      for (const subscription of only ? [only] : subscriptions.list()) {
        const isWanted = type === 'webhooks.test' || isCovered(subscription.notificationTypes, type);
        if (!subscription.enabled || !isWanted) continue;
        const body = JSON.stringify({
          subscriptionId: subscription.id,
          notificationId,
          notificationType: type,
          notification,
          timestamp: clock.iso(),
          version: 2,
        });
        const headers = sign(body);
        events.send({
          company: 'circle',
          type,
          url: subscription.endpoint,
          headers,
          body,
          facts: notification,
          forge: () => ({ headers, body: forgeBody(body) }),
        });
      }
    },
    transactionChanged(transaction) {
      const isInbound = transaction.transactionType === 'INBOUND';
      if (!(isInbound ? INBOUND : OUTBOUND).has(transaction.state)) return;
      // Circle's page on outbound webhooks spells this one state with a single L, the API with two.
      const state = transaction.state === 'CANCELLED' ? 'CANCELED' : transaction.state;
      notifier.notify(isInbound ? 'transactions.inbound' : 'transactions.outbound', {
        ...transaction,
        state,
      });
    },
    publicKey(id) {
      const key = keys.find((found) => found.id === id);
      if (!key) return undefined;
      return { id, algorithm: 'ECDSA_SHA_256', publicKey: key.publicKey, createDate: key.createDate };
    },
    rotate() {
      const key = makeSigningKey(clock.iso());
      keys = [...keys, key];
      store.replace('circle.notification_keys', keys);
      return key.id;
    },
  };
  return notifier;
}
