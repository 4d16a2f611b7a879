/** What is below a cent stays the customer's and joins their next deposit, however deposits interleave. */
import { randomUUID } from 'node:crypto';
import { parseUnits } from '../../domain/money.ts';
import {
  addDeposit,
  addUser,
  addWallet,
  balanceOf,
  confirmDeposit,
  count,
  expectBooksToBalance,
  type LedgerDatabase,
  openLedgerDatabase,
  post,
  units,
} from './records.ts';

let database: LedgerDatabase;
let userId: string;
let walletId: string;

beforeAll(async () => {
  database = await openLedgerDatabase();
});
beforeEach(async () => {
  userId = await addUser(database);
  walletId = await addWallet(database, userId);
});
afterEach(() => expectBooksToBalance(database));
afterAll(() => database.drop());

/** A transfer that arrives and is final at once. */
async function receive(
  amount: string,
): Promise<{ id: string; usd: string | null; waitingFor: string | null }> {
  const id = await addDeposit(database, walletId, amount);
  const facts = await confirmDeposit(database, id);
  return { id, usd: facts.amount_usd, waitingFor: facts.waiting_for };
}

const rowOf = async (id: string) =>
  (await database.query('select * from deposits where id = $1', [id]))[0] as Record<string, unknown>;
const dust = () => balanceOf(database, 'customer_incoming', walletId);
const converting = () => balanceOf(database, 'customer_converting', userId);
const wallet = () => balanceOf(database, 'circle_wallet', walletId);

test('whole cents are set aside, the rest stays', async () => {
  const deposit = await receive('12.345678');
  expect(deposit).toMatchObject({ usd: '12.34', waitingFor: null });
  expect(await converting()).toBe(parseUnits('12.34'));
  expect(await dust()).toBe(parseUnits('0.005678'));
  expect(await wallet()).toBe(parseUnits('12.345678'));
  expect(await rowOf(deposit.id)).toMatchObject({ status: 'confirmed_on_chain', off_ramp_attempt: 1 });
});

test('the next deposit takes the dust along as soon as it makes a cent', async () => {
  expect((await receive('1.004')).usd).toBe('1.00');
  expect((await receive('1.005')).usd).toBe('1.00');
  expect(await dust()).toBe(parseUnits('0.009'));
  expect((await receive('1.001')).usd).toBe('1.01');
  expect(await dust()).toBe(0n);
  expect(await converting()).toBe(parseUnits('3.01'));
});

test('a deposit below a cent waits for the next one, which carries it to the end', async () => {
  const first = await receive('0.005');
  const second = await receive('0.004');
  for (const { id } of [first, second]) {
    expect(await rowOf(id)).toMatchObject({
      status: 'confirmed_on_chain',
      amount_usd: '0.00',
      waiting_for: 'next_deposit',
      off_ramp_attempt: 0,
      carried_by_id: null,
    });
  }
  const carrier = await receive('2.002');
  expect(carrier).toMatchObject({ usd: '2.01', waitingFor: null });
  for (const { id } of [first, second]) {
    expect(await rowOf(id)).toMatchObject({ waiting_for: 'carrier', carried_by_id: carrier.id });
  }
  expect(await dust()).toBe(parseUnits('0.001'));

  await database.query("select transition('deposit', $1, 'off_ramp_started', '1')", [carrier.id]);
  await database.query("select transition('deposit', $1, 'off_ramp_completed', '1')", [carrier.id]);
  await database.query("select deposit_funded($1, '{}')", [carrier.id]);
  await database.query("select deposit_funded($1, '{}')", [carrier.id]);
  for (const { id } of [first, second]) {
    expect(await rowOf(id)).toMatchObject({
      status: 'broker_funded',
      waiting_for: null,
      broker_funded_at: expect.any(Date),
    });
    const [event] = await database.query(
      "select evidence from lifecycle_events where subject_id = $1 and event = 'carried'",
      [id],
    );
    expect(event).toEqual({ evidence: { carried_by: carrier.id } });
  }
});

