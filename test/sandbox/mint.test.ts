/**
 * Circle Mint in the sandbox, through Circle's own client: addresses, transfers, wires, payouts,
 * idempotency.
 */
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import { FEE, type Json, startWorld, USDC_SEPOLIA, type World } from './circle-world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.sandbox.stop());
afterEach(async () => {
  await world.control('DELETE', '/control/faults');
});

const key = () => randomUUID();
const balance = async (): Promise<string> =>
  (await world.mint.balances.listBusinessBalances()).data.data!.available[0]!.amount;
const depositAddress = async (chain = 'ETH'): Promise<string> => {
  const input = { idempotencyKey: key(), currency: 'USD', chain };
  return (await world.mint.addresses.createBusinessDepositAddress(input as never)).data.data!.address!;
};
const recipient = async (address: string, chain = 'ETH'): Promise<Json> => {
  const input = { idempotencyKey: key(), address, chain, description: 'treasury' };
  const { data } = await world.mint.addresses.createBusinessRecipientAddress(input as never);
  await eventually('the recipient is active', async () => {
    const list = await world.wire('mint', 'GET', '/v1/businessAccount/wallets/addresses/recipient');
    return list.body.data.some(({ id, status }: Json) => id === data.data!.id && status === 'active');
  });
  return data.data!;
};
const bankDetails = {
  accountNumber: '12340010',
  routingNumber: '121000248',
  billingDetails: {
    name: 'Sluice',
    city: 'Boston',
    country: 'US',
    line1: '1 Main',
    postalCode: '02110',
    district: 'MA',
  },
  bankAddress: { bankName: 'WELLS FARGO', city: 'San Francisco', country: 'US' },
};
const bank = async (change: object = {}): Promise<Json> => {
  const input = { idempotencyKey: key(), ...bankDetails, ...change };
  const { data } = await world.mint.wires.createBusinessWireAccount(input as never);
  return data.data!;
};
const linked = (id: string, status = 'complete'): Promise<Json> =>
  eventually(`account ${status}`, async () => {
    const { data } = await world.mint.wires.getBusinessWireAccount(id);
    return data.data!.status === status ? data.data! : undefined;
  });
const send = async (addressId: string, amount: string, idempotencyKey = key()): Promise<Json> => {
  const destination = { type: 'verified_blockchain', addressId };
  const input = { idempotencyKey, destination, amount: { amount, currency: 'USD' } };
  return (await world.mint.transfers.createBusinessTransfer(input as never)).data.data!;
};
const settled = (id: string, status: string): Promise<Json> =>
  eventually(`transfer ${status}`, async () => {
    const { data } = await world.mint.transfers.getBusinessTransfer(id);
    return data.data!.status === status ? data.data! : undefined;
  });
const paid = (id: string, status: string): Promise<Json> =>
  eventually(`payout ${status}`, async () => {
    const { data } = await world.mint.payouts.getBusinessPayout(id);
    return data.data!.status === status ? data.data! : undefined;
  });
const payOut = async (id: string, amount: string): Promise<Json> => {
  const input = {
    idempotencyKey: key(),
    destination: { type: 'wire', id },
    amount: { amount, currency: 'USD' },
  };
  return (await world.mint.payouts.createBusinessPayout(input as never)).data.data!;
};
const fund = (amount: string) => world.control('POST', '/control/mint/balance', { amount });

test('the configuration names the main wallet, and ping needs no key', async () => {
  const { data } = await world.mint.management.getAccountConfig();
  expect(data.data!.payments!.masterWalletId).toMatch(/^\d+$/);
  expect(await (await fetch(`${world.sandbox.urls.mint}/ping`)).json()).toEqual({ message: 'pong' });
});

test('USDC sent from a Circle wallet to a deposit address becomes a transfer and dollars', async () => {
  const before = Number(await balance());
  const to = await depositAddress();
  const wallet = await world.wallet('ETH-SEPOLIA', '250.5');
  await eventually('funded', async () => {
    const { data } = await world.wallets.getWalletTokenBalance({ id: wallet.id });
    return data!.tokenBalances!.length === 2;
  });
  const { data } = await world.wallets.createTransaction({
    walletId: wallet.id,
    tokenId: USDC_SEPOLIA,
    destinationAddress: to,
    amount: ['250.5'],
    fee: FEE,
  });
  const transfer = await eventually('the transfer', async () => {
    const { data: list } = await world.mint.transfers.listBusinessTransfers();
    const found = list.data!.find(({ destination }) => destination!.type === 'wallet');
    return found?.status === 'complete' ? found : undefined;
  });
  const { data: sent } = await world.wallets.getTransaction({ id: data!.id });
  expect(transfer).toMatchObject({
    source: { type: 'blockchain', chain: 'ETH' },
    destination: { type: 'wallet' },
    amount: { amount: '250.50', currency: 'USD' },
    transactionHash: sent!.transaction!.txHash,
  });
  expect(Number(await balance()) - before).toBeCloseTo(250.5, 6);
});

