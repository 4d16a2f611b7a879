/** What staff read about the ledger: balances of the past, heads of the chains, where money came from. */
import { randomUUID } from 'node:crypto';
import { sealChain } from '../../db/funding/ledger-chain-queries.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';
import { type Customer, confirmDeposit, customer, seenDeposit } from './money-fixture.ts';

let api: ApiUnderTest;
let ada: Customer;
let deposit: string;
let token: string;
beforeAll(async () => {
  api = await startApi();
  ada = await customer(api);
  deposit = await seenDeposit(api, ada, '12.345');
  await confirmDeposit(api, deposit);
  ({ token } = await api.user('support'));
});
afterAll(() => api.stop());

const get = (path: string) => api.call('GET', `/v1/admin/ledger/${path}`, { token });

test('balances of a moment, of all and of one customer, are final once sealed', async () => {
  const open = (await get('balances')).body;
  expect(open).toMatchObject({ final: false, sealed_through: null, position: '0' });
  expect(open.balances.find(({ account }: { account: string }) => account === 'circle_wallet')).toEqual({
    account: 'circle_wallet',
    owner_id: null,
    means: "USDC in a customer's Circle wallet.",
    normal: 'debit',
    amount: '12.345',
    currency: 'USDC',
  });
  const at = new Date().toISOString();
  await sealChain(api.deps.database, 'ledger', 100);
  const sealed = (await get(`balances?at=${at}&owner_id=${ada.id}`)).body;
  expect(sealed).toMatchObject({ at, final: true, position: '1' });
  expect(
    sealed.balances.map(({ account, owner_id, amount }: Record<string, string>) => [
      account,
      owner_id,
      amount,
    ]),
  ).toEqual([
    ['circle_wallet', ada.walletId, '12.345'],
    ['customer_converting', ada.id, '12.34'],
    ['customer_incoming', ada.walletId, '0.005'],
  ]);
  const before = (await get('balances?at=2020-01-01T00:00:00Z')).body;
  expect(before.final).toBe(true);
  expect(before.balances.every(({ amount }: { amount: string }) => amount === '0.00')).toBe(true);
});

test('a moment that has not come yet has no balance', async () => {
  const answer = await get('balances?at=2999-01-01T00:00:00Z');
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toEqual([{ in: 'query', pointer: '/at', detail: 'Is in the future.' }]);
});

test('a moment before the first book has none either, also the year that the database does not know', async () => {
  for (const at of ['0000-01-01T00:00:00Z', '1999-12-31T23:59:59Z']) {
    const { status, body } = await get(`balances?at=${at}`);
    expect([at, status, body.errors]).toEqual([
      at,
      400,
      [{ in: 'query', pointer: '/at', detail: 'Is before the first of our books.' }],
    ]);
  }
});

test('the heads of the chains', async () => {
  await sealChain(api.deps.database, 'ledger', 100);
  const { chains } = (await get('chains')).body;
  expect(chains).toMatchObject([
    { chain: 'ledger', position: '1', digest: expect.stringMatching(/^[0-9a-f]{64}$/), waiting: '0' },
    { chain: 'audit', position: '0', digest: '0'.repeat(64), sealed_through: null },
  ]);
});

test('the trace of a deposit names its transaction on chain', async () => {
  const trace = (await get(`trace?deposit_id=${deposit}`)).body;
  expect(trace.user_id).toBe(ada.id);
  const origin = { lifecycle: 'deposit', subject_id: deposit, event: 'confirmed' };
  expect(trace.sources).toMatchObject([{ amount: '12.345', origin }]);
  expect(trace.places).toMatchObject([
    { amount: '12.34', account: 'customer_converting', origin },
    { amount: '0.005', account: 'customer_incoming', origin },
  ]);
  expect(trace.movements.every(({ from }: { from: string | null }) => from === null)).toBe(true);
  expect(trace.evidence).toMatchObject([
    { lifecycle: 'deposit', id: deposit, chain: 'base', tx_hash: `0x${deposit.replaceAll('-', '')}` },
  ]);
  const { transaction_id } = trace.sources[0].origin;
  const same = (await get(`trace?transaction_id=${transaction_id}`)).body;
  expect(same.movements).toEqual(trace.movements);
  expect((await get(`trace?user_id=${ada.id}`)).body.sources).toEqual(trace.sources);
});

test('a trace is asked by exactly one id, of something that exists', async () => {
  for (const query of ['', `?deposit_id=${deposit}&user_id=${ada.id}`]) {
    expect(await get(`trace${query}`)).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
  }
  for (const name of ['deposit_id', 'withdrawal_id', 'user_id']) {
    expect(await get(`trace?${name}=${randomUUID()}`)).toMatchObject({ status: 404 });
  }
  expect(await get('trace?transaction_id=999999')).toMatchObject({ status: 404 });
  expect(await get('trace?transaction_id=x')).toMatchObject({ status: 400 });
});
