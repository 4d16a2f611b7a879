/**
 * Circle's signed webhooks from the sandbox: subscriptions, signatures, retries, and events that misbehave.
 */
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import {
  FEE,
  isSignedByCircle,
  type Receiver,
  SOMEBODY,
  startReceiver,
  startWorld,
  USDC_SEPOLIA,
  type World,
} from './circle-world.ts';

let world: World;
let receiver: Receiver;
let subscriptionId: string;
beforeAll(async () => {
  world = await startWorld();
  receiver = await startReceiver();
  const { data } = await world.wallets.createSubscription({ endpoint: receiver.url });
  subscriptionId = data!.id!;
  await eventually('the test event', () => receiver.received.length === 1);
});
afterAll(async () => {
  await world.sandbox.stop();
  await receiver.close();
});
afterEach(async () => {
  await world.control('DELETE', '/control/faults');
  receiver.received.length = 0;
});

const inboundStates = () => receiver.received.map(({ json }) => json.notification.state);
const fault = (kind: string, more: object = {}) =>
  world.control('POST', '/control/faults', {
    operation: 'circle.event.transactions.inbound',
    kind,
    count: 1,
    ...more,
  });

test('a new subscription begins with a test event, after a HEAD request to the endpoint', async () => {
  const other = await startReceiver();
  const { data } = await world.wallets.createSubscription({ endpoint: other.url });
  await eventually('the test event', () => other.received.length === 1);
  expect(other.received[0]!.json).toMatchObject({
    notificationType: 'webhooks.test',
    version: 2,
    subscriptionId: data!.id,
  });
  await world.wallets.deleteSubscription(data!.id!);
  await other.close();
});

test('an endpoint that does not answer is refused', async () => {
  const dead = await startReceiver();
  await dead.close();
  await expect(world.wallets.createSubscription({ endpoint: dead.url })).rejects.toMatchObject({
    status: 400,
  });
  const types = { endpoint: receiver.url, notificationTypes: ['nonsense'] };
  await expect(world.wallets.createSubscription(types as never)).rejects.toMatchObject({ code: 2 });
});

test('a deposit is told as CONFIRMED and COMPLETE, each signed over its raw body', async () => {
  const wallet = await world.wallet();
  const hash = await world.deposit(wallet.address, '3.14');
  await eventually('two events', () => receiver.received.length === 2);
  expect(inboundStates().sort()).toEqual(['COMPLETE', 'CONFIRMED']);
  for (const event of receiver.received) {
    expect(event.json).toMatchObject({
      subscriptionId,
      notificationType: 'transactions.inbound',
      version: 2,
      notification: {
        walletId: wallet.id,
        tokenId: USDC_SEPOLIA,
        amounts: ['3.14'],
        txHash: hash,
        nfts: null,
      },
    });
    expect(await isSignedByCircle(world, event)).toBe(true);
    expect(await isSignedByCircle(world, { ...event, raw: Buffer.from(`${event.raw} `) })).toBe(false);
  }
});

test('a transfer out is told as QUEUED, SENT, CONFIRMED, COMPLETE', async () => {
  const wallet = await world.wallet('ETH-SEPOLIA', '5');
  await eventually('the deposit', () => receiver.received.length === 2);
  const { data } = await world.wallets.createTransaction({
    walletId: wallet.id,
    tokenId: USDC_SEPOLIA,
    destinationAddress: SOMEBODY,
    amount: ['1'],
    fee: FEE,
    refId: 'r-1',
  });
  await eventually('all events', () => receiver.received.length === 6);
  const events = receiver.received.filter(({ json }) => json.notification.id === data!.id);
  expect(events.map(({ json }) => json.notification.state).sort()).toEqual([
    'COMPLETE',
    'CONFIRMED',
    'QUEUED',
    'SENT',
  ]);
  expect(events.every(({ json }) => json.notificationType === 'transactions.outbound')).toBe(true);
  expect(events.every(({ json }) => json.notification.refId === 'r-1')).toBe(true);
});

test('a canceled transfer is told as CANCELED, as Circle spells it there', async () => {
  const wallet = await world.wallet();
  const { data } = await world.wallets.createTransaction({
    walletId: wallet.id,
    tokenId: USDC_SEPOLIA,
    destinationAddress: SOMEBODY,
    amount: ['66.65'],
    fee: FEE,
  });
  await world.wallets.cancelTransaction({ id: data!.id });
  await eventually('the event', () => inboundStates().includes('CANCELED'));
});

