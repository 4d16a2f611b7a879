/**
 * No changed delivery is believed, however many are tried: `FORGERIES=1000000` tries a million at each verifier.
 *
 * A run prints its seed; `CHAOS_SEED=<seed>` forges the same again.
 */
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCircleWebhook } from '../../activities/providers/circle/webhook.ts';
import { snsStringToSign } from '../../activities/providers/mint/sns.ts';
import { createMintWebhook, WebhookRejected } from '../../activities/providers/mint/webhook.ts';
import { randomFrom } from '../../chaos/random.ts';
import { Refused, Unavailable } from '../../domain/provider-error.ts';
import { selfSigned } from '../providers/self-signed.ts';
import { type CircleDelivery, type Envelope, forgedCircle, forgedMint, twinOf } from './forgeries.ts';

const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const COUNT = Number(process.env.FORGERIES ?? 40_000);
const MINUTES = 60_000;

/** What a verifier made of one delivery: believed, or why not. Anything but a refusal or an outage is a defect. */
async function outcomeOf(verification: Promise<unknown>): Promise<unknown> {
  try {
    return await verification;
  } catch (error) {
    if (error instanceof WebhookRejected) return error.reason;
    if (error instanceof Unavailable) return 'unavailable';
    throw error;
  }
}

describe('Circle', () => {
  const keys = new Map<string, KeyObject>();
  const deliver = (keyId: string, key: KeyObject, change: object): CircleDelivery => {
    const rawBody = Buffer.from(
      JSON.stringify({
        subscriptionId: randomUUID(),
        notificationId: randomUUID(),
        notificationType: 'transactions.inbound',
        notification: {
          id: randomUUID(),
          blockchain: 'ETH-SEPOLIA',
          walletId: randomUUID(),
          tokenId: '5797fbd6-3795-519d-84ca-ec4c5f80c3b1',
          transactionType: 'INBOUND',
          custodyType: 'DEVELOPER',
          amounts: ['3.14'],
          txHash: '0xcc',
          createDate: '2026-01-15T18:24:00Z',
          updateDate: '2026-01-15T18:24:09Z',
          ...change,
        },
        timestamp: '2026-01-15T18:24:10Z',
        version: 2,
      }),
    );
    return { rawBody, signature: sign('sha256', rawBody, key).toString('base64'), keyId };
  };
  const genuine = [0, 1].flatMap(() => {
    const keyId = randomUUID();
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    keys.set(keyId, publicKey);
    return ['CONFIRMED', 'COMPLETE', 'FAILED'].map((state) => deliver(keyId, privateKey, { state }));
  });
  const webhook = createCircleWebhook(
    { baseUrl: 'http://127.0.0.1:9', apiKey: 'k', entitySecret: '0'.repeat(64), network: 'testnet' },
    {
      notificationPublicKey: async (id) => {
        const key = keys.get(id);
        const facts = { provider: 'circle', operation: 'notificationPublicKey', code: '404' } as const;
        if (!key) throw new Refused('no such key', { ...facts, httpStatus: 404 });
        const publicKey = key.export({ type: 'spki', format: 'der' }).toString('base64');
        return { id, algorithm: 'ECDSA_SHA_256', publicKey };
      },
    },
  );
  const isGenuine = (delivery: CircleDelivery) =>
    genuine.some(
      ({ rawBody, signature, keyId }) =>
        rawBody.equals(delivery.rawBody) && signature === delivery.signature && keyId === delivery.keyId,
    );

  test(
    `${COUNT} forgeries (seed ${SEED})`,
    async () => {
      for (const delivery of genuine) expect(await webhook.verify(delivery)).toHaveProperty('transaction');
      const random = randomFrom(SEED);
      const reasons = new Set<unknown>();
      for (let tried = 0; tried < COUNT; tried += 1) {
        const forged = forgedCircle(random, genuine);
        if (isGenuine(forged)) continue;
        const outcome = await outcomeOf(webhook.verify(forged));
        if (typeof outcome !== 'string')
          throw new Error(`number ${tried} was believed: ${JSON.stringify(forged)}`);
        reasons.add(outcome);
      }
      expect([...reasons]).toEqual(expect.arrayContaining(['bad_signature', 'unknown_key']));
      for (const delivery of genuine) expect(await webhook.verify(delivery)).toHaveProperty('transaction');
    },
    30 * MINUTES,
  );

  test('the twin that ECDSA admits for each signature says the same under the same id', async () => {
    for (const delivery of genuine) {
      const twin = { ...delivery, signature: twinOf(delivery.signature) };
      expect(await webhook.verify(twin)).toEqual(await webhook.verify(delivery));
    }
  });
});

