/** A wallet notification is believed only when Circle signed exactly these bytes with a key that Circle has. */
import { createSign, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { createCircleWebhook, WebhookRejected } from '../../activities/providers/circle/webhook.ts';
import { Refused, Unavailable } from '../../domain/provider-error.ts';

const config = {
  baseUrl: 'http://127.0.0.1:9',
  apiKey: 'k',
  entitySecret: '0'.repeat(64),
  network: 'testnet',
} as const;
const keyId = randomUUID();
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const der = (key: KeyObject) => key.export({ type: 'spki', format: 'der' }).toString('base64');

const transaction = {
  id: randomUUID(),
  blockchain: 'ETH-SEPOLIA',
  walletId: randomUUID(),
  tokenId: '5797fbd6-3795-519d-84ca-ec4c5f80c3b1',
  sourceAddress: '0xaa',
  destinationAddress: '0xbb',
  transactionType: 'INBOUND',
  custodyType: 'DEVELOPER',
  state: 'COMPLETE',
  amounts: ['3.14'],
  nfts: null,
  txHash: '0xcc',
  createDate: '2026-01-15T18:24:00Z',
  updateDate: '2026-01-15T18:24:09Z',
};
const notification = (change: object = {}, notificationType = 'transactions.inbound') =>
  Buffer.from(
    JSON.stringify({
      subscriptionId: randomUUID(),
      notificationId: randomUUID(),
      notificationType,
      notification: { ...transaction, ...change },
      timestamp: '2026-01-15T18:24:10Z',
      version: 2,
    }),
  );
const sign = (rawBody: Uint8Array, key: KeyObject = privateKey) =>
  createSign('SHA256').update(rawBody).sign(key, 'base64');

function createSource() {
  const asked: string[] = [];
  return {
    asked,
    notificationPublicKey: async (id: string) => {
      asked.push(id);
      if (id === keyId) return { id, algorithm: 'ECDSA_SHA_256', publicKey: der(publicKey) };
      throw new Refused('no such key', {
        provider: 'circle',
        operation: 'notificationPublicKey',
        code: '404',
        httpStatus: 404,
      });
    },
  };
}

test('a signed notification is read in our words', async () => {
  const rawBody = notification();
  const webhook = createCircleWebhook(config, createSource());
  const read = await webhook.verify({ rawBody, signature: sign(rawBody), keyId });
  expect(read).toMatchObject({
    type: 'transactions.inbound',
    at: '2026-01-15T18:24:10Z',
    transaction: {
      id: transaction.id,
      walletId: transaction.walletId,
      chain: 'ethereum',
      direction: 'inbound',
      state: 'complete',
      outcome: 'succeeded',
      amount: '3.14',
      txHash: '0xcc',
      source: '0xaa',
      destination: '0xbb',
      refId: null,
      errorReason: null,
    },
  });
});

test.each([
  ['CANCELED', 'canceled', 'failed'],
  ['CANCELLED', 'canceled', 'failed'],
  ['STUCK', 'stuck', 'pending'],
  ['WAITING', 'unknown', 'unknown'],
])('the state %s is %s for us and its outcome %s', async (state, ours, outcome) => {
  const rawBody = notification({ state });
  const webhook = createCircleWebhook(config, createSource());
  const read = await webhook.verify({ rawBody, signature: sign(rawBody), keyId });
  expect(read.transaction).toMatchObject({ state: ours, outcome, providerState: state });
});

test('a type that we do not know is believed and carries no transaction', async () => {
  const rawBody = notification({}, 'webhooks.test');
  const read = await createCircleWebhook(config, createSource()).verify({
    rawBody,
    signature: sign(rawBody),
    keyId,
  });
  expect(read).toMatchObject({ type: 'webhooks.test', transaction: null });
});

test('any changed byte of the body, the signature or the key id is refused', async () => {
  const rawBody = notification();
  const signature = sign(rawBody);
  // Its key look-up budget would hide the point here, so a verifier of its own takes each forged key id.
  const webhook = createCircleWebhook(config, createSource());
  const change = (bytes: Buffer, at: number, by: number) => {
    const copy = Buffer.from(bytes);
    const index = at % copy.length;
    copy[index] = ((copy[index] ?? 0) + by) % 256;
    return copy;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('body', 'signature', 'key id'),
      fc.nat(5_000),
      fc.integer({ min: 1, max: 255 }),
      async (part, at, by) => {
        const forged = {
          rawBody: part === 'body' ? change(rawBody, at, by) : rawBody,
          signature:
            part === 'signature'
              ? change(Buffer.from(signature, 'latin1'), at, by).toString('latin1')
              : signature,
          keyId: part === 'key id' ? change(Buffer.from(keyId, 'latin1'), at, by).toString('latin1') : keyId,
        };
        const verifier = part === 'key id' ? createCircleWebhook(config, createSource()) : webhook;
        await expect(verifier.verify(forged)).rejects.toBeInstanceOf(WebhookRejected);
      },
    ),
    { numRuns: 500 },
  );
});

