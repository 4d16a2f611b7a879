/**
 * Circle wallets in the sandbox, through Circle's own client: wallet sets, wallets, balances, tokens, keys.
 */
import { randomUUID } from 'node:crypto';
import { checksumAddress } from '../../sandbox/chain/addresses.ts';
import { eventually } from '../support/eventually.ts';
import { startWorld, USDC_SEPOLIA, type World } from './circle-world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.sandbox.stop());

const newSet = async (): Promise<string> =>
  (await world.wallets.createWalletSet({ name: 'set' })).data!.walletSet.id;

test('wallets on EVM networks share a checksummed address; Solana has its own', async () => {
  const { data } = await world.wallets.createWallets({
    walletSetId: await newSet(),
    blockchains: ['ETH-SEPOLIA', 'BASE-SEPOLIA', 'MATIC-AMOY', 'SOL-DEVNET'],
    count: 1,
    metadata: [{ name: 'Ada', refId: 'user-1' }],
  });
  const [eth, base, matic, sol] = data!.wallets;
  expect(eth).toMatchObject({ state: 'LIVE', custodyType: 'DEVELOPER', accountType: 'EOA', refId: 'user-1' });
  expect(eth!.address).toBe(checksumAddress(eth!.address));
  expect([base!.address, matic!.address]).toEqual([eth!.address, eth!.address]);
  expect(sol!.address).toMatch(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/);
});

test('the checksum is that of EIP-55', () => {
  const known = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
  expect(checksumAddress(known.toLowerCase())).toBe(known);
});

test('the same idempotency key answers 201 first and then 200 with the same wallets', async () => {
  const walletSetId = await newSet();
  const input = {
    walletSetId,
    blockchains: ['ETH-SEPOLIA' as const],
    count: 2,
    idempotencyKey: randomUUID(),
  };
  const first = await world.wallets.createWallets(input);
  const second = await world.wallets.createWallets(input);
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.data).toEqual(first.data);
  expect((await world.wallets.listWallets({ walletSetId })).data!.wallets).toHaveLength(2);
});

test('the same key for another request is refused with 156020', async () => {
  const walletSetId = await newSet();
  const input = { walletSetId, blockchains: ['ETH-SEPOLIA' as const], idempotencyKey: randomUUID() };
  await world.wallets.createWallets({ ...input, count: 1 });
  await expect(world.wallets.createWallets({ ...input, count: 2 })).rejects.toMatchObject({ code: 156020 });
});

test.each([
  ['an unknown wallet set', { walletSetId: randomUUID() }, 156005],
  ['an unknown blockchain', { blockchains: ['DOGE'] }, 155511],
  ['metadata of another length', { count: 2, metadata: [{ name: 'one' }] }, 155503],
])('%s is refused', async (_name, change, code) => {
  const input = { walletSetId: await newSet(), blockchains: ['ETH-SEPOLIA'], count: 1, ...change };
  await expect(world.wallets.createWallets(input as never)).rejects.toMatchObject({ code });
});

test('an unknown wallet and an id that is no UUID are told apart', async () => {
  await expect(world.wallets.getWallet({ id: randomUUID() })).rejects.toMatchObject({
    code: 156001,
    status: 404,
  });
  const answer = await world.wire('circle', 'GET', '/v1/w3s/wallets/nonsense');
  expect(answer).toMatchObject({ status: 400, body: { code: 156009 } });
});

test('wallets can be listed by refId and address, renamed, and derived to another network', async () => {
  const refId = `user-${randomUUID()}`;
  const { data } = await world.wallets.createWallets({
    walletSetId: await newSet(),
    blockchains: ['ETH-SEPOLIA'],
    count: 1,
    metadata: [{ refId }],
  });
  const wallet = data!.wallets[0]!;
  expect((await world.wallets.listWallets({ refId })).data!.wallets).toEqual([wallet]);
  const byAddress = await world.wallets.listWallets({ address: wallet.address.toLowerCase() });
  expect(byAddress.data!.wallets.map(({ id }) => id)).toEqual([wallet.id]);
  const renamed = await world.wallets.updateWallet({ id: wallet.id, name: 'Savings' });
  expect(renamed.data!.wallet).toMatchObject({ id: wallet.id, name: 'Savings', refId });
  const path = `/v1/w3s/developer/wallets/${wallet.id}/blockchains/BASE-SEPOLIA`;
  const derived = await world.wire('circle', 'PUT', path, {});
  expect(derived).toMatchObject({ status: 201, body: { data: { wallet: { address: wallet.address } } } });
  expect((await world.wire('circle', 'PUT', path, {})).status).toBe(200);
});

