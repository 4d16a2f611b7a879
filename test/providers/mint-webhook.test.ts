/** A Mint notification is believed only when SNS signed it with a certificate from a trusted host. */
import { randomUUID, sign } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { isTrustedHost, type SnsMessage, snsStringToSign } from '../../activities/providers/mint/sns.ts';
import { createMintWebhook, WebhookRejected } from '../../activities/providers/mint/webhook.ts';
import { selfSigned } from './self-signed.ts';

const DAY_MS = 86_400_000;
const now = Date.now();
const good = selfSigned(new Date(now - DAY_MS), new Date(now + DAY_MS));
const expired = selfSigned(new Date(now - 3 * DAY_MS), new Date(now - DAY_MS));

const asked: string[] = [];
let status = 200;
const server = http.createServer((request, response) => {
  asked.push(request.url ?? '');
  const pages: Record<string, string> = {
    '/good.pem': good.pem,
    '/expired.pem': expired.pem,
    '/confirm': '<ok/>',
  };
  const page = pages[(request.url ?? '').split('?')[0] ?? ''];
  if (request.url === '/elsewhere') response.writeHead(302, { location: '/confirm' }).end();
  else response.writeHead(page === undefined ? 404 : status).end(page);
});
let host: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked.length = 0;
  status = 200;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const transfer = {
  id: randomUUID(),
  source: { type: 'blockchain', chain: 'POLY' },
  destination: { type: 'wallet', id: '1000' },
  amount: { amount: '12.50', currency: 'USD' },
  transactionHash: '0xabc',
  status: 'complete',
  createDate: '2026-01-15T18:24:10.000Z',
};

function message(change: Partial<SnsMessage> = {}, key = good.privateKey): SnsMessage {
  const unsigned = {
    Type: 'Notification' as const,
    MessageId: randomUUID(),
    TopicArn: 'arn:aws:sns:us-east-1:908968368384:sandbox_platform-notifications-topic',
    Message: JSON.stringify({ clientId: randomUUID(), notificationType: 'transfers', version: 1, transfer }),
    Timestamp: '2026-01-15T18:24:11.000Z',
    SignatureVersion: '1' as const,
    SigningCertURL: `http://${host}/good.pem`,
    ...change,
  };
  const digest = unsigned.SignatureVersion === '1' ? 'sha1' : 'sha256';
  const Signature = sign(digest, Buffer.from(snsStringToSign({ ...unsigned, Signature: '-' })), key).toString(
    'base64',
  );
  return { ...unsigned, Signature };
}
const bytes = (body: unknown) => Buffer.from(JSON.stringify(body));
const webhookFor = (isOurTopic?: (topicArn: string) => Promise<boolean>) =>
  createMintWebhook({ snsCertificateHosts: [host], ...(isOurTopic === undefined ? {} : { isOurTopic }) });

test.each([['1'], ['2']] as const)(
  'a notification of signature version %s is read in our words',
  async (version) => {
    const sent = message({ SignatureVersion: version, Subject: 'about a transfer' });
    await expect(webhookFor().verify(bytes(sent))).resolves.toMatchObject({
      kind: 'notification',
      messageId: sent.MessageId,
      type: 'transfers',
      transfer: {
        id: transfer.id,
        direction: 'in',
        outcome: 'succeeded',
        amount: '12.50',
        chain: 'polygon',
        txHash: '0xabc',
      },
      payout: null,
      deposit: null,
    });
  },
);

test('a returned payout reads as returned, not as failed', async () => {
  const payout = {
    id: randomUUID(),
    destination: { type: 'wire', id: randomUUID() },
    amount: { amount: '100.00', currency: 'USD' },
    status: 'failed',
    errorCode: 'transaction_returned',
    return: { id: randomUUID(), reason: 'account closed', status: 'complete' },
    createDate: '2026-01-15T18:24:10.000Z',
  };
  const sent = message({ Message: JSON.stringify({ notificationType: 'payouts', payout }) });
  await expect(webhookFor().verify(bytes(sent))).resolves.toMatchObject({
    payout: { outcome: 'returned', returnReason: 'account closed' },
  });
});

test('a subscription is confirmed at the URL that SNS names', async () => {
  const webhook = webhookFor();
  const sent = message({
    Type: 'SubscriptionConfirmation',
    Token: 'token',
    SubscribeURL: `http://${host}/confirm?Token=token`,
  });
  const confirmation = await webhook.verify(bytes(sent));
  if (confirmation.kind !== 'confirmation') throw new Error('expected a confirmation');
  await webhook.confirm(confirmation);
  expect(asked).toEqual(['/good.pem', '/confirm?Token=token']);
});

