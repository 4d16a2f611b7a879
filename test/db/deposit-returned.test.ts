/** The broker takes a funded deposit back: what is left goes back, what was spent is owed to us. */
import { randomUUID } from 'node:crypto';
import { brokerFunded, offRampCompleted, offRampStarted } from '../../domain/funding/deposit-postings.ts';
import { move } from '../../domain/funding/ledger.ts';
import { parseUnits } from '../../domain/money.ts';
import {
  addDeposit,
  addUser,
  addWallet,
  balanceOf,
  confirmDeposit,
  expectBooksToBalance,
  type LedgerDatabase,
  openLedgerDatabase,
  post,
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

/** A deposit that has become buying power. */
async function fundedDeposit(amount: string): Promise<string> {
  const id = await addDeposit(database, walletId, amount);
  await confirmDeposit(database, id);
  const money = { userId, walletId, units: parseUnits(amount) };
  for (const [event, postings] of [
    ['off_ramp_started', offRampStarted(money)],
    ['off_ramp_completed', offRampCompleted(money)],
    ['broker_funded', brokerFunded(money)],
  ] as const) {
    await database.query("select transition('deposit', $1, $2, '1', $3)", [
      id,
      event,
      JSON.stringify({ postings }),
    ]);
  }
  return id;
}

const takeBack = (id: string) => database.query("select deposit_returned($1, '{}')", [id]);
const balances = async () => ({
  cash: await balanceOf(database, 'customer_cash', userId),
  receivable: await balanceOf(database, 'customer_receivable', userId),
  pending: await balanceOf(database, 'customer_pending', userId),
});

test('with the money still there, all of it goes back', async () => {
  await takeBack(await fundedDeposit('25.00'));
  expect(await balances()).toEqual({ cash: 0n, receivable: 0n, pending: parseUnits('25.00') });
});

test('with some of it spent, the customer owes us that part', async () => {
  const id = await fundedDeposit('25.00');
  await post(
    database,
    `spent:${id}`,
    move(
      parseUnits('10.00'),
      { account: 'customer_cash', owner: userId },
      { account: 'customer_held', owner: userId },
    ),
  );
  await takeBack(id);
  expect(await balances()).toEqual({
    cash: 0n,
    receivable: parseUnits('10.00'),
    pending: parseUnits('25.00'),
  });
});

test('told again, also by many at once, it counts once', async () => {
  await fundedDeposit('5.00');
  const id = await fundedDeposit('25.00');
  await Promise.all(Array.from({ length: 10 }, () => takeBack(id)));
  await takeBack(id);
  expect(await balances()).toEqual({
    cash: parseUnits('5.00'),
    receivable: 0n,
    pending: parseUnits('25.00'),
  });
});

test('taking back and spending meet without a deadlock, and never spend the same dollar twice', async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, () => fundedDeposit('10.00')));
  await Promise.all([
    ...ids.map(takeBack),
    ...Array.from({ length: 16 }, () =>
      post(
        database,
        `spend:${randomUUID()}`,
        move(
          parseUnits('7.00'),
          { account: 'customer_cash', owner: userId },
          { account: 'customer_held', owner: userId },
        ),
      ).catch((error) => expect(error).toMatchObject({ code: 'SL004' })),
    ),
  ]);
  const { cash, receivable, pending } = await balances();
  const held = await balanceOf(database, 'customer_held', userId);
  expect(pending).toBe(parseUnits('80.00'));
  expect(cash).toBe(0n);
  expect(receivable).toBe(held);
});
