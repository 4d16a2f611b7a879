/** Balances of the past: what was visible then, the same for ever once sealed, and cheap however long the ledger is. */
import { randomUUID } from 'node:crypto';
import { chainStands, sealChain, writeCheckpoints } from '../../db/funding/ledger-chain-queries.ts';
import { accountsAt, kindsAt, placeOfMoment } from '../../db/funding/ledger-history-queries.ts';
import { move } from '../../domain/funding/ledger.ts';
import { addUser, addWallet, type LedgerDatabase, openLedgerDatabase, post } from './records.ts';

let database: LedgerDatabase;
beforeEach(async () => {
  database = await openLedgerDatabase();
});
afterEach(() => database.drop());

const funding = (owner: string, units: bigint) =>
  move(units, { account: 'alpaca_customer', owner }, { account: 'customer_cash', owner });
const fund = (owner: string, units: bigint) => post(database, randomUUID(), funding(owner, units));

/** A moment of the database's clock, to the microsecond. */
async function now(): Promise<string> {
  const [row] = await database.query<{ at: string }>('select seal_time(clock_timestamp()) as at');
  return row!.at;
}

async function cashOf(owner: string, at: string): Promise<bigint> {
  const rows = await accountsAt(database, at, owner);
  return BigInt(rows.find(({ account }) => account === 'customer_cash')?.balance ?? '0');
}

async function kindAt(kind: string, at: string): Promise<bigint> {
  return BigInt((await kindsAt(database, at)).find(({ account }) => account === kind)?.balance ?? '-1');
}

const seal = async () => {
  while (!(await sealChain(database, 'ledger', 7)).complete);
};

test('a balance is as it stood, before the first posting, between two, and now', async () => {
  const owner = randomUUID();
  const moments = [await now()];
  for (const units of [5n, 7n, 11n]) {
    await fund(owner, units);
    moments.push(await now());
  }
  const asked = () => Promise.all(moments.map((at) => cashOf(owner, at)));
  expect(await asked()).toEqual([0n, 5n, 12n, 23n]);
  await seal();
  expect(await asked()).toEqual([0n, 5n, 12n, 23n]);
  await writeCheckpoints(database, 2, 10);
  expect(await asked()).toEqual([0n, 5n, 12n, 23n]);
  expect(await Promise.all(moments.map((at) => kindAt('customer_cash', at)))).toEqual([0n, 5n, 12n, 23n]);
});

test('what commits after a moment was not there at that moment, though it began before', async () => {
  const owner = randomUUID();
  await fund(owner, 5n);
  const late = await database.pool.connect();
  try {
    await late.query('begin');
    await late.query("select ledger_post('late', 'test', null, 'tested', $1)", [
      JSON.stringify(funding(randomUUID(), 100n)),
    ]);
    const between = await now();
    await seal();
    expect(await placeOfMoment(database, between)).toMatchObject({ position: '1', final: true });
    const sealed = await kindAt('customer_cash', between);
    expect(sealed).toBe(5n);
    await late.query('commit');
    // Told the same before and after the late one is sealed.
    expect(await kindAt('customer_cash', between)).toBe(sealed);
    await seal();
    expect(await kindAt('customer_cash', between)).toBe(sealed);
  } finally {
    late.release();
  }
  expect(await kindAt('customer_cash', await now())).toBe(105n);
});

test('a moment is final once everything that was visible then is sealed', async () => {
  const before = await now();
  expect(await placeOfMoment(database, before)).toEqual({ position: '0', as_of: null, final: false });
  await seal();
  expect(await placeOfMoment(database, before)).toMatchObject({ final: true });
  const after = await now();
  expect(await placeOfMoment(database, after)).toMatchObject({ final: false });
  const [stand] = await chainStands(database);
  expect(Date.parse(before)).toBeLessThanOrEqual(stand!.as_of!.getTime() + 1);
});

