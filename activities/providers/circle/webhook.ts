/** Verifies Circle's wallet notifications and puts them into our words. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import { ProviderError } from '../../../domain/provider-error.ts';
import { createKeyCache } from '../key-cache.ts';
import { WebhookRejected } from '../webhook-rejected.ts';
import { type CircleClient, type CircleConfig, createCircleClient } from './client.ts';
import { type CircleTransaction, toCircleTransaction } from './mapping.ts';
import { wireTransaction } from './schema.ts';

export { WebhookRejected } from '../webhook-rejected.ts';

/** What Circle told us. */
interface CircleNotification {
  /** The same for every delivery of one event: the key to count it once. */
  readonly notificationId: string;
  /** Such as `transactions.inbound`. */
  readonly type: string;
  /** Null for other types, and for a transaction that cannot be read (the raw body is what to review then). */
  readonly transaction: CircleTransaction | null;
  /** When Circle sent it. */
  readonly at: string;
}

/** What a delivery consists of: the body exactly as received, and two headers. */
interface CircleDelivery {
  readonly rawBody: Uint8Array;
  /** `X-Circle-Signature`: base64 of a DER-encoded ECDSA signature. */
  readonly signature: string | undefined;
  /** `X-Circle-Key-Id`. */
  readonly keyId: string | undefined;
}

/** Verifies deliveries. */
export interface CircleWebhook {
  /**
   * Believes a delivery or rejects it.
   * @throws WebhookRejected for a forged or damaged one; a provider error when Circle's key cannot be fetched
   * now (answer 503: Circle sends again).
   */
  verify(delivery: CircleDelivery): Promise<CircleNotification>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_SIGNATURE = 256;

const envelope = z.object({
  notificationId: z.string().min(1).max(128),
  notificationType: z.string().min(1).max(128),
  notification: z.unknown().optional(),
  timestamp: z.string().min(1).max(64),
});

/**
 * The verifier for one Circle account. Keys are fetched once by their id with our API key, never taken from the
 * request. Circle: verify-webhook-signatures (ECDSA_SHA_256 over the raw bytes).
 */
export function createCircleWebhook(
  config: CircleConfig,
  source: Pick<CircleClient, 'notificationPublicKey'> = createCircleClient(config),
): CircleWebhook {
  const findKey = createKeyCache<KeyObject>({ provider: 'circle', load: (keyId) => loadKey(source, keyId) });
  return {
    verify: async ({ rawBody, signature, keyId }) => {
      if (signature === undefined || keyId === undefined) throw new WebhookRejected('missing_signature');
      if (!UUID.test(keyId)) throw new WebhookRejected('unknown_key');
      const bytes = decodeBase64(signature);
      if (bytes === null) throw new WebhookRejected('bad_signature');
      const key = await findKey(keyId);
      if (key === null) throw new WebhookRejected('unknown_key');
      if (!verify('sha256', rawBody, key, bytes)) throw new WebhookRejected('bad_signature');
      return parse(config, rawBody);
    },
  };
}

async function loadKey(
  source: Pick<CircleClient, 'notificationPublicKey'>,
  keyId: string,
): Promise<KeyObject | null> {
  try {
    const { publicKey } = await source.notificationPublicKey(keyId);
    return createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  } catch (error) {
    // Whatever Circle answers to an id that it does not know, it is no key; credentials and outages are not that.
    const isUnknown =
      error instanceof ProviderError && (error.httpStatus === 404 || error.httpStatus === 400);
    if (isUnknown) return null;
    throw error;
  }
}

/** Base64 in its one canonical form; Node's own decoder would skip over foreign characters. */
function decodeBase64(text: string): Buffer | null {
  if (text.length === 0 || text.length > MAX_SIGNATURE) return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

function parse(config: CircleConfig, rawBody: Uint8Array): CircleNotification {
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(rawBody).toString('utf8'));
  } catch {
    throw new WebhookRejected('unreadable');
  }
  const outer = envelope.safeParse(body);
  if (!outer.success) throw new WebhookRejected('unreadable');
  const { notificationId, notificationType, notification, timestamp } = outer.data;
  const transaction = notificationType.startsWith('transactions.')
    ? wireTransaction.safeParse(notification)
    : undefined;
  return {
    notificationId,
    type: notificationType,
    transaction: transaction?.success ? toCircleTransaction(config.network, transaction.data) : null,
    at: timestamp,
  };
}
