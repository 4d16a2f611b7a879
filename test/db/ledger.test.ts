/** The laws of the ledger, as the database enforces them on whoever writes. */
import { randomUUID } from 'node:crypto';
import { move } from '../../domain/funding/ledger.ts';
import {
  addUser,
  balanceOf,
  count,
  expectBooksToBalance,
  type LedgerDatabase,
  openLedgerDatabase,
  post,
  units,
} from './records.ts';

let database: LedgerDatabase;

beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database.drop());
afterEach(() => expectBooksToBalance(database));

/** Gives a customer buying power out of the firm's float. */
const fund = (owner: string, amount: string) =>
  post(database, `fund:${randomUUID()}`, [
    { account: 'alpaca_customer', owner, amount: units(amount) },
    { account: 'customer_cash', owner, amount: units(`-${amount}`) },
  ]);

test('a transaction that does not sum to zero is refused and leaves nothing', async () => {
  const owner = randomUUID();
  await expect(
    post(database, 'unbalanced', [
      { account: 'alpaca_customer', owner, amount: '100' },
      { account: 'customer_cash', owner, amount: '-99' },
    ]),
  ).rejects.toMatchObject({ code: 'SL003', message: expect.stringContaining('off by 1') });
  expect(await count(database, "ledger_transactions where reference = 'unbalanced'")).toBe(0);
  expect(await balanceOf(database, 'customer_cash', owner)).toBe(0n);
});

test('dollars do not balance USDC, even at the same number', async () => {
  const owner = randomUUID();
  await expect(
    post(database, 'cross', [
      { account: 'mint_balance', amount: '100' },
      { account: 'customer_converting', owner, amount: '-100' },
    ]),
  ).rejects.toMatchObject({ code: 'SL003' });
});

test('one transaction may move both assets when each sums to zero', async () => {
  const owner = randomUUID();
  await post(database, 'converted:1', [
    { account: 'circle_in_transit', amount: '500' },
    { account: 'customer_converting', owner, amount: '-500' },
  ]);
  await post(database, 'converted:2', [
    { account: 'circle_in_transit', amount: '-500' },
    { account: 'customer_converting', owner, amount: '500' },
    { account: 'mint_balance', amount: '500' },
    { account: 'customer_pending', owner, amount: '-500' },
  ]);
  expect(await balanceOf(database, 'customer_converting', owner)).toBe(0n);
  expect(await balanceOf(database, 'customer_pending', owner)).toBe(500n);
});

test('a posting in another asset than its account is refused', async () => {
  const owner = randomUUID();
  await fund(owner, '1.00');
  const [account] = await database.query<{ id: string }>(
    "select id from ledger_accounts where kind = 'customer_cash' and owner_id = $1",
    [owner],
  );
  await expect(
    database.query(
      `with t as (insert into ledger_transactions (reference, lifecycle, event, written_by)
         values ('asset', 'test', 'tested', pg_current_xact_id()::text) returning id)
       insert into ledger_postings (transaction_id, account_id, asset, shard, amount)
       select t.id, $1::bigint, 'USDC/6', 0, x from t, (values (5), (-5)) v (x)`,
      [account!.id],
    ),
  ).rejects.toMatchObject({ code: '23503' });
});

test('a posting to a transaction that does not exist is refused', async () => {
  const owner = randomUUID();
  await fund(owner, '1.00');
  await expect(
    database.query(
      `insert into ledger_postings (transaction_id, account_id, asset, shard, amount)
       select 9007199254740991, a.id, a.asset, 0, x from ledger_accounts a, (values (5), (-5)) v (x)
       where a.kind = 'customer_cash' and a.owner_id = $1`,
      [owner],
    ),
  ).rejects.toMatchObject({ code: '23503' });
  expect(await balanceOf(database, 'customer_cash', owner)).toBe(1_000_000n);
});

test('an account that the chart does not know is refused', async () => {
  await expect(
    database.query("select ledger_post('nowhere', 'test', null, 'tested', $1)", [
      JSON.stringify([
        { account: 'petty_cash', amount: '0' },
        { account: 'petty_cash', amount: '1' },
      ]),
    ]),
  ).rejects.toMatchObject({ code: 'SL003', message: 'the chart of accounts has no petty_cash' });
});

