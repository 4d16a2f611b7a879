/**
 * W3S in the sandbox as a client in another language sees it: status codes and field types of each answer.
 */
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import {
  type Json,
  type Receiver,
  SOMEBODY,
  startReceiver,
  startWorld,
  USDC_SEPOLIA,
  type World,
} from './circle-world.ts';

// Circle's Python client is generated from the OpenAPI documents and reads a body only under the status
// that they
// name, with every required field present and every enum known. These tests hold the same expectations.
let world: World;
let receiver: Receiver;
let walletId: string;
beforeAll(async () => {
  world = await startWorld();
  receiver = await startReceiver();
  walletId = (await world.wallet('ETH-SEPOLIA', '100')).id;
});
afterAll(async () => {
  await world.sandbox.stop();
  await receiver.close();
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const uuid = expect.stringMatching(UUID);
const time = expect.stringMatching(TIME);
const secured = async (body: object) => ({
  idempotencyKey: randomUUID(),
  entitySecretCiphertext: await world.ciphertext(),
  ...body,
});
const post = async (path: string, body: object) => world.wire('circle', 'POST', path, await secured(body));

test('the public key is a PEM of an RSA key', async () => {
  const { status, body } = await world.wire('circle', 'GET', '/v1/w3s/config/entity/publicKey');
  expect(status).toBe(200);
  expect(body.data.publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
});

test('wallet sets and wallets carry all required fields', async () => {
  const set = await post('/v1/w3s/developer/walletSets', { name: 'wire' });
  const { walletSet } = set.body.data;
  expect([set.status, walletSet]).toEqual([
    201,
    { id: uuid, custodyType: 'DEVELOPER', name: 'wire', createDate: time, updateDate: time },
  ]);
  const wallets = await post('/v1/w3s/developer/wallets', {
    walletSetId: walletSet.id,
    blockchains: ['ETH-SEPOLIA', 'SOL-DEVNET'],
    count: 2,
    metadata: [
      { name: 'a', refId: 'r1' },
      { name: 'b', refId: 'r2' },
    ],
  });
  expect(wallets.status).toBe(201);
  expect(wallets.body.data.wallets).toHaveLength(4);
  for (const wallet of wallets.body.data.wallets) {
    expect(wallet).toEqual({
      id: uuid,
      address: expect.any(String),
      blockchain: expect.stringMatching(/^(ETH-SEPOLIA|SOL-DEVNET)$/),
      createDate: time,
      updateDate: time,
      custodyType: 'DEVELOPER',
      state: 'LIVE',
      walletSetId: walletSet.id,
      name: expect.any(String),
      refId: expect.any(String),
      accountType: 'EOA',
    });
  }
});

test('smart contract wallets name their core and need no gas', async () => {
  const set = await post('/v1/w3s/developer/walletSets', { name: 'sca' });
  const { body } = await post('/v1/w3s/developer/wallets', {
    walletSetId: set.body.data.walletSet.id,
    blockchains: ['BASE-SEPOLIA'],
    accountType: 'SCA',
  });
  expect(body.data.wallets[0]).toMatchObject({ accountType: 'SCA', scaCore: 'circle_6900_singleowner_v3' });
});

test('a transfer answers id and state alone, and is read with all required fields', async () => {
  const { status, body } = await post('/v1/w3s/developer/transactions/transfer', {
    walletId,
    tokenId: USDC_SEPOLIA,
    destinationAddress: SOMEBODY,
    amounts: ['3.14'],
    feeLevel: 'MEDIUM',
  });
  expect([status, body]).toEqual([201, { data: { id: uuid, state: 'INITIATED' } }]);
  const transaction = await eventually('complete', async () => {
    const answer = await world.wire('circle', 'GET', `/v1/w3s/transactions/${body.data.id}`);
    return answer.body.data.transaction.state === 'COMPLETE' ? answer.body.data.transaction : undefined;
  });
  expect(transaction).toMatchObject({
    id: body.data.id,
    createDate: time,
    updateDate: time,
    firstConfirmDate: time,
    nfts: null,
  });
  for (const amount of transaction.amounts) expect(amount).toEqual(expect.any(String));
  expect(Object.keys(transaction)).not.toContain('units');
});

test('a transfer without a fee level or gas limit is refused', async () => {
  const body = { walletId, tokenId: USDC_SEPOLIA, destinationAddress: SOMEBODY, amounts: ['1'] };
  expect(await post('/v1/w3s/developer/transactions/transfer', body)).toMatchObject({
    status: 400,
    body: { code: 155231 },
  });
});

test('a body that is no JSON is refused and changes nothing', async () => {
  const { base_url, api_key } = world.sandbox.credentials.circle!;
  const headers = { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' };
  const answer = await fetch(`${base_url}/v1/w3s/developer/walletSets`, {
    method: 'POST',
    headers,
    body: '{"name":',
  });
  expect([answer.status, ((await answer.json()) as Json).code]).toEqual([400, 2]);
});

test('subscriptions answer 200, and list as an array', async () => {
  const path = '/v2/notifications/subscriptions';
  const created = await world.wire('circle', 'POST', path, { endpoint: receiver.url });
  expect([created.status, created.body.data]).toEqual([
    200,
    {
      id: uuid,
      name: receiver.url,
      endpoint: receiver.url,
      enabled: true,
      restricted: false,
      notificationTypes: ['*'],
      createDate: time,
      updateDate: time,
    },
  ]);
  expect((await world.wire('circle', 'GET', path)).body.data).toEqual([created.body.data]);
  await eventually('the test event', () => receiver.received.length === 1);
  const keyId = receiver.received[0]!.headers['x-circle-key-id'];
  expect(await world.wire('circle', 'GET', `/v2/notifications/publicKey/${keyId}`)).toMatchObject({
    status: 200,
    body: {
      data: {
        id: keyId,
        algorithm: 'ECDSA_SHA_256',
        publicKey: expect.stringMatching(/^MFkwEwYHKoZIzj0C/),
        createDate: time,
      },
    },
  });
});

test('an unknown path is 404 in Circle’s shape', async () => {
  expect(await world.wire('circle', 'GET', '/v1/w3s/nothing')).toMatchObject({
    status: 404,
    body: { code: 404 },
  });
});