test('a signature by another key is refused', async () => {
  const rawBody = notification();
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const webhook = createCircleWebhook(config, createSource());
  await expect(webhook.verify({ rawBody, signature: sign(rawBody, other), keyId })).rejects.toMatchObject({
    reason: 'bad_signature',
  });
});

test('a delivery without its headers is refused', async () => {
  const rawBody = notification();
  const webhook = createCircleWebhook(config, createSource());
  await expect(webhook.verify({ rawBody, signature: undefined, keyId })).rejects.toMatchObject({
    reason: 'missing_signature',
  });
  await expect(webhook.verify({ rawBody, signature: sign(rawBody), keyId: undefined })).rejects.toMatchObject(
    {
      reason: 'missing_signature',
    },
  );
});

test('signed bytes that are no notification are refused as unreadable', async () => {
  const rawBody = Buffer.from('{"hello":1}');
  const webhook = createCircleWebhook(config, createSource());
  await expect(webhook.verify({ rawBody, signature: sign(rawBody), keyId })).rejects.toMatchObject({
    reason: 'unreadable',
  });
});

describe('keys', () => {
  const rawBody = notification();
  const signature = sign(rawBody);

  test('a known key is fetched once, also by many deliveries at the same time', async () => {
    const source = createSource();
    const webhook = createCircleWebhook(config, source);
    await Promise.all(Array.from({ length: 20 }, () => webhook.verify({ rawBody, signature, keyId })));
    await webhook.verify({ rawBody, signature, keyId });
    expect(source.asked).toEqual([keyId]);
  });

  test('an unknown key is asked for once and then remembered', async () => {
    const source = createSource();
    const webhook = createCircleWebhook(config, source);
    const forged = randomUUID();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(webhook.verify({ rawBody, signature, keyId: forged })).rejects.toMatchObject({
        reason: 'unknown_key',
      });
    }
    expect(source.asked).toEqual([forged]);
  });

  test('a flood of invented key ids cannot hammer Circle, and known keys go on working', async () => {
    const source = createSource();
    const webhook = createCircleWebhook(config, source);
    await webhook.verify({ rawBody, signature, keyId });
    const flood = Array.from({ length: 500 }, () =>
      webhook.verify({ rawBody, signature, keyId: randomUUID() }),
    );
    const ends = await Promise.allSettled(flood);
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
    expect(source.asked.length).toBeLessThanOrEqual(20);
    await expect(webhook.verify({ rawBody, signature, keyId })).resolves.toMatchObject({
      type: 'transactions.inbound',
    });
  });

  test('an outage of Circle is not held against the key', async () => {
    const source = createSource();
    let isDown = true;
    const flaky = {
      notificationPublicKey: (id: string) => {
        if (!isDown) return source.notificationPublicKey(id);
        const facts = { provider: 'circle', operation: 'notificationPublicKey', code: '503' } as const;
        return Promise.reject(new Unavailable('down', facts));
      },
    };
    const webhook = createCircleWebhook(config, flaky);
    await expect(webhook.verify({ rawBody, signature, keyId })).rejects.toBeInstanceOf(Unavailable);
    isDown = false;
    await expect(webhook.verify({ rawBody, signature, keyId })).resolves.toBeDefined();
  });
});