test('another token sent to a deposit address is not credited', async () => {
  const before = await balance();
  const to = await depositAddress();
  const hash = await world.deposit(to, '99', { token: 'FAKE' });
  await eventually('final', async () => {
    const { body } = await world.control('GET', `/control/chain/transactions/${hash}`);
    return body.transaction.state === 'final';
  });
  expect(await balance()).toBe(before);
});

test('a credit can be held, or refused, by a fault', async () => {
  const to = await depositAddress('SOL');
  const credit = (amount: string) => world.deposit(to, amount, { blockchain: 'SOL-DEVNET' });
  const find = (hash: string, status: string): Promise<Json> =>
    eventually(`transfer ${status}`, async () => {
      const { data } = await world.mint.transfers.listBusinessTransfers();
      return data.data!.find(
        ({ transactionHash, status: present }) => transactionHash === hash && present === status,
      );
    });
  await world.control('POST', '/control/faults', { operation: 'mint.inbound', kind: 'pending', count: 1 });
  const held = await find(await credit('5'), 'pending');
  await world.control('POST', '/control/faults', {
    operation: 'mint.inbound',
    kind: 'fail',
    match: { 'amount.amount': '6.00' },
  });
  expect(await find(await credit('6'), 'failed')).toMatchObject({ errorCode: 'transfer_denied' });
  const before = Number(await balance());
  await world.control('POST', `/control/mint/transfers/${held.id}/state`, { state: 'complete' });
  expect(Number(await balance()) - before).toBe(5);
});

test('a transfer goes only to an active address of the address book', async () => {
  await fund('100');
  const wallet = await world.wallet();
  const { id } = await recipient(wallet.address);
  const transfer = await send(id, '40');
  expect(transfer).toMatchObject({
    status: 'pending',
    destination: { type: 'blockchain', address: wallet.address, chain: 'ETH' },
  });
  const done = await settled(transfer.id, 'complete');
  expect(done.transactionHash).toMatch(/^0x[0-9a-f]{64}$/);
  const { data } = await world.wallets.listTransactions({ walletIds: [wallet.id] });
  expect(data!.transactions![0]).toMatchObject({
    transactionType: 'INBOUND',
    amounts: ['40'],
    txHash: done.transactionHash,
  });
});

test('a raw address, an unknown and an inactive one are refused', async () => {
  const raw = {
    idempotencyKey: key(),
    destination: { type: 'blockchain' },
    amount: { amount: '1', currency: 'USD' },
  };
  expect((await world.wire('mint', 'POST', '/v1/businessAccount/transfers', raw)).status).toBe(400);
  await expect(send(randomUUID(), '1')).rejects.toMatchObject({ response: { status: 404 } });
  await world.control('POST', '/control/faults', { operation: 'mint.recipient', kind: 'pending', count: 1 });
  const input = {
    idempotencyKey: key(),
    address: (await world.wallet()).address,
    chain: 'ETH',
    description: 'new',
  };
  const { data } = await world.mint.addresses.createBusinessRecipientAddress(input as never);
  expect(data.data!.status).toBe('pending_verification');
  await expect(send(data.data!.id!, '1')).rejects.toMatchObject({ response: { status: 400 } });
});

test('a transfer beyond the balance is accepted and fails', async () => {
  const { id } = await recipient((await world.wallet()).address);
  const before = await balance();
  const transfer = await send(id, '99999999');
  expect(await settled(transfer.id, 'failed')).toMatchObject({ errorCode: 'insufficient_funds' });
  expect(await balance()).toBe(before);
});

test.each([
  ['77.71', 'transfer_failed'],
  ['77.72', 'transfer_denied'],
  ['77.74', 'blockchain_error'],
])('a transfer of %s fails with %s and gives the dollars back', async (amount, errorCode) => {
  await fund('100');
  const before = await balance();
  const { id } = await recipient((await world.wallet()).address);
  const transfer = await send(id, amount);
  expect(await settled(transfer.id, 'failed')).toMatchObject({ errorCode });
  expect(await balance()).toBe(before);
});

test('the same key gives the same answer, and 409 for another body', async () => {
  await fund('50');
  const { id } = await recipient((await world.wallet()).address);
  const idempotencyKey = key();
  const first = await send(id, '10', idempotencyKey);
  await settled(first.id, 'complete');
  expect(await send(id, '10', idempotencyKey)).toEqual(first);
  const error = await send(id, '11', idempotencyKey).catch((caught: Json) => caught.response);
  expect([error.status, error.data]).toEqual([
    409,
    { code: 409, message: 'Conflicts with another request.' },
  ]);
});

