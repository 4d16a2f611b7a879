/** Circle transactions in the sandbox, through Circle's own client: sending, receiving, failing, listing. */
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import { FEE, type Json, SOMEBODY, startWorld, USDC_SEPOLIA, type World } from './circle-world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.sandbox.stop());
afterEach(async () => {
  await world.control('DELETE', '/control/faults');
  const delays = { 'chain.block': 0, 'chain.finality': 0, 'circle.clear': 0, 'circle.send': 0 };
  await world.control('PATCH', '/control/settings', { ...delays, 'circle.gas': true });
});

const send = async (walletId: string, amount: string, more: object = {}) => {
  const input = { walletId, tokenId: USDC_SEPOLIA, destinationAddress: SOMEBODY, amount: [amount], fee: FEE };
  return world.wallets.createTransaction({ ...input, ...more } as never);
};
const read = async (id: string): Promise<Json> =>
  (await world.wallets.getTransaction({ id })).data!.transaction!;
const reaches = (id: string, state: string): Promise<Json> =>
  eventually(`transaction in ${state}`, async () => {
    const transaction = await read(id);
    if (transaction.state !== state)
      throw new Error(`it is ${transaction.state} ${transaction.errorReason ?? ''}`);
    return transaction;
  });
const usdcOf = async (id: string): Promise<string> => {
  const { data } = await world.wallets.getWalletTokenBalance({ id });
  return data!.tokenBalances!.find(({ token }) => token.symbol === 'USDC')?.amount ?? '0';
};
const richWallet = async () => {
  const wallet = await world.wallet('ETH-SEPOLIA', '1000');
  await eventually('funded', async () => (await usdcOf(wallet.id)) === '1000');
  return wallet;
};

test('a transfer is accepted as INITIATED, becomes COMPLETE, and the money is there', async () => {
  const from = await richWallet();
  const to = await world.wallet();
  const answer = await send(from.id, '3.14', { destinationAddress: to.address, refId: 'deposit-1' });
  expect(answer.status).toBe(201);
  expect(answer.data).toEqual({ id: expect.any(String), state: 'INITIATED' });
  const transaction = await reaches(answer.data!.id, 'COMPLETE');
  expect(transaction).toMatchObject({
    amounts: ['3.14'],
    blockchain: 'ETH-SEPOLIA',
    transactionType: 'OUTBOUND',
    custodyType: 'DEVELOPER',
    operation: 'TRANSFER',
    refId: 'deposit-1',
    sourceAddress: from.address,
    destinationAddress: to.address,
    tokenId: USDC_SEPOLIA,
    txHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
    blockHeight: expect.any(Number),
  });
  expect(await usdcOf(from.id)).toBe('996.86');
  expect(await usdcOf(to.id)).toBe('3.14');
});

test('a transfer between our wallets is seen from both sides under one hash', async () => {
  const from = await richWallet();
  const to = await world.wallet();
  const { id } = (await send(from.id, '1', { destinationAddress: to.address })).data!;
  const { txHash } = await reaches(id, 'COMPLETE');
  const { data } = await world.wallets.listTransactions({ txHash });
  expect(data!.transactions!.map((found) => found.transactionType).sort()).toEqual(['INBOUND', 'OUTBOUND']);
});

test('one transaction on chain can pay several of our wallets', async () => {
  const [first, second] = [await world.wallet(), await world.wallet()];
  const { body } = await world.control('POST', '/control/chain/transfers', {
    blockchain: 'ETH-SEPOLIA',
    transfers: [
      { to: first.address, amount: '1' },
      { to: second.address, amount: '2' },
      { to: second.address, amount: '2' },
    ],
  });
  const transactions = await eventually('three inbound ones', async () => {
    const { data } = await world.wallets.listTransactions({ txHash: body.tx_hash });
    const complete = data!.transactions!.filter(({ state }) => state === 'COMPLETE');
    return complete.length === 3 ? complete : undefined;
  });
  expect(transactions.map(({ amounts }) => amounts![0]).sort()).toEqual(['1', '2', '2']);
  expect(new Set(transactions.map(({ id }) => id)).size).toBe(3);
});

test('the same key sends once, whatever is repeated', async () => {
  const from = await richWallet();
  const idempotencyKey = randomUUID();
  const answers = [];
  for (let time = 0; time < 3; time += 1) answers.push(await send(from.id, '10', { idempotencyKey }));
  expect(answers.map(({ status }) => status)).toEqual([201, 200, 200]);
  expect(new Set(answers.map(({ data }) => data!.id)).size).toBe(1);
  await reaches(answers[0]!.data!.id, 'COMPLETE');
  expect(await usdcOf(from.id)).toBe('990');
  await expect(send(from.id, '11', { idempotencyKey })).rejects.toMatchObject({ code: 156020 });
});