test('what is not answered with 2xx comes again under the same notificationId', async () => {
  receiver.answers.push(500, 503);
  const wallet = await world.wallet();
  await world.deposit(wallet.address, '1');
  await eventually('four deliveries', () => receiver.received.length === 4);
  const ids = receiver.received.map(({ json }) => json.notificationId);
  expect(new Set(ids).size).toBe(2);
});

test('a duplicated event comes twice with one id', async () => {
  await fault('duplicate_event');
  const wallet = await world.wallet();
  await world.deposit(wallet.address, '1');
  await eventually('three deliveries', () => receiver.received.length === 3);
  expect(new Set(receiver.received.map(({ json }) => json.notificationId)).size).toBe(2);
});

test('a reordered event arrives after the one that followed it', async () => {
  await fault('reorder_events');
  const wallet = await world.wallet();
  await world.deposit(wallet.address, '1');
  await eventually('both', () => receiver.received.length === 2);
  expect(inboundStates()).toEqual(['COMPLETE', 'CONFIRMED']);
});

test('a dropped event never comes, and the list of events says so', async () => {
  await fault('drop_event');
  const wallet = await world.wallet();
  await world.deposit(wallet.address, '1');
  await eventually('the other one', () => receiver.received.length === 1);
  expect(inboundStates()).toEqual(['COMPLETE']);
  const { body } = await world.control('GET', '/control/events?company=circle&limit=2');
  expect(body.data.map(({ state }: { state: string }) => state).sort()).toEqual(['delivered', 'dropped']);
});

test('a forged event carries more money and a signature that does not fit', async () => {
  await fault('forge_event');
  const wallet = await world.wallet();
  await world.deposit(wallet.address, '1');
  await eventually('three', () => receiver.received.length === 3);
  const valid = await Promise.all(receiver.received.map((event) => isSignedByCircle(world, event)));
  expect(valid.filter(Boolean)).toHaveLength(2);
  const forged = receiver.received[valid.indexOf(false)]!;
  expect(forged.json.notification.amounts).toEqual(['91']);
});

test('a forged event under an unknown key finds no public key', async () => {
  const keyId = randomUUID();
  await world.control('POST', '/control/circle/events/forge', {
    key_id: keyId,
    notification: { id: randomUUID() },
  });
  await eventually('it came', () => receiver.received.length === 1);
  expect(receiver.received[0]!.headers['x-circle-key-id']).toBe(keyId);
  await expect(world.wallets.getNotificationSignature(keyId)).rejects.toMatchObject({ status: 404 });
});

test('after a rotation new events name another key, and the old key stays readable', async () => {
  const wallet = await world.wallet();
  await world.deposit(wallet.address, '1');
  await eventually('two', () => receiver.received.length === 2);
  const { body } = await world.control('POST', '/control/circle/events/rotate_key');
  await world.deposit(wallet.address, '2');
  await eventually('four', () => receiver.received.length === 4);
  const keys = receiver.received.map(({ headers }) => headers['x-circle-key-id']);
  expect(keys.slice(2)).toEqual([body.key_id, body.key_id]);
  expect(keys[0]).not.toBe(body.key_id);
  for (const event of receiver.received) expect(await isSignedByCircle(world, event)).toBe(true);
});

test('a subscription is narrowed, disabled and deleted', async () => {
  const other = await startReceiver();
  const input = { endpoint: other.url, notificationTypes: ['transactions.outbound'] };
  const { data } = await world.wallets.createSubscription(input as never);
  await eventually('the test event', () => other.received.length === 1);
  const wallet = await world.wallet();
  await world.deposit(wallet.address, '1');
  await eventually('the wide subscription heard it', () => receiver.received.length === 2);
  expect(other.received).toHaveLength(1);
  const id = data!.id!;
  await world.wallets.updateSubscription({ id, name: 'narrow', enabled: false });
  expect((await world.wallets.getSubscription(id)).data).toMatchObject({
    name: 'narrow',
    enabled: false,
    restricted: true,
  });
  await world.wallets.deleteSubscription(id);
  await expect(world.wallets.getSubscription(id)).rejects.toMatchObject({ status: 404 });
  await other.close();
});

test('an event can be sent and repeated by hand', async () => {
  const notification = { id: randomUUID(), state: 'COMPLETE', amounts: ['1'] };
  const { body } = await world.control('POST', '/control/circle/events/send', { notification });
  await eventually('it came', () => receiver.received.length === 1);
  expect(receiver.received[0]!.json).toMatchObject({ notificationId: body.notification_id, notification });
  expect(await isSignedByCircle(world, receiver.received[0]!)).toBe(true);
});
