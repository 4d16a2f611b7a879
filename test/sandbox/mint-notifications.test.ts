/**
 * Circle Mint's notifications from the sandbox: SNS subscriptions, confirmation, signatures, misbehaving
 * events.
 */
import { X509Certificate } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import {
  isSignedBySns,
  type Json,
  type Receiver,
  startReceiver,
  startWorld,
  type World,
} from './circle-world.ts';

let world: World;
let receiver: Receiver;
beforeAll(async () => {
  world = await startWorld();
  receiver = await startReceiver();
});
afterAll(async () => {
  await world.sandbox.stop();
  await receiver.close();
});

const content = (index: number): Json => JSON.parse(receiver.received[index]!.json.Message);
const credit = async (amount: string): Promise<string> => {
  const body = { idempotencyKey: crypto.randomUUID(), currency: 'USD', chain: 'ETH' };
  const { data } = await world.mint.addresses.createBusinessDepositAddress(body as never);
  return world.deposit(data.data!.address!, amount);
};
const details = async (): Promise<Json> => (await world.mint.subscriptions.listSubscriptions()).data.data;

test('a subscription is pending until its signed SubscribeURL is visited', async () => {
  const { data } = await world.mint.subscriptions.createSubscription({ endpoint: receiver.url });
  expect(data.data).toMatchObject({ endpoint: receiver.url, subscriptionDetails: [{ status: 'pending' }] });
  await eventually('the request to confirm', () => receiver.received.length === 1);
  const [request] = receiver.received;
  expect(request!.headers['x-amz-sns-message-type']).toBe('SubscriptionConfirmation');
  expect(request!.json).toMatchObject({
    Type: 'SubscriptionConfirmation',
    SignatureVersion: '2',
    Token: expect.any(String),
  });
  expect(await isSignedBySns(request!)).toBe(true);

  const hash = await credit('1');
  await eventually('credited without a word', async () => {
    const { data: list } = await world.mint.transfers.listBusinessTransfers();
    return list.data!.some((found) => found.transactionHash === hash && found.status === 'complete');
  });
  expect((await fetch(request!.json.SubscribeURL)).status).toBe(200);
  expect((await details())[0].subscriptionDetails[0].status).toBe('confirmed');
  expect(receiver.received).toHaveLength(1);
  receiver.received.length = 0;
});

test('a credit is told as pending and complete, signed with the named certificate', async () => {
  const hash = await credit('25');
  await eventually('both', () => receiver.received.length >= 2);
  const statuses = receiver.received.map((_, index) => content(index).transfer.status);
  expect(statuses.sort()).toEqual(['complete', 'pending']);
  for (const [index, message] of receiver.received.entries()) {
    expect(content(index)).toMatchObject({
      notificationType: 'transfers',
      version: 1,
      transfer: { transactionHash: hash },
    });
    expect(content(index).customAttributes.clientId).toBe(content(index).clientId);
    expect(await isSignedBySns(message)).toBe(true);
    const changed = {
      ...message,
      json: { ...message.json, Message: message.json.Message.replace('25', '99') },
    };
    expect(await isSignedBySns(changed)).toBe(false);
  }
});

test('the certificate is a valid self-signed X.509 certificate', async () => {
  const pem = await (await fetch(receiver.received[0]!.json.SigningCertURL)).text();
  const certificate = new X509Certificate(pem);
  expect(certificate.subject).toBe('CN=sns.amazonaws.com');
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now());
});

test('signature version 1 can be chosen', async () => {
  receiver.received.length = 0;
  await world.control('PATCH', '/control/settings', { 'mint.sns_signature_version': '1' });
  await credit('3');
  await eventually('both', () => receiver.received.length >= 2);
  expect(receiver.received[0]!.json.SignatureVersion).toBe('1');
  expect(await isSignedBySns(receiver.received[0]!)).toBe(true);
  await world.control('PATCH', '/control/settings', { 'mint.sns_signature_version': '2' });
});

test('a forged notification raises the amount and fails the check', async () => {
  receiver.received.length = 0;
  await world.control('POST', '/control/faults', {
    operation: 'mint.event.transfers',
    kind: 'forge_event',
    count: 1,
  });
  await credit('3');
  await eventually('three', () => receiver.received.length >= 3);
  const valid = await Promise.all(receiver.received.map(isSignedBySns));
  expect(valid.filter((isValid) => !isValid)).toHaveLength(1);
  expect(content(valid.indexOf(false)).transfer.amount.amount).toBe('93.00');
});

test('a notification that is not taken comes again under the same MessageId', async () => {
  receiver.received.length = 0;
  receiver.answers.push(500);
  await world.control('POST', '/control/mint/events/send', { type: 'payouts', content: { id: 'x' } });
  await eventually('twice', () => receiver.received.length === 2);
  expect(receiver.received[0]!.json.MessageId).toBe(receiver.received[1]!.json.MessageId);
  expect(content(1)).toMatchObject({ notificationType: 'payouts', payout: { id: 'x' } });
});

test('three subscriptions at most; a confirmed one can be deleted', async () => {
  for (const path of ['/b', '/c']) {
    await world.mint.subscriptions.createSubscription({ endpoint: receiver.url.replace('/hook', path) });
  }
  const fourth = world.mint.subscriptions.createSubscription({ endpoint: receiver.url });
  await expect(fourth).rejects.toMatchObject({ response: { status: 429 } });
  const [confirmed, pending] = await details();
  await expect(world.mint.subscriptions.deleteSubscription(pending.id)).rejects.toMatchObject({
    response: { status: 400 },
  });
  await world.mint.subscriptions.deleteSubscription(confirmed.id);
  expect((await details()).map(({ id }: Json) => id)).not.toContain(confirmed.id);
});
