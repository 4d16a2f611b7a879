/** The database refuses every edge that is not declared, also to those who write a status by hand. */
import { edgesOf, statesOf } from '../../domain/lifecycle.ts';
import { LIFECYCLES } from '../../domain/lifecycles.ts';
import {
  addAddress,
  addDeposit,
  addUser,
  addWallet,
  addWire,
  addWithdrawal,
  type LedgerDatabase,
  openLedgerDatabase,
} from './records.ts';

let database: LedgerDatabase;
const rows: Record<string, string> = {};

beforeAll(async () => {
  database = await openLedgerDatabase();
  rows.kyc = await addUser(database);
  rows.wallet = await addWallet(database, rows.kyc);
  rows.deposit = await addDeposit(database, rows.wallet);
  rows.address = await addAddress(database, rows.kyc);
  rows.withdrawal = await addWithdrawal(database, rows.kyc, rows.address);
  rows.wire = await addWire(database);
});
afterAll(() => database.drop());

/** The shortest way of declared edges from the initial state to `target`. */
function wayTo(
  lifecycle: (typeof LIFECYCLES)[keyof typeof LIFECYCLES]['lifecycle'],
  target: string,
): string[] {
  const ways: string[][] = [[lifecycle.initial]];
  const seen = new Set<string>([lifecycle.initial]);
  for (const way of ways) {
    const here = way.at(-1);
    if (here === target) return way.slice(1);
    for (const edge of edgesOf(lifecycle)) {
      if (edge.from !== here || seen.has(edge.to)) continue;
      seen.add(edge.to);
      ways.push([...way, edge.to]);
    }
  }
  throw new Error(`no way to ${target}`);
}

const cases = Object.entries(LIFECYCLES).flatMap(([name, home]) =>
  statesOf(home.lifecycle).map((from) => ({ name, from, ...home })),
);

test.each(cases)('a $name in $from', async ({ name, from, lifecycle, table, column }) => {
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    for (const state of wayTo(lifecycle, from)) {
      await client.query(`update ${table} set ${column} = $2 where id = $1`, [rows[name], state]);
    }
    for (const to of statesOf(lifecycle)) {
      const declared = to === from || edgesOf(lifecycle).some((edge) => edge.from === from && edge.to === to);
      await client.query('savepoint here');
      const outcome = await client
        .query(`update ${table} set ${column} = $2 where id = $1`, [rows[name], to])
        .then(
          () => 'moved',
          (error) => error.code,
        );
      await client.query('rollback to here');
      expect({ to, outcome }).toEqual({ to, outcome: declared ? 'moved' : 'SL001' });
    }
  } finally {
    await client.query('rollback');
    client.release();
  }
});

test.each(cases.filter(({ from, lifecycle }) => from !== lifecycle.initial))(
  'a $name cannot begin in $from',
  async ({ name, from, table, column }) => {
    const fields = (
      await database.query<{ name: string }>(
        `select column_name as name from information_schema.columns
         where table_schema = 'public' and table_name = $1 and column_name <> $2`,
        [table, column],
      )
    ).map((field) => `"${field.name}"`);
    await expect(
      database.query(
        `insert into ${table} (${fields.join(', ')}, ${column})
         select ${fields.join(', ')}, $2 from ${table} where id = $1`,
        [rows[name], from],
      ),
    ).rejects.toMatchObject({ code: 'SL001' });
  },
);
