/** Circle wallets through the official SDK, against the sandbox: every verb, and what a lost answer leaves behind. */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { usdcAddress, usdcTokenId } from '../../activities/providers/circle/chains.ts';
import { type CircleClient, createCircleClient } from '../../activities/providers/circle/client.ts';
import { createCircleWebhook } from '../../activities/providers/circle/webhook.ts';
import { CHAINS } from '../../domain/funding/chain.ts';
import { eventually } from '../support/eventually.ts';
import { sandboxInProcess, type TestSandbox } from '../support/sandbox.ts';

let sandbox: TestSandbox;
let circle: CircleClient;
/** Gives up after two seconds: for calls that are never answered. */
let hasty: CircleClient;
let walletSetId: string;
const since = new Date(Date.now() - 60_000).toISOString();
const destination = `0x${'ab'.repeat(20)}`;

beforeAll(async () => {
  sandbox = await sandboxInProcess();
  circle = createCircleClient(configOf(sandbox));
  hasty = createCircleClient(configOf(sandbox), { timeouts: { readMs: 2_000, writeMs: 2_000 } });
  walletSetId = (await circle.createWalletSet({ idempotencyKey: randomUUID(), name: 'customers' })).id;
});
afterAll(() => sandbox.stop());
afterEach(() => sandbox.control('DELETE', '/control/faults'));

const configOf = ({ facts }: TestSandbox) => ({
  baseUrl: facts.circle.base_url,
  apiKey: facts.circle.api_key,
  entitySecret: facts.circle.entity_secret,
  network: 'testnet' as const,
});

async function fundedWallet(amount = '100') {
  const refId = `user-${randomUUID()}`;
  const [wallet] = await circle.createWallets({
    idempotencyKey: randomUUID(),
    walletSetId,
    chains: ['base'],
    refId,
  });
  if (wallet === undefined) throw new Error('no wallet');
  await sandbox.control('POST', '/control/chain/transfers', {
    blockchain: 'BASE-SEPOLIA',
    to: wallet.address,
    amount,
  });
  await sandbox.control('POST', '/control/chain/transfers', {
    blockchain: 'BASE-SEPOLIA',
    to: wallet.address,
    amount: '1',
    token: 'native',
  });
  await eventually('the deposit is complete', async () => {
    const { transactions } = await circle.listInbound({ since, walletIds: [wallet.id] });
    return transactions.filter(({ outcome }) => outcome === 'succeeded').length === 2;
  });
  return wallet;
}

const transferOf = (walletId: string, change: object = {}) => ({
  idempotencyKey: randomUUID(),
  walletId,
  tokenId: usdcTokenId('testnet', 'base'),
  destinationAddress: destination,
  amount: '12.345678',
  refId: `dep-${randomUUID()}`,
  feeLevel: 'MEDIUM' as const,
  ...change,
});

test('wallets are made on every chain, once per key', async () => {
  const input = { idempotencyKey: randomUUID(), walletSetId, chains: [...CHAINS], refId: 'user-1' };
  const wallets = await circle.createWallets(input);
  expect(wallets.map(({ chain }) => chain).sort()).toEqual([...CHAINS].sort());
  expect(wallets.every(({ refId, state }) => refId === 'user-1' && state === 'live')).toBe(true);
  const again = await circle.createWallets(input);
  expect(again.map(({ id }) => id).sort()).toEqual(wallets.map(({ id }) => id).sort());
  const listed = await circle.listWallets({ refId: 'user-1' });
  expect(listed.map(({ id }) => id).sort()).toEqual(wallets.map(({ id }) => id).sort());
  for (const wallet of wallets) expect(await circle.getWallet(wallet.id)).toEqual(wallet);
});

test('what comes in is reported with its token, amount and transaction', async () => {
  const wallet = await fundedWallet('3.14');
  const { transactions, nextCursor } = await circle.listInbound({ since, walletIds: [wallet.id] });
  expect(nextCursor).toBeNull();
  const usdc = transactions.find(({ tokenId }) => tokenId === usdcTokenId('testnet', 'base'));
  expect(usdc).toMatchObject({
    walletId: wallet.id,
    chain: 'base',
    direction: 'inbound',
    state: 'complete',
    amount: '3.14',
    destination: wallet.address,
  });
  expect(usdc?.txHash).toMatch(/^0x/);
  const balances = await circle.getWalletBalances(wallet.id);
  expect(balances.find(({ token }) => token.isUsdc)?.amount).toBe('3.14');
});

