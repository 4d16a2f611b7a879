/** The request of an outgoing webhook: its signature as published, and where it refuses to go. */
import type { lookup } from 'node:dns';
import { postWebhook, signaturesOf, type WebhookRequest } from '../../activities/platform/webhook-request.ts';
import {
  newWebhookSecret,
  openWebhookSecret,
  sealWebhookSecret,
  secretBytes,
} from '../../db/platform/webhook-secret.ts';
import { retryAfterSeconds } from '../../domain/platform/webhook.ts';
import { type Receiver, startReceiver, verifies } from '../support/webhook-receiver.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.stop());

/** The example of the specification's reference libraries. */
const PUBLISHED = {
  messageId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  payload: '{"test": 2432232314}',
  secrets: [secretBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')],
};
const LOCAL = ['127.0.0.0/8', '::1/128'];

function message(change: Partial<WebhookRequest> = {}): WebhookRequest {
  const timestamp = Math.floor(Date.now() / 1000);
  return { ...PUBLISHED, timestamp, url: receiver.url, timeoutMs: 2_000, allowedNetworks: LOCAL, ...change };
}

/** A name server that answers this. */
const answering = (...addresses: string[]) =>
  ((_name: string, _options: object, callback: (error: null, found: object[]) => void) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as unknown as typeof lookup;

test('the signature is the published one', () => {
  expect(signaturesOf(PUBLISHED)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('a message arrives as it was signed', async () => {
  expect(await postWebhook(message())).toEqual({ status: 204, text: '', retryAfterSeconds: 0 });
  const [one] = receiver.received;
  expect(one && verifies(one, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toBe(true);
  expect(one?.body).toBe(PUBLISHED.payload);
});

test('a name that leads into a private network is refused when the connection is made', async () => {
  const { port } = new URL(receiver.url);
  const url = `https://hooks.example.com:${port}/`;
  for (const addresses of [
    ['127.0.0.1'],
    ['93.184.215.14', '10.0.0.1'],
    ['::1'],
    ['::ffff:169.254.169.254'],
  ]) {
    const request = message({ url, allowedNetworks: [], resolve: answering(...addresses) });
    await expect(postWebhook(request)).rejects.toThrow('The address is not on the public internet.');
  }
  expect(receiver.received).toEqual([]);
});

test('a name in an allowed network is connected to', async () => {
  const { port } = new URL(receiver.url);
  const request = message({ url: `http://hooks.example.com:${port}/`, resolve: answering('127.0.0.1') });
  expect((await postWebhook(request)).status).toBe(204);
});

test.each([
  ['an address of this machine', 'https://127.0.0.1:1/'],
  ['one in another form', 'https://0x7f000001:1/'],
  ['the metadata of a cloud', 'https://169.254.169.254/latest/meta-data'],
  ['this machine by name', 'https://localhost:1/'],
])('%s is refused before anything is sent', async (_what, url) => {
  await expect(postWebhook(message({ url, allowedNetworks: [] }))).rejects.toThrow(
    'not on the public internet',
  );
});

test('a redirect into a private network is answered, not followed', async () => {
  receiver.answer((response) => response.writeHead(307, { location: 'http://169.254.169.254/' }).end());
  expect((await postWebhook(message())).status).toBe(307);
  expect(receiver.received).toHaveLength(1);
});

test('an answer that never ends counts by its status once the time is over', async () => {
  receiver.answer((response) => void response.writeHead(200).write('so far'));
  expect(await postWebhook(message({ timeoutMs: 300 }))).toMatchObject({ status: 200, text: 'so far' });
});

test('nobody at the address is said in a sentence', async () => {
  const { url } = receiver;
  await receiver.stop();
  await expect(postWebhook(message({ url }))).rejects.toThrow('Nobody listens at the address.');
  receiver = await startReceiver();
});

test('pauses double up to the longest one, give or take a fifth', () => {
  const policy = { firstRetrySeconds: 5, longestRetrySeconds: 3600 };
  expect([1, 2, 3, 10, 11, 60].map((attempt) => retryAfterSeconds(policy, attempt, 0.5))).toEqual([
    5, 10, 20, 2560, 3600, 3600,
  ]);
  expect(retryAfterSeconds(policy, 1, 0)).toBe(4);
  expect(retryAfterSeconds(policy, 1, 1)).toBeCloseTo(6, 9);
  expect(retryAfterSeconds(policy, 1, 0.5, 60)).toBe(60);
  expect(retryAfterSeconds(policy, 1, 0.5, 1e9)).toBe(3600);
});

test('a sealed secret opens for its own endpoint alone', () => {
  const keys = { keys: new Map([['k1', new Uint8Array(32)]]), activeKeyId: 'k1' };
  const secret = newWebhookSecret();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const sealed = sealWebhookSecret(secret, 'one', keys);
  expect(sealed).not.toContain(secret.slice(6));
  expect(openWebhookSecret(sealed, 'one', keys)).toBe(secret);
  expect(() => openWebhookSecret(sealed, 'another', keys)).toThrow();
});