test('lists page by cursor, and the Link header leads through all pages', async () => {
  const walletSetId = await newSet();
  const { data } = await world.wallets.createWallets({ walletSetId, blockchains: ['ETH-SEPOLIA'], count: 5 });
  const newestFirst = data!.wallets.map(({ id }) => id).reverse();
  const seen: string[] = [];
  let path: string | undefined = `/v1/w3s/wallets?walletSetId=${walletSetId}&pageSize=2`;
  while (path) {
    const page = await world.wire('circle', 'GET', path);
    seen.push(...page.body.data.wallets.map(({ id }: { id: string }) => id));
    const next = /<[^>]*?(\/v1[^>]*)>; rel="next"/.exec(page.headers.get('link') ?? '');
    path = next?.[1];
  }
  expect(seen).toEqual(newestFirst);
  const back = await world.wallets.listWallets({ walletSetId, pageSize: 2, pageBefore: newestFirst[4]! });
  expect(back.data!.wallets.map(({ id }) => id)).toEqual([newestFirst[2], newestFirst[3]]);
});

test.each([
  ['pageAfter=nonsense', 156014],
  [`pageAfter=${randomUUID()}`, 156012],
  ['pageSize=0', 2],
  ['order=UP', 2],
  ['from=yesterday', 2],
])('the query %s is refused with %p', async (query, code) => {
  const answer = await world.wire('circle', 'GET', `/v1/w3s/wallets?${query}`);
  expect(answer).toMatchObject({ status: 400, body: { code } });
});

test('a new wallet has gas, and USDC appears in its balances with Circle’s token id', async () => {
  const wallet = await world.wallet('ETH-SEPOLIA', '12.5');
  const balances = await eventually('the deposit arrived', async () => {
    const { data } = await world.wallets.getWalletTokenBalance({ id: wallet.id });
    return data!.tokenBalances?.length === 2 ? data!.tokenBalances : undefined;
  });
  const usdc = balances.find(({ token }) => token.id === USDC_SEPOLIA);
  expect(usdc).toMatchObject({
    amount: '12.5',
    token: { symbol: 'USDC', decimals: 6, blockchain: 'ETH-SEPOLIA' },
  });
  expect(balances.find(({ token }) => token.isNative)!.amount).toBe('10');
});

test('a token that Circle does not monitor shows only on includeAll', async () => {
  const wallet = await world.wallet();
  await world.deposit(wallet.address, '1000', { token: 'SCAM' });
  const all = await eventually('the token arrived', async () => {
    const { data } = await world.wallets.getWalletTokenBalance({ id: wallet.id, includeAll: true });
    return data!.tokenBalances?.find(({ token }) => token.symbol === 'SCAM');
  });
  expect(all.amount).toBe('1000');
  const { data } = await world.wallets.getWalletTokenBalance({ id: wallet.id });
  expect(data!.tokenBalances!.map(({ token }) => token.isNative)).toEqual([true]);
  expect((await world.wallets.getToken({ id: all.token.id })).data!.token!.symbol).toBe('SCAM');
});

test('the faucet gives testnet tokens', async () => {
  const wallet = await world.wallet('SOL-DEVNET');
  await world.wallets.requestTestnetTokens({ address: wallet.address, blockchain: 'SOL-DEVNET', usdc: true });
  await eventually('the drip arrived', async () => {
    const { data } = await world.wallets.getWalletTokenBalance({ id: wallet.id });
    return data!.tokenBalances?.some(({ token, amount }) => token.symbol === 'USDC' && amount === '20');
  });
});