test('the accounts of a user include those of their wallets, and nobody else’s', async () => {
  const user = await addUser(database);
  const wallet = await addWallet(database, user);
  const usdc = move(
    9n,
    { account: 'circle_wallet', owner: wallet },
    { account: 'customer_incoming', owner: wallet },
  );
  await post(database, 'usdc', usdc);
  await fund(user, 5n);
  await fund(randomUUID(), 77n);
  const rows = await accountsAt(database, await now(), user);
  expect(rows.map(({ account, owner_id, balance }) => [account, owner_id, balance])).toEqual([
    ['alpaca_customer', user, '5'],
    ['circle_wallet', wallet, '9'],
    ['customer_cash', user, '5'],
    ['customer_incoming', wallet, '9'],
  ]);
});

test('at every moment and with every checkpoint, each account is the sum of what counted by then', async () => {
  const owners = Array.from({ length: 5 }, () => randomUUID());
  const moments = [await now()];
  for (let round = 0; round < 12; round += 1) {
    await Promise.all(
      owners.slice(0, 1 + (round % 5)).map((owner, i) => fund(owner, BigInt(round * 10 + i + 1))),
    );
    moments.push(await now());
    if (round % 3 === 1) await seal();
    if (round % 4 === 2) await writeCheckpoints(database, 4, 3);
  }
  for (const at of moments) {
    const counted = await database.query<{ owner_id: string; units: string }>(
      `select a.owner_id, (-sum(p.amount))::text as units
       from (select s.subject_id as id, s.effective_at from seals s where s.chain = 'ledger'
         union all select u.transaction_id, u.effective_at from ledger_unsealed() u) t
       join ledger_postings p on p.transaction_id = t.id join ledger_accounts a on a.id = p.account_id
       where a.kind = 'customer_cash' and t.effective_at <= $1 group by 1`,
      [at],
    );
    const expected = new Map(counted.map(({ owner_id, units }) => [owner_id, BigInt(units)]));
    for (const owner of owners) expect(await cashOf(owner, at)).toBe(expected.get(owner) ?? 0n);
    const kinds = await kindsAt(database, at);
    const total = [...expected.values()].reduce((sum, units) => sum + units, 0n);
    expect(BigInt(kinds.find(({ account }) => account === 'customer_cash')!.balance)).toBe(total);
    expect(BigInt(kinds.find(({ account }) => account === 'alpaca_customer')!.balance)).toBe(total);
  }
  const [last] = await database.query<{ same: boolean }>(
    `select bool_and(x.balance = b.balance) as same from ledger_account_balances b,
       lateral ledger_accounts_at(clock_timestamp(), array[b.id]) x`,
  );
  expect(last).toEqual({ same: true });
});

test('a look at the past reads no more than lies after the last checkpoint, however long the ledger is', async () => {
  const every = 200;
  await database.query(
    `select ledger_post('n' || n, 'test', null, 'tested', jsonb_build_array(
       jsonb_build_object('account', 'mint_balance', 'amount', n),
       jsonb_build_object('account', 'company_float', 'amount', -n))) from generate_series(1, 4000) n`,
  );
  while (!(await sealChain(database, 'ledger', 1_000)).complete);
  while ((await writeCheckpoints(database, every, 10)) === 10);
  await database.query('analyze');
  const [middle] = await database.query<{ at: string }>(
    `select seal_time(effective_at) as at from seals where chain = 'ledger' and position = 3333`,
  );
  const looked = async () => {
    await database.query('select pg_stat_force_next_flush()');
    await database.query('select pg_stat_clear_snapshot()');
    const [row] = await database.query<{ rows: string }>(
      `select (select sum(seq_tup_read) from pg_stat_user_tables where relname = 'ledger_postings')
         + (select sum(idx_tup_read) from pg_stat_user_indexes where relname = 'ledger_postings') as rows`,
    );
    return Number(row!.rows);
  };
  const before = await looked();
  await kindsAt(database, middle!.at);
  expect((await looked()) - before).toBeLessThan(every * 2 + 100);
});