test('nothing is added to a transaction later, not even what balances', async () => {
  const owner = randomUUID();
  await fund(owner, '2.00');
  await expect(
    database.query(
      `insert into ledger_postings (transaction_id, account_id, asset, shard, amount)
       select p.transaction_id, p.account_id, p.asset, p.shard, p.amount
       from ledger_postings p join ledger_accounts a on a.id = p.account_id
       where p.transaction_id in (select transaction_id from ledger_postings p2
         join ledger_accounts a2 on a2.id = p2.account_id where a2.owner_id = $1)`,
      [owner],
    ),
  ).rejects.toMatchObject({ code: 'SL003', message: expect.stringContaining('is closed') });
  expect(await balanceOf(database, 'customer_cash', owner)).toBe(2_000_000n);
});

test('a posting whose balance row does not exist is refused', async () => {
  const owner = randomUUID();
  await fund(owner, '1.00');
  await expect(
    database.query(
      `with t as (insert into ledger_transactions (reference, lifecycle, event, written_by)
         values ('no-shard', 'test', 'tested', pg_current_xact_id()::text) returning id)
       insert into ledger_postings (transaction_id, account_id, asset, shard, amount)
       select t.id, a.id, a.asset, 7, case a.kind when 'customer_cash' then -9 else 9 end
       from t, ledger_accounts a where a.owner_id = $1`,
      [owner],
    ),
  ).rejects.toMatchObject({ code: 'SL003' });
});

describe('an account of a customer', () => {
  test('cannot be overdrawn by one unit, and can be emptied', async () => {
    const owner = randomUUID();
    await fund(owner, '3.00');
    const hold = (amount: string, reference: string) =>
      post(
        database,
        reference,
        move(BigInt(amount), { account: 'customer_cash', owner }, { account: 'customer_held', owner }),
      );

    await expect(hold('3000001', 'over')).rejects.toMatchObject({
      code: 'SL004',
      message: `account customer_cash:${owner} would pass zero`,
    });
    expect(await hold('3000000', 'all')).toBe(true);
    expect(await balanceOf(database, 'customer_cash', owner)).toBe(0n);
    expect(await balanceOf(database, 'customer_held', owner)).toBe(3_000_000n);
  });

  test('is guarded on its own side when it stands on the debit side', async () => {
    const wallet = randomUUID();
    await expect(
      post(
        database,
        'wallet-below-zero',
        move(1n, { account: 'circle_in_transit' }, { account: 'circle_wallet', owner: wallet }),
      ),
    ).rejects.toMatchObject({ code: 'SL004' });
  });
});

test('an account that all share may stand on either side, as a float that is owed does', async () => {
  const before = await balanceOf(database, 'alpaca_firm');
  await post(database, 'owed', move(7n, { account: 'company_float' }, { account: 'alpaca_firm' }));
  expect(await balanceOf(database, 'alpaca_firm')).toBe(before - 7n);
});

test('the same reference posts once, and what it says the second time is ignored', async () => {
  const owner = randomUUID();
  const postings = (amount: bigint) =>
    move(amount, { account: 'alpaca_customer', owner }, { account: 'customer_cash', owner });
  expect(await post(database, 'once', postings(10n))).toBe(true);
  expect(await post(database, 'once', postings(10n))).toBe(false);
  expect(await post(database, 'once', postings(99n))).toBe(false);
  expect(await balanceOf(database, 'customer_cash', owner)).toBe(10n);
});

test('a transaction that was rolled back leaves its reference free', async () => {
  const owner = randomUUID();
  await expect(
    post(
      database,
      'tried',
      move(1n, { account: 'customer_cash', owner }, { account: 'customer_held', owner }),
    ),
  ).rejects.toMatchObject({ code: 'SL004' });
  await fund(owner, '1.00');
  expect(
    await post(
      database,
      'tried',
      move(1n, { account: 'customer_cash', owner }, { account: 'customer_held', owner }),
    ),
  ).toBe(true);
});

test('amounts beyond what a double holds exactly stay exact', async () => {
  const owner = randomUUID();
  const huge = 9_007_199_254_740_993n;
  await post(
    database,
    'huge',
    move(huge, { account: 'alpaca_customer', owner }, { account: 'customer_cash', owner }),
  );
  expect(await balanceOf(database, 'customer_cash', owner)).toBe(huge);
});

test('a customer never sees a cent that is not there', async () => {
  const owner = await addUser(database);
  await post(
    database,
    'almost',
    move(19_999n, { account: 'alpaca_customer', owner }, { account: 'customer_cash', owner }),
  );
  const [balance] = await database.query(
    'select buying_power_usd, held_usd from balances where user_id = $1',
    [owner],
  );
  expect(balance).toEqual({ buying_power_usd: '0.01', held_usd: '0.00' });
});