test('addresses are validated per network, checksum included', async () => {
  const check = async (blockchain: string, address: string) =>
    (await world.wallets.validateAddress({ blockchain: blockchain as 'ETH', address })).data!.isValid;
  expect(await check('ETH-SEPOLIA', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed')).toBe(true);
  expect(await check('ETH-SEPOLIA', '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed')).toBe(false);
  expect(await check('SOL-DEVNET', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed')).toBe(false);
  expect(await check('SOL-DEVNET', '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU')).toBe(true);
});

describe('who may call', () => {
  test('nobody without an API key', async () => {
    const base = world.sandbox.urls.circle;
    const without = await fetch(`${base}/v1/w3s/wallets`);
    expect([without.status, await without.json()]).toEqual([
      401,
      { code: 401, message: 'Malformed authorization.' },
    ]);
    const wrong = await fetch(`${base}/v1/w3s/wallets`, {
      headers: { authorization: 'Bearer TEST_API_KEY:a:b' },
    });
    expect([wrong.status, await wrong.json()]).toEqual([401, { code: 401, message: 'Invalid credentials.' }]);
  });

  test('a ciphertext counts once, and only for the right secret', async () => {
    const send = (entitySecretCiphertext?: string) =>
      world.wire('circle', 'POST', '/v1/w3s/developer/walletSets', {
        idempotencyKey: randomUUID(),
        entitySecretCiphertext,
      });
    const ciphertext = await world.ciphertext();
    expect((await send(ciphertext)).status).toBe(201);
    expect(await send(ciphertext)).toMatchObject({ status: 400, body: { code: 156004 } });
    expect(await send(await world.ciphertext('00'.repeat(32)))).toMatchObject({ body: { code: 156013 } });
    expect(await send('not a ciphertext')).toMatchObject({ body: { code: 156013 } });
    expect(await send()).toMatchObject({ status: 400, body: { code: 2 } });
  });

  test('the idempotency key must be a UUID v4', async () => {
    const path = '/v1/w3s/developer/walletSets';
    for (const idempotencyKey of [undefined, 'x', '6ba7b810-9dad-51d1-80b4-00c04fd430c8']) {
      const body = { idempotencyKey, entitySecretCiphertext: await world.ciphertext() };
      expect(await world.wire('circle', 'POST', path, body)).toMatchObject({
        status: 400,
        body: { code: 2 },
      });
    }
  });

  test('an entity secret is registered once', async () => {
    const path = '/v1/w3s/config/entity/entitySecret';
    const again = await world.wire('circle', 'POST', path, {
      entitySecretCiphertext: await world.ciphertext(),
    });
    expect(again).toMatchObject({ status: 409, body: { code: 156015 } });
    await world.control('POST', '/control/circle/entity_secret/unset');
    const early = { idempotencyKey: randomUUID(), entitySecretCiphertext: await world.ciphertext() };
    expect(await world.wire('circle', 'POST', '/v1/w3s/developer/walletSets', early)).toMatchObject({
      body: { code: 156016 },
    });
    const first = await world.wire('circle', 'POST', path, {
      entitySecretCiphertext: await world.ciphertext(),
    });
    expect(first.status).toBe(201);
    expect(first.body.data.recoveryFile).toEqual(expect.any(String));
  });

  test('a request id is echoed, or made', async () => {
    const { base_url, api_key } = world.sandbox.credentials.circle!;
    const headers = { authorization: `Bearer ${api_key}`, 'x-request-id': 'mine' };
    expect((await fetch(`${base_url}/v1/w3s/wallets`, { headers })).headers.get('x-request-id')).toBe('mine');
    expect((await world.wire('circle', 'GET', '/v1/w3s/wallets')).headers.get('x-request-id')).toMatch(
      /^[0-9a-f-]{36}$/,
    );
  });

  test('test keys reach test networks only, when that check is on', async () => {
    await world.control('PATCH', '/control/settings', { 'circle.network_check': true });
    const input = { walletSetId: await newSet(), blockchains: ['ETH' as const], count: 1 };
    await expect(world.wallets.createWallets(input)).rejects.toMatchObject({ code: 156006 });
    await world.control('PATCH', '/control/settings', { 'circle.network_check': false });
  });

  test('reads are limited to 20 a second, when limits are on', async () => {
    await world.control('PATCH', '/control/settings', { 'circle.rate_limits': true });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => world.wire('circle', 'GET', '/v1/w3s/wallets')),
    );
    await world.control('PATCH', '/control/settings', { 'circle.rate_limits': false });
    const refused = answers.filter(({ status }) => status === 429);
    // Fifty calls touch two seconds at most, and each lets twenty pass.
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(refused[0]!.body).toMatchObject({ code: 429 });
  });
});