test.each([
  ['a foreign host', 'http://127.0.0.1:1/confirm', WebhookRejected],
  ['a redirect', '/elsewhere', Error],
])('a confirmation never follows %s', async (_name, url, error) => {
  const subscribeUrl = url.startsWith('/') ? `http://${host}${url}` : url;
  const confirmation = { kind: 'confirmation', messageId: 'm', topicArn: 't', subscribeUrl } as const;
  await expect(webhookFor().confirm(confirmation)).rejects.toBeInstanceOf(error);
  expect(asked).not.toContain('/confirm');
});

test('any changed character of a signed field is refused', async () => {
  const sent = message();
  const webhook = webhookFor();
  await webhook.verify(bytes(sent));
  const fields = ['Message', 'MessageId', 'TopicArn', 'Timestamp', 'Signature', 'SignatureVersion'] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...fields),
      fc.nat(5_000),
      fc.constantFrom(...'aZ9{" \n='),
      async (field, at, by) => {
        const text = sent[field];
        const index = at % text.length;
        fc.pre(text[index] !== by);
        const forged = { ...sent, [field]: text.slice(0, index) + by + text.slice(index + 1) };
        await expect(webhook.verify(bytes(forged))).rejects.toBeInstanceOf(WebhookRejected);
      },
    ),
    { numRuns: 400 },
  );
});

test.each([
  ['an added subject', { Subject: 'injected' }],
  [
    'another kind of message',
    { Type: 'SubscriptionConfirmation', Token: 't', SubscribeURL: 'https://sns.x.amazonaws.com' },
  ],
])('%s is refused', async (_name, change) => {
  await expect(webhookFor().verify(bytes({ ...message(), ...change }))).rejects.toMatchObject({
    reason: 'bad_signature',
  });
});

test('a signature by another key is refused', async () => {
  await expect(webhookFor().verify(bytes(message({}, expired.privateKey)))).rejects.toMatchObject({
    reason: 'bad_signature',
  });
});

test('a certificate that has run out is refused', async () => {
  const sent = message({ SigningCertURL: `http://${host}/expired.pem` }, expired.privateKey);
  await expect(webhookFor().verify(bytes(sent))).rejects.toMatchObject({ reason: 'unknown_key' });
});

test('a certificate from a foreign host is not even fetched', async () => {
  const webhook = createMintWebhook({ snsCertificateHosts: ['sns.<region>.amazonaws.com'] });
  await expect(webhook.verify(bytes(message()))).rejects.toMatchObject({ reason: 'untrusted_host' });
  expect(asked).toEqual([]);
});

test('a certificate is fetched once', async () => {
  const webhook = webhookFor();
  await Promise.all(Array.from({ length: 10 }, () => webhook.verify(bytes(message()))));
  expect(asked).toEqual(['/good.pem']);
});

test('a flood of certificate names cannot make us hammer the host', async () => {
  const webhook = webhookFor();
  const flood = Array.from({ length: 200 }, (_, index) =>
    webhook.verify(bytes(message({ SigningCertURL: `http://${host}/${index}.pem` }))),
  );
  await Promise.allSettled(flood);
  expect(asked.length).toBeLessThanOrEqual(20);
});

test('an outage of the certificate host is Unavailable, so that SNS sends again', async () => {
  status = 503;
  const webhook = webhookFor();
  await expect(webhook.verify(bytes(message()))).rejects.toMatchObject({ name: 'Unavailable' });
  status = 200;
  await expect(webhook.verify(bytes(message()))).resolves.toBeDefined();
});

test('a topic that is not ours is refused, however well it is signed', async () => {
  const webhook = webhookFor(async () => false);
  await expect(webhook.verify(bytes(message()))).rejects.toMatchObject({ reason: 'untrusted_topic' });
});

test.each([['no JSON'], ['{}'], ['[]'], ['null']])('%s is refused as unreadable', async (text) => {
  await expect(webhookFor().verify(Buffer.from(text))).rejects.toMatchObject({ reason: 'unreadable' });
});

test.each([
  ['https://sns.us-east-1.amazonaws.com/x.pem', true],
  ['https://sns.cn-north-1.amazonaws.com.cn/x.pem', true],
  ['http://sns.us-east-1.amazonaws.com/x.pem', false],
  ['https://sns.us-east-1.amazonaws.com.evil.example/x.pem', false],
  ['https://evil.example/sns.us-east-1.amazonaws.com', false],
  ['https://sns.us-east-1.amazonaws.com@evil.example/', false],
  ['https://user:pass@sns.us-east-1.amazonaws.com/', false],
  ['https://sns.us-east-1.amazonaws.com:8443/', false],
  ['https://s3.us-east-1.amazonaws.com/', false],
  ['ftp://sns.us-east-1.amazonaws.com/', false],
  ['no url', false],
])('%s is trusted by the rule of AWS: %s', (url, expected) => {
  expect(isTrustedHost(url, ['sns.*.amazonaws.com'])).toBe(expected);
  expect(isTrustedHost(url, ['sns.<region>.amazonaws.com'])).toBe(expected);
});