test.each([
  [
    'an address of another network',
    { destinationAddress: '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU' },
    155219,
  ],
  [
    'an address with a wrong checksum',
    { destinationAddress: '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed' },
    155219,
  ],
  ['an unknown token', { tokenId: randomUUID() }, 156002],
  ['a token of another network', { tokenId: '36b6931a-873a-56a8-8a27-b706b17104ee' }, 155220],
  ['an unknown wallet', { walletId: randomUUID() }, 156001],
  ['no amount', { amount: [] }, 155221],
  ['an amount of zero', { amount: ['0'] }, 155221],
  ['seven decimals', { amount: ['0.0000001'] }, 155221],
  ['no token', { tokenId: undefined }, 155228],
])('%s is refused at once', async (_name, change, code) => {
  const wallet = await world.wallet();
  await expect(send(wallet.id, '1', change)).rejects.toMatchObject({ code });
});

test('a frozen wallet cannot send', async () => {
  const wallet = await richWallet();
  await world.control('POST', `/control/circle/wallets/${wallet.id}/state`, { state: 'FROZEN' });
  await expect(send(wallet.id, '1')).rejects.toMatchObject({ code: 155501 });
});

test('a wallet can be named by address, and the token by its contract', async () => {
  const from = await richWallet();
  const answer = await world.wallets.createTransaction({
    walletAddress: from.address,
    blockchain: 'ETH-SEPOLIA',
    tokenAddress: '0x1c7d4b196cb0c7b01d743fbc6116a902379c7238',
    destinationAddress: SOMEBODY,
    amount: ['1'],
    fee: FEE,
  } as never);
  await reaches(answer.data!.id, 'COMPLETE');
});

test('an underfunded transfer is accepted and fails later', async () => {
  const wallet = await world.wallet('ETH-SEPOLIA');
  const answer = await send(wallet.id, '1');
  expect(answer.status).toBe(201);
  expect(await reaches(answer.data!.id, 'FAILED')).toMatchObject({ errorReason: 'INSUFFICIENT_TOKEN' });
});

test('a wallet without gas cannot pay for its transfer', async () => {
  await world.control('PATCH', '/control/settings', { 'circle.gas': false });
  const wallet = await world.wallet('ETH-SEPOLIA', '5');
  await eventually('funded', async () => (await usdcOf(wallet.id)) === '5');
  const { id } = (await send(wallet.id, '1')).data!;
  expect(await reaches(id, 'FAILED')).toMatchObject({ errorReason: 'INSUFFICIENT_NATIVE_TOKEN' });
  expect(await usdcOf(wallet.id)).toBe('5');
});

describe('exact amounts play outcomes', () => {
  test.each([
    ['66.61', 'DENIED', undefined],
    ['66.62', 'FAILED', 'ESTIMATION_ERROR'],
    ['66.63', 'STUCK', undefined],
    ['66.64', 'FAILED', 'TRANSACTION_REVERTED'],
  ])('%s ends %s', async (amount, state, errorReason) => {
    const wallet = await richWallet();
    const { id } = (await send(wallet.id, amount)).data!;
    const transaction = await reaches(id, state);
    expect(transaction.errorReason).toBe(errorReason);
    expect(await usdcOf(wallet.id)).toBe('1000');
  });
});

test('a stuck transfer completes when it is accelerated, under another hash', async () => {
  const wallet = await richWallet();
  const { id } = (await send(wallet.id, '66.63')).data!;
  const { txHash } = await reaches(id, 'STUCK');
  const answer = await world.wallets.accelerateTransaction({ id, idempotencyKey: randomUUID() });
  expect(answer.data).toEqual({ id });
  const done = await reaches(id, 'COMPLETE');
  expect(done.txHash).not.toBe(txHash);
  expect(await usdcOf(wallet.id)).toBe('933.37');
});

test('a stuck transfer can be canceled; a complete one cannot', async () => {
  const wallet = await richWallet();
  const stuck = (await send(wallet.id, '66.63')).data!.id;
  await reaches(stuck, 'STUCK');
  const answer = await world.wallets.cancelTransaction({ id: stuck, idempotencyKey: randomUUID() });
  expect(answer.data).toEqual({ id: stuck, state: 'CANCELLED' });
  expect(await usdcOf(wallet.id)).toBe('1000');
  const done = (await send(wallet.id, '1')).data!.id;
  await reaches(done, 'COMPLETE');
  await expect(world.wallets.cancelTransaction({ id: done })).rejects.toMatchObject({ code: 155229 });
  await expect(world.wallets.cancelTransaction({ id: randomUUID() })).rejects.toMatchObject({ code: 156003 });
});

test('a fault decides the outcome of the next transfer that matches', async () => {
  const wallet = await richWallet();
  const details = { error_reason: 'FAILED_ON_CHAIN' };
  const fault = {
    operation: 'circle.transfer',
    kind: 'revert',
    count: 1,
    match: { 'amounts.0': '7' },
    details,
  };
  expect((await world.control('POST', '/control/faults', fault)).status).toBe(201);
  const [other, hit] = [(await send(wallet.id, '6')).data!.id, (await send(wallet.id, '7')).data!.id];
  await reaches(other, 'COMPLETE');
  expect(await reaches(hit, 'FAILED')).toMatchObject({ errorReason: 'FAILED_ON_CHAIN' });
});

