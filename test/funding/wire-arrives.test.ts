/** Wires between our own places, from the need to the money at the other end, in the books and at the companies. */
import { balanceOf, expectCleanLedger, payments } from '../support/books.ts';
import { mirrors } from '../support/mirrors.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { fundTreasury, type Treasury, treasuryOf } from '../support/treasury.ts';

let stack: TestStack;
let treasury: Treasury;
beforeAll(async () => {
  stack = await startStack();
  await fundTreasury(stack, { firm: '1000.00', mint: '60000.00' });
  treasury = await treasuryOf(stack);
  await treasury.setPolicy();
});
afterEach(async () => {
  await treasury.setPolicy();
  await expectCleanLedger(stack.database.pool);
  const { ours, theirs } = await mirrors(stack, []);
  expect(ours).toEqual(theirs);
  expect(await balanceOf(stack.database.pool, 'wires_in_flight')).toBe(0n);
});
afterAll(async () => {
  await treasury?.close();
  await stack?.stop();
});

const dollars = (amount: number): bigint => BigInt(amount) * 1_000_000n;
const firm = () => balanceOf(stack.database.pool, 'alpaca_firm');
const mint = () => balanceOf(stack.database.pool, 'mint_balance');

test('a float below its low mark is filled by one payout, which arrives at the firm account', async () => {
  await treasury.setPolicy({ alpacaLowUsd: '5000', alpacaTargetUsd: '20000' });
  await treasury.round();
  const [wire] = await treasury.wires();
  expect(wire).toMatchObject({ kind: 'mint_to_alpaca', amount_usd: '19000.00' });
  expect(wire?.reason).toMatch(
    /will stand at 1000.00, below its low mark of 5000.00; its target is 20000.00/,
  );
  const done = await treasury.reaches(wire?.id ?? '', 'complete');
  expect(done).toMatchObject({
    provider_ref: expect.any(String),
    tracking_ref: expect.stringMatching(/^CIR/),
  });
  expect([await firm(), await mint()]).toEqual([dollars(20_000), dollars(41_000)]);
  await treasury.round();
  expect(await treasury.wires()).toHaveLength(1);
  const payouts = (await payments(stack)).filter(({ operation }) => operation === 'mint.createPayout');
  expect(payouts).toEqual([expect.objectContaining({ amount: '19000.00', effective: true })]);
});

test('rounds at the same moment serve one need with one wire', async () => {
  await treasury.setPolicy({ alpacaLowUsd: '25000', alpacaTargetUsd: '26000' });
  await Promise.all(Array.from({ length: 6 }, () => treasury.round()));
  const all = await treasury.wires();
  expect(all).toHaveLength(2);
  await treasury.reaches(all[1]?.id ?? '', 'complete');
  expect([await firm(), await mint()]).toEqual([dollars(26_000), dollars(35_000)]);
});

test('a float above its high mark gives away what is too much, by a wire that Mint books as a deposit', async () => {
  await treasury.setPolicy({ alpacaTargetUsd: '20000', alpacaHighUsd: '25000' });
  await treasury.round();
  const wire = (await treasury.wires()).at(-1);
  expect(wire).toMatchObject({ kind: 'alpaca_to_mint', amount_usd: '6000.00' });
  const done = await treasury.reaches(wire?.id ?? '', 'complete');
  expect([await firm(), await mint()]).toEqual([dollars(20_000), dollars(41_000)]);
  const { rows } = await stack.database.pool.query(
    `select step, provider, state, provider_reference from provider_operations where subject_id = $1 order by step`,
    [done.id],
  );
  expect(rows).toEqual([
    { step: 'arrival:1', provider: 'mint', state: 'succeeded', provider_reference: done.arrival_ref },
    { step: 'order:1', provider: 'alpaca', state: 'succeeded', provider_reference: done.provider_ref },
  ]);
});

test('two wires of the same amount each find an arrival of their own', async () => {
  const ids = await Promise.all([
    treasury.wire('mint_to_alpaca', '777.00'),
    treasury.wire('mint_to_alpaca', '777.00'),
    treasury.wire('alpaca_to_mint', '555.00'),
    treasury.wire('alpaca_to_mint', '555.00'),
  ]);
  const done = await Promise.all(ids.map((id) => treasury.reaches(id, 'complete')));
  expect(new Set(done.map(({ arrival_ref }) => arrival_ref)).size).toBe(4);
});

test('stock of USDC for a treasury wallet, and back to dollars', async () => {
  const bought = await treasury.wire('mint_to_wallet', '300.00', 'base');
  await treasury.reaches(bought, 'complete');
  const { rows } = await stack.database.pool.query(`select id from treasury_wallets where chain = 'base'`);
  const wallet = () => balanceOf(stack.database.pool, 'treasury_wallet', rows[0].id);
  expect(await wallet()).toBe(dollars(300));
  expect(await balanceOf(stack.database.pool, 'company_float_usdc')).toBe(dollars(300));
  await treasury.reaches(await treasury.wire('wallet_to_mint', '300.00', 'base'), 'complete');
  expect(await wallet()).toBe(0n);
  expect(await balanceOf(stack.database.pool, 'company_float_usdc')).toBe(0n);
  expect(await balanceOf(stack.database.pool, 'on_ramp_in_transit')).toBe(0n);
});