describe('Mint', () => {
  const certificate = selfSigned(new Date(Date.now() - 86_400_000), new Date(Date.now() + 86_400_000));
  const server = http.createServer((request, response) => {
    const isThere = request.url?.split('?')[0] === '/cert.pem';
    response.writeHead(isThere ? 200 : 404).end(isThere ? certificate.pem : undefined);
  });
  let host: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const envelope = (change: { Subject?: string; SignatureVersion?: '1' | '2' }): Envelope => {
    const transfer = {
      id: randomUUID(),
      source: { type: 'blockchain', chain: 'POLY' },
      destination: { type: 'wallet', id: '1000' },
      amount: { amount: '12.50', currency: 'USD' },
      transactionHash: '0xabc',
      status: 'complete',
      createDate: '2026-01-15T18:24:10.000Z',
    };
    const unsigned = {
      Type: 'Notification' as const,
      MessageId: randomUUID(),
      TopicArn: 'arn:aws:sns:us-east-1:908968368384:platform-notifications-topic',
      Message: JSON.stringify({
        clientId: randomUUID(),
        notificationType: 'transfers',
        version: 1,
        transfer,
      }),
      Timestamp: '2026-01-15T18:24:11.000Z',
      SignatureVersion: '1' as '1' | '2',
      SigningCertURL: `http://${host}/cert.pem`,
      ...change,
    };
    const digest = unsigned.SignatureVersion === '1' ? 'sha1' : 'sha256';
    const text = Buffer.from(snsStringToSign({ ...unsigned, Signature: '-' }));
    return { ...unsigned, Signature: sign(digest, text, certificate.privateKey).toString('base64') };
  };
  const bytes = (body: Envelope) => Buffer.from(JSON.stringify(body));

  test(
    `${COUNT} forgeries (seed ${SEED})`,
    async () => {
      const webhook = createMintWebhook({ snsCertificateHosts: [host] });
      const genuine = [
        envelope({}),
        envelope({ SignatureVersion: '2' }),
        envelope({ Subject: 'about a transfer' }),
        envelope({ Subject: 'about another one', SignatureVersion: '2' }),
      ];
      const told = new Set<string>();
      for (const one of genuine) told.add(JSON.stringify(await webhook.verify(bytes(one))));
      const random = randomFrom(SEED);
      const reasons = new Set<unknown>();
      for (let tried = 0; tried < COUNT; tried += 1) {
        const forged = forgedMint(random, genuine);
        const outcome = await outcomeOf(webhook.verify(forged));
        // What is not signed (spaces between fields, say) may change; what we hear of it may not.
        if (typeof outcome === 'string') reasons.add(outcome);
        else if (!told.has(JSON.stringify(outcome)))
          throw new Error(`number ${tried} was believed: ${forged}`);
      }
      expect([...reasons]).toEqual(expect.arrayContaining(['bad_signature', 'unreadable', 'untrusted_host']));
    },
    30 * MINUTES,
  );

  test('a field that swallows its neighbour is not the same event under another id', async () => {
    const webhook = createMintWebhook({ snsCertificateHosts: [host] });
    const { Subject, ...genuine } = envelope({ Subject: 'about a transfer' });
    const forged = { ...genuine, MessageId: `${genuine.MessageId}\nSubject\n${Subject}` };
    await expect(webhook.verify(bytes(forged))).rejects.toMatchObject({ reason: 'unreadable' });
  });
});