test('a state set by hand is answered as it is, also one that no document names', async () => {
  const wallet = await richWallet();
  const { id } = (await send(wallet.id, '66.65')).data!;
  await world.control('POST', `/control/circle/transactions/${id}/state`, { state: 'WAITING' });
  await reaches(id, 'WAITING');
  const body = { state: 'FAILED', error_reason: 'BECAUSE' };
  await world.control('POST', `/control/circle/transactions/${id}/state`, body);
  expect(await reaches(id, 'FAILED')).toMatchObject({ errorReason: 'BECAUSE' });
});

test('money received waits for finality, and a reorganised block takes it back', async () => {
  await world.control('PATCH', '/control/settings', { 'chain.finality': 3_600_000 });
  const wallet = await world.wallet();
  const hash = await world.deposit(wallet.address, '50');
  const seen = await eventually('confirmed', async () => {
    const { data } = await world.wallets.listTransactions({ walletIds: [wallet.id] });
    return data!.transactions?.[0];
  });
  expect(seen).toMatchObject({ state: 'CONFIRMED', transactionType: 'INBOUND', txHash: hash });
  expect((await world.control('POST', '/control/chain/reorg', { tx_hash: hash })).status).toBe(200);
  expect(await reaches(seen.id, 'FAILED')).toMatchObject({ errorReason: 'BLOCK_REORGANIZED' });
  expect(await usdcOf(wallet.id)).toBe('0');
  expect((await world.control('POST', '/control/chain/reorg', { tx_hash: hash })).status).toBe(409);
});

test('finality can be held by a fault and given by hand, or the block falls out instead', async () => {
  const [held, lost] = [await world.wallet(), await world.wallet()];
  const fault = { operation: 'chain.finalize', kind: 'pending', count: 1 };
  await world.control('POST', '/control/faults', fault);
  const hash = await world.deposit(held.address, '1');
  const only = async (id: string): Promise<Json> =>
    (await world.wallets.listTransactions({ walletIds: [id] })).data!.transactions?.[0];
  await eventually(
    'held',
    async () => (await world.control('GET', '/control/faults')).body.data[0].hits === 1,
  );
  expect(await only(held.id)).toMatchObject({ state: 'CONFIRMED' });
  await world.control('POST', '/control/chain/finalize', { tx_hash: hash });
  expect(await only(held.id)).toMatchObject({ state: 'COMPLETE' });
  await world.control('POST', '/control/faults', { ...fault, kind: 'reorg' });
  await world.deposit(lost.address, '1');
  await eventually('lost', async () => (await only(lost.id))?.state === 'FAILED');
  expect(await usdcOf(lost.id)).toBe('0');
});

test('transactions are listed newest first and filtered by each documented field', async () => {
  const wallet = await richWallet();
  const ids: string[] = [];
  for (const amount of ['1', '2', '3']) {
    const { id } = (await send(wallet.id, amount)).data!;
    ids.push(id);
    await reaches(id, 'COMPLETE');
  }
  const list = async (input: object): Promise<string[]> =>
    (await world.wallets.listTransactions({ walletIds: [wallet.id], ...input })).data!.transactions!.map(
      ({ id }) => id,
    );
  const newestFirst = [...ids].reverse();
  expect(await list({ txType: 'OUTBOUND' })).toEqual(newestFirst);
  expect(await list({ txType: 'OUTBOUND', order: 'ASC' })).toEqual(ids);
  expect(await list({ txType: 'OUTBOUND', pageSize: 1, pageAfter: newestFirst[0] })).toEqual([
    newestFirst[1],
  ]);
  expect(await list({ destinationAddress: SOMEBODY, state: 'COMPLETE' })).toEqual(newestFirst);
  expect(await list({ txType: 'INBOUND' })).toHaveLength(1);
  expect(await list({ state: 'FAILED' })).toEqual([]);
  expect(await list({ blockchain: 'BASE-SEPOLIA' })).toEqual([]);
  expect(await list({ txHash: (await read(ids[1]!)).txHash })).toEqual([ids[1]]);
});

test('fees can be estimated', async () => {
  const wallet = await world.wallet();
  const { data } = await world.wallets.estimateTransferFee({
    walletId: wallet.id,
    tokenId: USDC_SEPOLIA,
    destinationAddress: SOMEBODY,
    amount: ['1'],
  } as never);
  expect(data!.medium!.networkFee).toBe('0.000063');
});

test('after all of it the books sum to zero for every asset', async () => {
  const { body } = await world.control('GET', '/control/books');
  expect(Object.keys(body.sums)).toContain('USDC:ETH-SEPOLIA');
  expect(new Set(Object.values(body.sums))).toEqual(new Set(['0']));
});
