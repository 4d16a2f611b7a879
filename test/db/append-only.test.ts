/** What was written about money and people stays written, even for the owner of the tables. */
import {
  addDeposit,
  addUser,
  addWallet,
  confirmDeposit,
  count,
  type LedgerDatabase,
  openLedgerDatabase,
} from './records.ts';

let database: LedgerDatabase;

beforeAll(async () => {
  database = await openLedgerDatabase();
  const user = await addUser(database);
  await confirmDeposit(database, await addDeposit(database, await addWallet(database, user)));
  await database.query(
    "insert into audit_log (actor_role, action, subject_kind, subject_id) values ('admin', 'looked', 'user', $1)",
    [user],
  );
});
afterAll(() => database.drop());

const APPEND_ONLY = [
  ['lifecycle_events', 'event'],
  ['audit_log', 'action'],
  ['ledger_transactions', 'event'],
  ['ledger_postings', 'asset'],
  ['ledger_accounts', 'kind'],
] as const;

describe.each(APPEND_ONLY)('%s', (table, column) => {
  test.each([
    ['update', `update ${table} set ${column} = ${column}`],
    ['delete', `delete from ${table}`],
    ['truncate', `truncate ${table} cascade`],
  ])('refuses %s', async (operation, statement) => {
    const before = await count(database, table);
    expect(before).toBeGreaterThan(0);
    await expect(database.query(statement)).rejects.toMatchObject({
      code: 'SL002',
      message: expect.stringContaining(`append only: ${operation} refused`),
    });
    expect(await count(database, table)).toBe(before);
  });
});

test('a balance moves only with postings', async () => {
  for (const statement of [
    'update ledger_balances set balance = balance + 1',
    'delete from ledger_balances',
    'truncate ledger_balances',
  ]) {
    await expect(database.query(statement)).rejects.toMatchObject({ code: 'SL002' });
  }
  const [account] = await database.query<{ id: string }>('select id from ledger_accounts limit 1');
  await expect(
    database.query('insert into ledger_balances (account_id, shard, guard, balance) values ($1, 99, 0, 5)', [
      account!.id,
    ]),
  ).rejects.toMatchObject({ code: 'SL002' });
});