test.each(CHAINS)('the token of USDC on %s is known by id and address', async (chain) => {
  const token = await circle.getToken(usdcTokenId('testnet', chain));
  expect(token).toMatchObject({ chain, isUsdc: true, symbol: 'USDC', decimals: 6 });
  expect(token.tokenAddress?.toLowerCase()).toBe(usdcAddress('testnet', chain).toLowerCase());
});

test('a transfer is sent once per key, followed to its end and found by its reference', async () => {
  const wallet = await fundedWallet();
  const input = transferOf(wallet.id);
  const accepted = await circle.createTransfer(input);
  expect((await circle.createTransfer(input)).id).toBe(accepted.id);
  const done = await eventually('the transfer is complete', async () => {
    const transaction = await circle.getTransaction(accepted.id);
    return transaction.outcome === 'succeeded' ? transaction : undefined;
  });
  expect(done).toMatchObject({ direction: 'outbound', amount: '12.345678', refId: input.refId, destination });
  const found = await circle.findTransfer({ walletId: wallet.id, refId: input.refId, since });
  expect(found).toEqual(done);
  expect(await circle.findTransfer({ walletId: wallet.id, refId: 'never sent', since })).toBeNull();
});

test.each([
  ['cut_before', 'Unclear', false],
  ['cut_after', 'Unclear', true],
  ['timeout_before', 'Unclear', false],
  ['timeout_after', 'Unclear', true],
  ['error', 'Unclear', false],
  ['error_after', 'Unclear', true],
  ['unavailable', 'Unavailable', false],
  ['rate_limit', 'Unavailable', false],
])('after %s the transfer is %s and the look-up finds it: %s', async (kind, name, isThere) => {
  const wallet = await fundedWallet();
  const input = transferOf(wallet.id);
  await sandbox.control('POST', '/control/faults', { operation: 'circle.createTransfer', kind, count: 1 });
  const caller = kind.startsWith('timeout') ? hasty : circle;
  await expect(caller.createTransfer(input)).rejects.toMatchObject({ name });
  const found = await circle.findTransfer({ walletId: wallet.id, refId: input.refId, since });
  expect(found !== null).toBe(isThere);
  // The same key makes it exactly one transfer in either case.
  const { id } = await circle.createTransfer(input);
  if (found !== null) expect(id).toBe(found.id);
  const after = await circle.findTransfer({ walletId: wallet.id, refId: input.refId, since });
  expect(after?.id).toBe(id);
});

test('a wrong entity secret is our defect', async () => {
  const wrong = createCircleClient({ ...configOf(sandbox), entitySecret: '11'.repeat(32) });
  await expect(wrong.createWalletSet({ idempotencyKey: randomUUID(), name: 'x' })).rejects.toMatchObject({
    name: 'Defect',
  });
});

test('a wrong API key is our defect', async () => {
  const wrong = createCircleClient({ ...configOf(sandbox), apiKey: 'TEST_API_KEY:no:no' });
  await expect(wrong.listWallets({})).rejects.toMatchObject({ name: 'Defect', httpStatus: 401 });
});

test('a wallet that does not exist is refused with 404', async () => {
  await expect(circle.getWallet(randomUUID())).rejects.toMatchObject({ name: 'Refused', httpStatus: 404 });
});

test('addresses are checked for their chain', async () => {
  expect(await circle.validateAddress({ chain: 'base', address: destination })).toBe(true);
  expect(await circle.validateAddress({ chain: 'solana', address: destination })).toBe(false);
});

test("Circle's own notifications are verified with Circle's own key", async () => {
  const deliveries: { rawBody: Buffer; signature: string; keyId: string }[] = [];
  const endpoint = http.createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    response.end();
    const { 'x-circle-signature': signature, 'x-circle-key-id': keyId } = request.headers;
    if (request.method !== 'POST') return;
    deliveries.push({ rawBody: Buffer.concat(pieces), signature: String(signature), keyId: String(keyId) });
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/hook`;
    const first = await circle.ensureSubscription(url);
    expect(await circle.ensureSubscription(url)).toEqual(first);
    const wallet = await fundedWallet('2.5');
    const webhook = createCircleWebhook(configOf(sandbox));
    const read = await eventually('the notification of the deposit', async () => {
      const all = await Promise.all(deliveries.map((delivery) => webhook.verify(delivery)));
      return all.find(
        ({ transaction }) => transaction?.amount === '2.5' && transaction.walletId === wallet.id,
      );
    });
    expect(read).toMatchObject({ type: 'transactions.inbound', transaction: { direction: 'inbound' } });
  } finally {
    endpoint.closeAllConnections();
    await new Promise((resolve) => endpoint.close(resolve));
  }
});
