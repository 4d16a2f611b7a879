/** Cents leave, dust stays and joins the next deposit; nothing but USDC is ever credited. */
import { balanceOf, expectCleanLedger } from '../support/books.ts';
import { type Customer, createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let customer: Customer;
beforeAll(async () => {
  stack = await startStack();
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '5000000.00' });
});
beforeEach(async () => {
  customer = await createCustomer(stack);
});
afterEach(() => expectCleanLedger(stack.database.pool));
afterAll(() => stack?.stop());

const cash = () => balanceOf(stack.database.pool, 'customer_cash', customer.id);
const dust = () => balanceOf(stack.database.pool, 'customer_incoming', customer.wallets.ethereum.id);

test('whole cents become dollars; what is below a cent stays the customer’s', async () => {
  await customer.receive({ amount: '10.123456' });
  expect(await customer.depositReaches('broker_funded')).toMatchObject({ amount_usd: '10.12' });
  expect(await cash()).toBe(10_120_000n);
  expect(await dust()).toBe(3_456n);
});

test('dust joins the next deposit on the same chain', async () => {
  await customer.receive({ amount: '1.006' });
  await customer.depositReaches('broker_funded');
  await customer.receive({ amount: '2.005' });
  await eventually('both are funded', async () => (await cash()) === 3_010_000n);
  const amounts = (await customer.deposits()).map(({ amount_usd }) => amount_usd);
  expect(amounts).toEqual(['1.00', '2.01']);
  expect(await dust()).toBe(1_000n);
});

test('a deposit below one cent waits, and is carried by the next one', async () => {
  await customer.receive({ amount: '0.004' });
  await eventually('it waits', async () => (await customer.deposits())[0]?.waiting_for === 'next_deposit');
  await customer.receive({ amount: '0.006' });
  await eventually('both are done', async () => {
    const states = (await customer.deposits()).map(({ status, waiting_for }) => `${status} ${waiting_for}`);
    return states.length === 2 && states.every((state) => state === 'broker_funded null');
  });
  expect(await cash()).toBe(10_000n);
  expect(await dust()).toBe(0n);
});

test('several transfers in one chain transaction are one deposit each', async () => {
  const { address } = customer.wallets.ethereum;
  const sent = await stack.sandbox.control<{ tx_hash: string }>('POST', '/control/chain/transfers', {
    blockchain: 'ETH-SEPOLIA',
    transfers: [
      { to: address, amount: '1.00' },
      { to: address, amount: '1.00' },
      { to: address, amount: '2.50' },
    ],
  });
  await eventually('three are funded', async () => {
    const rows = await customer.deposits();
    return rows.length === 3 && rows.every(({ status }) => status === 'broker_funded');
  });
  expect((await customer.deposits()).map(({ tx_hash }) => tx_hash)).toEqual(Array(3).fill(sent.tx_hash));
  expect(await cash()).toBe(4_500_000n);
});

test('a token that is not USDC is explained and never credited', async () => {
  await customer.receive({ amount: '1000000', token: 'FAKEUSDC' });
  const deposit = await customer.depositReaches('failed');
  expect(deposit.failure_reason).toMatch(/^The token is not USDC/);
  expect(await cash()).toBe(0n);
  expect(await dust()).toBe(0n);
  const { body } = await stack.call('GET', '/v1/notifications', { token: await stack.token(customer.id) });
  expect(body.data[0].body).toMatch(/Nothing was credited/);
});

test('twenty deposits at once on one wallet: every unit is there once', async () => {
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => customer.receive({ amount: `1.00${index + 10}` })),
  );
  const total = Array.from({ length: 20 }, (_, index) => 1_000_000n + BigInt(index + 10) * 100n).reduce(
    (a, b) => a + b,
  );
  await eventually(
    'all are funded',
    async () => {
      const rows = await customer.deposits();
      return rows.length === 20 && rows.every(({ status }) => status === 'broker_funded');
    },
    { timeoutMs: 40_000 },
  );
  expect((await cash()) + (await dust())).toBe(total);
  expect(await dust()).toBeLessThan(10_000n);
});

test('a million and one dollars', async () => {
  await customer.receive({ amount: '1000001.23' });
  expect(await customer.depositReaches('broker_funded')).toMatchObject({ amount_usd: '1000001.23' });
});
