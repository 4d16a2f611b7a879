/** Circle Mint through the official SDK, against the sandbox: every verb, and what a lost answer leaves behind. */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMintClient, type MintClient } from '../../activities/providers/mint/client.ts';
import { createMintAccountWebhook } from '../../activities/providers/mint/webhook.ts';
import { CHAINS } from '../../domain/funding/chain.ts';
import { eventually } from '../support/eventually.ts';
import { sandboxInProcess, type TestSandbox } from '../support/sandbox.ts';

let sandbox: TestSandbox;
let mint: MintClient;
/** Gives up after two seconds: for calls that are never answered. */
let hasty: MintClient;
let bankId: string;
const since = new Date(Date.now() - 60_000).toISOString();

beforeAll(async () => {
  sandbox = await sandboxInProcess();
  mint = createMintClient(configOf(sandbox));
  hasty = createMintClient(configOf(sandbox), { timeouts: { readMs: 2_000, writeMs: 2_000 } });
  await sandbox.control('POST', '/control/mint/balance', { amount: '50000.00' });
  bankId = (await mint.createWireAccount(bank())).id;
  await eventually(
    'the bank is linked',
    async () => (await mint.getWireAccount(bankId)).outcome === 'succeeded',
  );
});
afterAll(() => sandbox.stop());
afterEach(() => sandbox.control('DELETE', '/control/faults'));

const configOf = ({ facts }: TestSandbox) => ({
  baseUrl: facts.mint.base_url,
  apiKey: facts.mint.api_key,
  snsCertificateHosts: [new URL(facts.mint.base_url).host],
});
const bank = () => ({
  idempotencyKey: randomUUID(),
  accountNumber: '123456789',
  routingNumber: '021000021',
  billingDetails: {
    name: 'Sluice Inc',
    city: 'Boston',
    country: 'US',
    line1: '1 Main Street',
    district: 'MA',
    postalCode: '02201',
  },
  bankAddress: { bankName: 'First Bank', city: 'Boston', country: 'US' },
});
const payoutOf = (change: object = {}) => ({
  idempotencyKey: randomUUID(),
  wireAccountId: bankId,
  amount: '125.00',
  ...change,
});

async function depositOnBase(amount: string): Promise<string> {
  const { address } = await mint.createDepositAddress({ idempotencyKey: randomUUID(), chain: 'base' });
  const { tx_hash } = await sandbox.control<{ tx_hash: string }>('POST', '/control/chain/transfers', {
    blockchain: 'BASE-SEPOLIA',
    to: address,
    amount,
  });
  return tx_hash;
}

test('the account has a master wallet and a balance', async () => {
  expect((await mint.configuration()).masterWalletId).not.toBe('');
  const { available } = await mint.balances();
  expect(available.find(({ currency }) => currency === 'USD')?.amount).toMatch(/^\d+(\.\d+)?$/);
});

test.each(CHAINS)('a deposit address on %s is made once per key', async (chain) => {
  const input = { idempotencyKey: randomUUID(), chain };
  const made = await mint.createDepositAddress(input);
  expect(made).toMatchObject({ chain, currency: 'USD' });
  expect(await mint.createDepositAddress(input)).toEqual(made);
  expect(await mint.listDepositAddresses()).toContainEqual(made);
});

test('USDC that arrives on chain is found by its hash and amount', async () => {
  const txHash = await depositOnBase('42.50');
  const found = await eventually('Mint has credited it', async () => {
    const transfer = await mint.findTransferByHash({ txHash, amount: '42.5', since });
    return transfer?.outcome === 'succeeded' ? transfer : undefined;
  });
  expect(found).toMatchObject({ direction: 'in', chain: 'base', currency: 'USD', txHash });
  expect(await mint.getTransfer(found.id)).toEqual(found);
  expect((await mint.listTransfers({ from: since })).items).toContainEqual(found);
  expect(await mint.findTransferByHash({ txHash, amount: '42.51', since })).toBeNull();
  expect(await mint.findTransferByHash({ txHash: `0x${'0'.repeat(64)}`, amount: '42.5', since })).toBeNull();
});

test('a transfer out goes to an address of the book', async () => {
  const input = {
    idempotencyKey: randomUUID(),
    chain: 'polygon' as const,
    address: `0x${'cd'.repeat(20)}`,
    description: 'treasury',
  };
  const entry = await mint.createRecipientAddress(input);
  await eventually('the address is active', async () =>
    (await mint.listRecipientAddresses()).items.some(
      ({ id, status }) => id === entry.id && status === 'active',
    ),
  );
  const sent = await mint.createTransfer({
    idempotencyKey: randomUUID(),
    addressId: entry.id,
    amount: '7.25',
  });
  const done = await eventually('it is sent', async () => {
    const transfer = await mint.getTransfer(sent.id);
    return transfer.outcome === 'succeeded' ? transfer : undefined;
  });
  expect(done).toMatchObject({ direction: 'out', chain: 'polygon', destinationAddress: input.address });
});

