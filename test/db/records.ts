/** Rows that the database tests begin with, and how they read the ledger back. */
import { randomUUID } from 'node:crypto';
import { type Database, openDatabase } from '../../db/client.ts';
import { type AccountKindName, CHART, type Posting } from '../../domain/funding/ledger.ts';
import { parseUnits } from '../../domain/money.ts';
import { createDatabase } from '../support/database.ts';

export interface LedgerDatabase extends Database {
  drop(): Promise<void>;
}

/** A database of its own with room for many connections, as a busy worker has them. */
export async function openLedgerDatabase(): Promise<LedgerDatabase> {
  const created = await createDatabase();
  const database = openDatabase({ url: created.url, maxConnections: 25 });
  return {
    ...database,
    drop: async () => {
      await database.close();
      await created.drop();
    },
  };
}

/** A customer who just signed up. */
export async function addUser(database: Database): Promise<string> {
  const id = randomUUID();
  await database.query('insert into users (id, auth_provider_id) values ($1, $2)', [id, `test:${id}`]);
  return id;
}

/** A wallet of a customer; `creating` like every new one. */
export async function addWallet(database: Database, userId: string, chain = 'base'): Promise<string> {
  const id = randomUUID();
  await database.query(
    'insert into wallets (id, user_id, chain, address, circle_wallet_id) values ($1, $2, $3, $4, $5)',
    [id, userId, chain, `0x${id.replaceAll('-', '')}`, `circle-${id}`],
  );
  return id;
}

/** A transfer of `amount` USDC that Circle saw arriving in the wallet. */
export async function addDeposit(database: Database, walletId: string, amount = '10'): Promise<string> {
  const id = randomUUID();
  await database.query('select deposit_seen($1, $2)', [
    id,
    JSON.stringify({
      circle_transaction_id: `tx-${id}`,
      circle_wallet_id: `circle-${walletId}`,
      token: 'USDC',
      amount,
      tx_hash: `0x${id.replaceAll('-', '')}`,
    }),
  ]);
  return id;
}

/** An address that the customer added to the book. */
export async function addAddress(database: Database, userId: string): Promise<string> {
  const id = randomUUID();
  const address = `0x${id.replaceAll('-', '').padEnd(40, '0')}`;
  await database.query(
    `insert into withdrawal_addresses (id, user_id, chain, address, address_key, label, usable_at)
     values ($1, $2, 'base', $3, $3, 'Mine', now())`,
    [id, userId, address],
  );
  return id;
}

/** A withdrawal that was just asked for; nothing is held for it. */
export async function addWithdrawal(database: Database, userId: string, addressId: string): Promise<string> {
  const id = randomUUID();
  await database.query(
    `insert into withdrawals (id, user_id, chain, address_id, destination_address, amount_usd, fee_usd, net_usd)
     select $1, $2, chain, id, address, 10.50, 0.50, 10 from withdrawal_addresses where id = $3`,
    [id, userId, addressId],
  );
  return id;
}

/** A planned wire from Mint to the broker. */
export async function addWire(database: Database): Promise<string> {
  const id = randomUUID();
  await database.query(
    `insert into wires (id, kind, amount_usd, reason) values ($1, 'mint_to_alpaca', 1000, 'The float is low.')`,
    [id],
  );
  return id;
}

/** Facts that the database answers about a deposit. */
export interface DepositFacts {
  readonly status: string;
  readonly amount_usd: string | null;
  readonly waiting_for: string | null;
  readonly off_ramp_attempt: number;
}

/** Circle says that the transfer is final. */
export async function confirmDeposit(database: Database, id: string): Promise<DepositFacts> {
  const [row] = await database.query<{ facts: DepositFacts }>('select deposit_confirmed($1, $2) as facts', [
    id,
    '{}',
  ]);
  return row!.facts;
}

/** Posts one transaction of the tests; false when the reference was posted before. */
export async function post(
  database: Database,
  reference: string,
  postings: readonly Posting[],
): Promise<boolean> {
  const [row] = await database.query<{ posted: boolean }>(
    "select ledger_post($1, 'test', null, 'tested', $2) as posted",
    [reference, JSON.stringify(postings)],
  );
  return row!.posted;
}

/** Balance on the account's normal side, in smallest units. */
export async function balanceOf(
  database: Database,
  account: AccountKindName,
  owner?: string,
): Promise<bigint> {
  const [row] = await database.query<{ balance: string }>('select ledger_balance($1, $2) as balance', [
    account,
    owner ?? null,
  ]);
  return BigInt(row!.balance);
}

/** The number of rows that a query finds. */
export async function count(database: Database, from: string, values: unknown[] = []): Promise<number> {
  const [row] = await database.query<{ count: number }>(`select count(*)::int as count from ${from}`, values);
  return row!.count;
}

/** Smallest units of an amount, as a posting writes them. */
export function units(amount: string): string {
  return parseUnits(amount).toString();
}

/** Every balance equals the sum of its postings, every transaction sums to zero, and the two sides are equal. */
export async function expectBooksToBalance(database: Database): Promise<void> {
  const drifted = await database.query(
    `select b.account_id, b.shard, b.balance, coalesce(sum(p.amount), 0) as posted
     from ledger_balances b
     left join ledger_postings p on p.account_id = b.account_id and p.shard = b.shard
     group by b.account_id, b.shard, b.balance having b.balance <> coalesce(sum(p.amount), 0)`,
  );
  expect(drifted).toEqual([]);
  const lost = await database.query(
    `select id from ledger_postings p where not exists
       (select from ledger_balances b where b.account_id = p.account_id and b.shard = p.shard)`,
  );
  expect(lost).toEqual([]);
  const crooked = await database.query(
    'select transaction_id, asset from ledger_postings group by 1, 2 having sum(amount) <> 0',
  );
  expect(crooked).toEqual([]);
  const accounts = await database.query<{ kind: AccountKindName; asset: string; balance: string }>(
    'select kind, asset, balance from ledger_account_balances',
  );
  const sides: Record<string, bigint> = {};
  for (const { kind, asset, balance } of accounts) {
    const sign = CHART[kind].normal === 'debit' ? 1n : -1n;
    sides[asset] = (sides[asset] ?? 0n) + sign * BigInt(balance);
  }
  expect(Object.values(sides).every((sum) => sum === 0n)).toBe(true);
}