test('a bank account is linked, a wire arrives, and a payout leaves', async () => {
  const account = await bank();
  expect(account).toMatchObject({ status: 'pending', description: 'WELLS FARGO ****0010' });
  await linked(account.id);
  const { data: guide } = await world.mint.wires.getBusinessWireAccountInstructions(account.id, 'USD');
  const { trackingRef, beneficiaryBank } = guide.data!;
  expect(trackingRef).toBe(account.trackingRef);
  const before = Number(await balance());
  const wire = {
    trackingRef,
    amount: { amount: '1000.00', currency: 'USD' },
    beneficiaryBank: { accountNumber: beneficiaryBank!.accountNumber },
  };
  expect((await world.mint.payments.createMockWirePayment(wire as never)).data.data).toMatchObject({
    status: 'pending',
  });
  await eventually('booked', async () => Number(await balance()) === before + 1000);
  const { data: deposits } = await world.mint.deposits.listBusinessDeposits();
  expect(deposits.data![0]).toMatchObject({
    status: 'complete',
    amount: { amount: '1000.00' },
    sourceWalletId: account.id,
  });
  const payout = await payOut(account.id, '300');
  expect(payout).toMatchObject({
    status: 'pending',
    destination: { type: 'wire', id: account.id, name: account.description },
  });
  expect((await paid(payout.id, 'complete')).trackingRef).toMatch(/^CIR-/);
  expect(Number(await balance())).toBe(before + 700);
});

test('a bank account that the bank refuses takes no payout', async () => {
  const account = await bank({ accountNumber: '1239999' });
  await linked(account.id, 'failed');
  await expect(payOut(account.id, '1')).rejects.toMatchObject({ response: { status: 400 } });
});

test.each([
  ['88.81', 'bank_transaction_error', undefined],
  ['88.82', 'transaction_returned', { reason: 'payout_returned', status: 'complete' }],
])('a payout of %s ends failed with %s, and the money is back', async (amount, errorCode, returned) => {
  await fund('100');
  const account = await linked((await bank()).id);
  const before = await balance();
  const { id } = await payOut(account.id, amount);
  const payout = await paid(id, 'failed');
  expect(payout.errorCode).toBe(errorCode);
  if (returned) expect(payout.return).toMatchObject({ ...returned, payoutId: id, amount: { amount } });
  expect(await balance()).toBe(before);
});

test('a pending payout can be settled by hand, and returned afterwards', async () => {
  await fund('100');
  const account = await linked((await bank()).id);
  const { id } = await payOut(account.id, '88.83');
  const set = (state: string) => world.control('POST', `/control/mint/payouts/${id}/state`, { state });
  expect((await set('returned')).status).toBe(400);
  expect((await set('complete')).body.payout.status).toBe('complete');
  expect((await set('returned')).body.payout).toMatchObject({
    status: 'failed',
    errorCode: 'transaction_returned',
  });
});

test.each([
  ['no key', { idempotencyKey: undefined }, 'idempotencyKey'],
  ['a key that is no UUID v4', { idempotencyKey: 'x' }, 'idempotencyKey'],
  ['no account number', { accountNumber: undefined }, 'accountNumber'],
  ['half of the billing details', { billingDetails: { name: 'x' } }, 'billingDetails.city'],
])('a bank account with %s is an invalid entity', async (_name, change, location) => {
  const body = { idempotencyKey: key(), ...bankDetails, ...change };
  const answer = await world.wire('mint', 'POST', '/v1/businessAccount/banks/wires', body);
  expect(answer).toMatchObject({ status: 400, body: { code: 2, message: 'Invalid entity.' } });
  expect(answer.body.errors[0].location).toBe(location);
});

test.each(['-1', '0', '1,5', '1.0000001', 'abc'])('the amount %s is refused', async (amount) => {
  const { id } = await recipient((await world.wallet()).address);
  await expect(send(id, amount)).rejects.toMatchObject({ response: { status: 400, data: { code: 2 } } });
});

test('an unknown chain and a wrong key are refused', async () => {
  await expect(depositAddress('DOGE')).rejects.toMatchObject({ response: { status: 400 } });
  const headers = { authorization: 'Bearer wrong' };
  const answer = await fetch(`${world.sandbox.urls.mint}/v1/businessAccount/balances`, { headers });
  expect([answer.status, await answer.json()]).toEqual([401, { code: 401, message: 'Invalid credentials.' }]);
});

test('lists page by cursor', async () => {
  await fund('10');
  const { id } = await recipient((await world.wallet()).address);
  const sent = [await send(id, '1'), await send(id, '2'), await send(id, '3')]
    .map((transfer) => transfer.id)
    .reverse();
  const page = await world.mint.transfers.listBusinessTransfers(
    undefined,
    undefined,
    undefined,
    undefined,
    2,
  );
  expect(page.data.data!.map((transfer) => transfer.id)).toEqual(sent.slice(0, 2));
  const next = await world.wire(
    'mint',
    'GET',
    `/v1/businessAccount/transfers?pageSize=1&pageAfter=${sent[1]}`,
  );
  expect(next.body.data[0].id).toBe(sent[2]);
});

test('after all of it the books sum to zero, and nothing was paid twice', async () => {
  const { body } = await world.control('GET', '/control/books');
  expect(new Set(Object.values(body.sums))).toEqual(new Set(['0']));
  const { body: payments } = await world.control('GET', '/control/payments?company=mint');
  const keys = payments.data.map(({ operation, idempotency_key }: Json) => `${operation} ${idempotency_key}`);
  expect(new Set(keys).size).toBe(keys.length);
});
