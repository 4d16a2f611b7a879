/** Many writers at once: balances stay exact, nobody deadlocks, and a reference still posts once. */
import { randomUUID } from 'node:crypto';
import { move } from '../../domain/funding/ledger.ts';
import {
  balanceOf,
  count,
  expectBooksToBalance,
  type LedgerDatabase,
  openLedgerDatabase,
  post,
} from './records.ts';

const WRITERS = 50;
let database: LedgerDatabase;

beforeEach(async () => {
  database = await openLedgerDatabase();
  // Connections that are open already make the writers really meet.
  await Promise.all(Array.from({ length: WRITERS }, () => database.query('select pg_sleep(0.05)')));
});
afterEach(async () => {
  await expectBooksToBalance(database);
  await database.drop();
});

/** Runs `write` for 0 … 49 at the same time and tells how each ended: `done`, or the error's code. */
async function together(write: (index: number) => Promise<unknown>): Promise<Record<string, number>> {
  const endings = await Promise.allSettled(Array.from({ length: WRITERS }, (_, index) => write(index)));
  const tally: Record<string, number> = {};
  for (const ending of endings) {
    const word = ending.status === 'fulfilled' ? 'done' : String(ending.reason.code ?? ending.reason);
    tally[word] = (tally[word] ?? 0) + 1;
  }
  return tally;
}

test('postings on accounts that all share, opened and named in every order', async () => {
  const tally = await together((index) => {
    const there = { account: 'mint_balance' } as const;
    const back = { account: 'company_float' } as const;
    const postings = move(BigInt(index + 1), there, back);
    return post(database, `shared:${index}`, index % 2 === 0 ? postings : postings.toReversed());
  });
  expect(tally).toEqual({ done: WRITERS });
  expect(await balanceOf(database, 'mint_balance')).toBe(1275n);
  expect(await balanceOf(database, 'company_float')).toBe(1275n);
  const shards = await count(
    database,
    `(select distinct shard from ledger_postings p
      join ledger_accounts a on a.id = p.account_id where a.kind = 'mint_balance')`,
  );
  expect(shards).toBeGreaterThan(16);
});

test('postings on the guarded accounts of one customer, opened and named in every order', async () => {
  const owner = randomUUID();
  const tally = await together((index) => {
    const postings = move(
      BigInt(index + 1),
      { account: 'alpaca_customer', owner },
      { account: 'customer_cash', owner },
    );
    return post(database, `guarded:${index}`, index % 2 === 0 ? postings : postings.toReversed());
  });
  expect(tally).toEqual({ done: WRITERS });
  expect(await balanceOf(database, 'customer_cash', owner)).toBe(1275n);
});

test('money moving both ways between two customers at once', async () => {
  const [ada, ben] = [randomUUID(), randomUUID()];
  for (const owner of [ada, ben]) {
    await post(
      database,
      `fund:${owner}`,
      move(1000n, { account: 'alpaca_customer', owner }, { account: 'customer_cash', owner }),
    );
  }
  const tally = await together((index) => {
    const [from, to] = index % 2 === 0 ? [ada, ben] : [ben, ada];
    return post(
      database,
      `swap:${index}`,
      move(10n, { account: 'customer_cash', owner: from }, { account: 'customer_cash', owner: to }),
    );
  });
  expect(tally).toEqual({ done: WRITERS });
  expect(await balanceOf(database, 'customer_cash', ada)).toBe(1000n);
  expect(await balanceOf(database, 'customer_cash', ben)).toBe(1000n);
});

test('spending more than there is: exactly what fits goes through', async () => {
  const owner = randomUUID();
  await post(
    database,
    'fund',
    move(70n, { account: 'alpaca_customer', owner }, { account: 'customer_cash', owner }),
  );
  const tally = await together((index) =>
    post(
      database,
      `hold:${index}`,
      move(10n, { account: 'customer_cash', owner }, { account: 'customer_held', owner }),
    ),
  );
  expect(tally).toEqual({ done: 7, SL004: WRITERS - 7 });
  expect(await balanceOf(database, 'customer_cash', owner)).toBe(0n);
  expect(await balanceOf(database, 'customer_held', owner)).toBe(70n);
});

test('one reference posted by all of them at once posts once', async () => {
  const owner = randomUUID();
  const posted: boolean[] = [];
  const tally = await together(async () => {
    posted.push(
      await post(
        database,
        'same',
        move(10n, { account: 'alpaca_customer', owner }, { account: 'customer_cash', owner }),
      ),
    );
  });
  expect(tally).toEqual({ done: WRITERS });
  expect(posted.filter(Boolean)).toHaveLength(1);
  expect(await balanceOf(database, 'customer_cash', owner)).toBe(10n);
});
