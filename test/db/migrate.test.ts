/** Migrations: what a database looks like afterwards, and that running them again is harmless. */

import { openDatabase } from '../../db/client.ts';
import { migrate } from '../../db/migrate.ts';
import { CHART } from '../../domain/funding/ledger.ts';
import { edgesOf, statesOf } from '../../domain/lifecycle.ts';
import { LIFECYCLES } from '../../domain/lifecycles.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { addDeposit, addUser, addWallet, confirmDeposit } from './records.ts';

let created: TestDatabase;

beforeAll(async () => {
  created = await createDatabase();
});
afterAll(() => created.drop());

/** Everything that migrations write: structure, code and declared data. */
async function everything(): Promise<unknown> {
  const queries = [
    `select table_name, column_name, data_type, is_nullable, column_default
     from information_schema.columns where table_schema = 'public' order by 1, 2`,
    `select tablename, indexname, indexdef from pg_indexes where schemaname = 'public' order by 1, 2`,
    `select proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace order by 1, 2`,
    `select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) from pg_trigger
     where not tgisinternal order by 1, 2`,
    `select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
     where connamespace = 'public'::regnamespace order by 1, 2`,
    `select viewname, definition from pg_views where schemaname = 'public' order by 1`,
    'select * from lifecycles order by name',
    'select * from lifecycle_edges order by lifecycle, from_state, event',
    'select * from ledger_chart order by kind',
    'select * from deposits order by id',
    'select * from ledger_balances order by account_id, shard',
    'select id, hash from drizzle.__drizzle_migrations order by id',
  ];
  return Promise.all(queries.map(async (query) => (await created.pool.query(query)).rows));
}

test('a second run changes nothing, with money in the books too', async () => {
  const database = openDatabase({ url: created.url });
  const wallet = await addWallet(database, await addUser(database));
  await confirmDeposit(database, await addDeposit(database, wallet, '12.345678'));
  await database.close();
  const before = await everything();

  await migrate(created.url);

  expect(await everything()).toEqual(before);
});

test('processes that migrate at the same moment take turns', async () => {
  const before = await everything();
  await Promise.all([migrate(created.url), migrate(created.url), migrate(created.url)]);
  expect(await everything()).toEqual(before);
});

test('the database knows exactly the edges that are declared', async () => {
  const { rows } = await created.pool.query(
    'select lifecycle, from_state as from, event, to_state as to from lifecycle_edges',
  );
  const declared = Object.entries(LIFECYCLES).flatMap(([name, { lifecycle }]) =>
    edgesOf(lifecycle).map((edge) => ({ lifecycle: name, ...edge })),
  );
  expect(rows).toHaveLength(declared.length);
  expect(rows).toEqual(expect.arrayContaining(declared));
});

test.each(Object.entries(LIFECYCLES))(
  'the states of %s are the values of its column',
  async (_name, home) => {
    const { rows } = await created.pool.query(
      `select e.enumlabel as state from pg_attribute a join pg_enum e on e.enumtypid = a.atttypid
     where a.attrelid = $1::regclass and a.attname = $2 order by e.enumsortorder`,
      [home.table, home.column],
    );
    expect(rows.map((row) => row.state)).toEqual(statesOf(home.lifecycle));
  },
);

test('the chart of accounts in the database is the declared one', async () => {
  const { rows } = await created.pool.query(
    'select kind, asset, normal, guarded, shards, means from ledger_chart',
  );
  const declared = Object.entries(CHART).map(([kind, { asset, normal, guarded, shards, means }]) => ({
    kind,
    asset,
    normal,
    guarded,
    shards,
    means,
  }));
  expect(rows).toHaveLength(declared.length);
  expect(rows).toEqual(expect.arrayContaining(declared));
});