test('a payout is made once per key, and a returned one says so', async () => {
  const input = payoutOf();
  const payout = await mint.createPayout(input);
  expect((await mint.createPayout(input)).id).toBe(payout.id);
  await eventually('it is complete', async () => (await mint.getPayout(payout.id)).outcome === 'succeeded');
  await sandbox.control('POST', `/control/mint/payouts/${payout.id}/state`, { state: 'returned' });
  expect(await mint.getPayout(payout.id)).toMatchObject({ outcome: 'returned', wireAccountId: bankId });
  expect((await mint.listPayouts({ from: since })).items.map(({ id }) => id)).toContain(payout.id);
});

test('the same key with another amount is Unclear: an earlier payout has it', async () => {
  const input = payoutOf();
  await mint.createPayout(input);
  await expect(mint.createPayout({ ...input, amount: '126.00' })).rejects.toMatchObject({ name: 'Unclear' });
});

test.each([
  ['cut_before', 'Unclear'],
  ['cut_after', 'Unclear'],
  ['timeout_before', 'Unclear'],
  ['timeout_after', 'Unclear'],
  ['error', 'Unclear'],
  ['error_after', 'Unclear'],
  ['unavailable', 'Unavailable'],
  ['rate_limit', 'Unavailable'],
])('after %s the payout is %s, and the same key makes it exactly one', async (kind, name) => {
  const input = payoutOf({ amount: `1.${String(Math.floor(Math.random() * 90) + 10)}` });
  const before = (await mint.listPayouts({ from: since })).items.length;
  await sandbox.control('POST', '/control/faults', { operation: 'mint.createPayout', kind, count: 1 });
  const caller = kind.startsWith('timeout') ? hasty : mint;
  await expect(caller.createPayout(input)).rejects.toMatchObject({ name });
  await mint.createPayout(input);
  expect((await mint.listPayouts({ from: since })).items).toHaveLength(before + 1);
});

test('a linked bank has instructions, and a wire that follows them is a deposit', async () => {
  const { trackingRef, beneficiaryBank } = await mint.getWireInstructions(bankId);
  expect((await mint.listWireAccounts()).map(({ id }) => id)).toContain(bankId);
  const response = await fetch(`${configOf(sandbox).baseUrl}/v1/mocks/payments/wire`, {
    method: 'POST',
    headers: { authorization: `Bearer ${configOf(sandbox).apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      trackingRef,
      amount: { amount: '500.00', currency: 'USD' },
      beneficiaryBank: { accountNumber: String(beneficiaryBank?.accountNumber) },
    }),
  });
  expect(response.status).toBe(201);
  await eventually('the wire is booked', async () =>
    (await mint.listDeposits({ from: since })).items.some(
      ({ amount, outcome }) => amount === '500.00' && outcome === 'succeeded',
    ),
  );
});

test('wrong credentials are our defect', async () => {
  const wrong = createMintClient({ ...configOf(sandbox), apiKey: 'SAND_API_KEY:no:no' });
  await expect(wrong.balances()).rejects.toMatchObject({ name: 'Defect', httpStatus: 401 });
});

test('a payout that does not exist is refused with 404', async () => {
  await expect(mint.getPayout(randomUUID())).rejects.toMatchObject({ name: 'Refused', httpStatus: 404 });
});

test("Mint's own notifications are verified, once the subscription is confirmed", async () => {
  const webhook = createMintAccountWebhook(configOf(sandbox));
  const types: string[] = [];
  const endpoint = http.createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    response.end();
    if (request.method !== 'POST') return;
    const read = await webhook.verify(Buffer.concat(pieces));
    if (read.kind === 'confirmation') await webhook.confirm(read);
    types.push(read.kind === 'notification' ? `${read.type} ${read.transfer?.amount}` : read.kind);
  });
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/sns`;
    const first = await mint.ensureSubscription(url);
    expect(await mint.ensureSubscription(url)).toEqual(first);
    await eventually('it is confirmed', () => types.includes('confirmation'));
    await depositOnBase('3.21');
    await eventually('the deposit is told', () => types.includes('transfers 3.21'));
  } finally {
    endpoint.closeAllConnections();
    await new Promise((resolve) => endpoint.close(resolve));
  }
});
