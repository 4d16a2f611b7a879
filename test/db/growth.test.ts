/** What each step of a deposit reads stays the same however many customers there are. */
import { randomUUID } from 'node:crypto';
import { accountsAt } from '../../db/funding/ledger-history-queries.ts';
import { customerPostings } from '../../db/funding/ledger-trace-queries.ts';
import { listTransactions } from '../../db/funding/transaction-queries.ts';
import { move } from '../../domain/funding/ledger.ts';
import { balanceOf, type LedgerDatabase, openLedgerDatabase, post } from './records.ts';

const CUSTOMERS = 3_000;
let database: LedgerDatabase;

beforeAll(async () => {
  database = await openLedgerDatabase();
  await database.query(
    `select ledger_open(jsonb_agg(jsonb_build_object('account', k, 'owner', gen_random_uuid())))
     from generate_series(1, $1), unnest(array['alpaca_customer', 'customer_cash', 'customer_held']) k`,
    [CUSTOMERS],
  );
  await database.query(
    `insert into provider_operations
       (lifecycle, subject_id, step, provider, idempotency_key, request_digest, provider_reference)
     select 'deposit', gen_random_uuid(), 'journal:1', 'alpaca', gen_random_uuid(), '', gen_random_uuid()::text
     from generate_series(1, $1)`,
    [CUSTOMERS],
  );
  await database.query('analyze');
});
afterAll(() => database.drop());

/** Rows that sequential scans of a table returned so far, on this database. */
async function rowsScanned(table: string): Promise<number> {
  const [row] = await database.query<{ rows: string }>(
    'select seq_tup_read as rows from pg_stat_user_tables where relname = $1',
    [table],
  );
  return Number(row!.rows);
}

/** Index entries that were read to find rows of the table. */
async function entriesRead(table: string): Promise<number> {
  const [row] = await database.query<{ entries: string }>(
    'select sum(idx_tup_read) as entries from pg_stat_user_indexes where relname = $1',
    [table],
  );
  return Number(row!.entries);
}

/** How many rows of `table` one run of `work` makes the server look at, by scans or by indexes. */
async function rowsLookedAt(table: string, work: () => Promise<unknown>): Promise<number> {
  // One connection, whose statistics are sent when asked for.
  const looked = async () => {
    await database.query('select pg_stat_force_next_flush()');
    await database.query('select pg_stat_clear_snapshot()');
    return (await rowsScanned(table)) + (await entriesRead(table));
  };
  const before = await looked();
  await work();
  return (await looked()) - before;
}

test('posting to an account and reading its balance looks at a handful of accounts', async () => {
  const owner = randomUUID();
  const looked = await rowsLookedAt('ledger_accounts', async () => {
    await post(
      database,
      'grown',
      move(5n, { account: 'alpaca_customer', owner }, { account: 'customer_cash', owner }),
    );
    expect(await balanceOf(database, 'customer_cash', owner)).toBe(5n);
  });
  expect(looked).toBeLessThan(100);
});

test('a journal event finds its deposit without looking at all of them', async () => {
  const event = {
    provider: 'alpaca',
    provider_event_id: randomUUID(),
    kind: 'alpaca.journal',
    reference: randomUUID(),
    idempotency_key: 'not-a-uuid',
    payload: {},
    message: { state: 'executed' },
  };
  const looked = await rowsLookedAt('provider_operations', () =>
    database.query("select receive_journal_events('journals', '1', $1)", [JSON.stringify([event])]),
  );
  expect(looked).toBeLessThan(100);
});

test("a customer's transactions are found without reading those of everybody else", async () => {
  const owner = randomUUID();
  await database.query("insert into users (id, auth_provider_id) values ($1, 'early')", [owner]);
  const fund = (reference: string, to: string) =>
    post(
      database,
      reference,
      move(5n, { account: 'alpaca_customer', owner: to }, { account: 'customer_cash', owner: to }),
    );
  await fund('early', owner);
  await database.query(
    `select count(ledger_post('later:' || n, 'test', null, 'funded', jsonb_build_array(
       jsonb_build_object('account', 'alpaca_customer', 'owner', $1::uuid, 'amount', '1'),
       jsonb_build_object('account', 'customer_cash', 'owner', $1::uuid, 'amount', '-1'))))
     from generate_series(1, 1000) n`,
    [randomUUID()],
  );
  await database.query('analyze');
  const list = () => listTransactions(database, owner, { at: null, id: null, limit: 25 });
  expect(await list()).toHaveLength(1);
  expect(await rowsLookedAt('ledger_postings', list)).toBeLessThan(100);
  const now = new Date().toISOString();
  for (const read of [list, () => accountsAt(database, now, owner), () => customerPostings(database, owner)])
    expect(await rowsLookedAt('ledger_accounts', read)).toBeLessThan(100);
});