test('dust stays with the wallet that it arrived in', async () => {
  await receive('0.009');
  const elsewhere = await addWallet(database, userId, 'solana');
  const facts = await confirmDeposit(database, await addDeposit(database, elsewhere, '0.001'));
  expect(facts).toMatchObject({ amount_usd: '0.00', waiting_for: 'next_deposit' });
  expect(await dust()).toBe(parseUnits('0.009'));
});

test('whole cents in the incoming account belong to a deposit in review and are not taken along', async () => {
  await receive('5.006');
  await post(database, `aside:${walletId}`, [
    { account: 'customer_converting', owner: userId, amount: units('5.00') },
    { account: 'customer_incoming', owner: walletId, amount: units('-5.00') },
  ]);
  expect((await receive('1.004')).usd).toBe('1.01');
  expect(await dust()).toBe(parseUnits('5.00'));
});

test('digits beyond the asset are never rounded up into money', async () => {
  expect((await receive('0.0099999')).usd).toBe('0.00');
  expect(await wallet()).toBe(9_999n);
});

test('a confirmation that is told again changes nothing', async () => {
  const deposit = await receive('3.335');
  await Promise.all([confirmDeposit(database, deposit.id), confirmDeposit(database, deposit.id)]);
  expect(await converting()).toBe(parseUnits('3.33'));
  expect(await wallet()).toBe(parseUnits('3.335'));
});

test('one that twenty say at the same time is credited once', async () => {
  const id = await addDeposit(database, walletId, '3.335');
  await Promise.all(Array.from({ length: 20 }, () => confirmDeposit(database, id)));
  expect(await wallet()).toBe(parseUnits('3.335'));
  expect(await count(database, "lifecycle_events where subject_id = $1 and event = 'confirmed'", [id])).toBe(
    1,
  );
});

test('two deposits that become final together never take the same dust', async () => {
  for (let round = 0; round < 10; round++) {
    userId = await addUser(database);
    walletId = await addWallet(database, userId);
    await receive('1.009');
    const pair = await Promise.all([
      addDeposit(database, walletId, '1.001'),
      addDeposit(database, walletId, '1.001'),
    ]);
    const facts = await Promise.all(pair.map((id) => confirmDeposit(database, id)));
    expect(facts.map((fact) => fact.amount_usd).sort()).toEqual(['1.00', '1.01']);
    expect(await converting()).toBe(parseUnits('3.01'));
    expect(await dust()).toBe(parseUnits('0.001'));
  }
});

test('thirty deposits in one moment: nothing is lost, nobody deadlocks', async () => {
  const ids = await Promise.all(Array.from({ length: 30 }, () => addDeposit(database, walletId, '0.013333')));
  await Promise.all(ids.map((id) => confirmDeposit(database, id)));
  expect(await wallet()).toBe(parseUnits('0.39999'));
  expect((await converting()) + (await dust())).toBe(parseUnits('0.39999'));
  expect(await dust()).toBe(parseUnits('0.00999'));
  const [sum] = await database.query(
    'select sum(amount_usd)::text as usd from deposits where wallet_id = $1',
    [walletId],
  );
  expect(sum!.usd).toBe('0.39');
});

test('confirming and setting aside meet on the same accounts without a deadlock', async () => {
  // The customer's first deposit came by another wallet, so that accounts were not opened in the order of use.
  const first = await addWallet(database, userId, 'solana');
  await confirmDeposit(database, await addDeposit(database, first, '50'));
  await receive('50');
  const ids = await Promise.all(Array.from({ length: 20 }, () => addDeposit(database, walletId, '1.003')));
  await Promise.all([
    ...ids.map((id) => confirmDeposit(database, id)),
    ...ids.map(() =>
      post(database, `aside:${randomUUID()}`, [
        { account: 'customer_converting', owner: userId, amount: units('0.50') },
        { account: 'customer_incoming', owner: walletId, amount: units('-0.50') },
      ]),
    ),
  ]);
  expect(await wallet()).toBe(parseUnits('70.06'));
  expect((await dust()) + (await converting())).toBe(parseUnits('120.06'));
});
