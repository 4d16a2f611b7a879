/** The sandbox's own double-entry books: every movement sums to zero for each asset. */
import type { Clock } from './clock.ts';
import type { Store } from './store.ts';

/** One line of an entry; `amount` in the asset's smallest unit, positive = into the account. */
export type Posting = { account: string; asset: string; amount: bigint };

export type Balance = { account: string; asset: string; balance: string };

export type Books = {
  /**
   * Book one movement. `reference` is unique: booking it again changes nothing and returns false.
   * Accounts may not go below zero, except those that stand for the rest of the world (`world:…`).
   * @throws {InsufficientFunds} when an account would go below zero
   */
  post(reference: string, postings: readonly Posting[], memo?: string): boolean;
  balance(account: string, asset: string): bigint;
  /** Everything one account holds, of any asset. */
  ofAccount(account: string): Balance[];
  /** Every account that was ever used, optionally only those whose name starts with `prefix`. */
  balances(prefix?: string): Balance[];
  /** Sum of all accounts for each asset; always zero. */
  sums(): Record<string, string>;
};

/** A movement that an account does not cover. */
export class InsufficientFunds extends Error {
  readonly account: string;
  readonly asset: string;
  constructor(account: string, asset: string) {
    super(`account ${account} has not enough ${asset}`);
    this.name = 'InsufficientFunds';
    this.account = account;
    this.asset = asset;
  }
}

const WORLD = 'world:';

/** Reads a decimal string such as `3.14` into smallest units; undefined when it is not one. */
export function parseUnits(amount: unknown, decimals: number): bigint | undefined {
  if (typeof amount !== 'string' && typeof amount !== 'number') return undefined;
  const match = /^(\d+)(?:\.(\d+))?$/.exec(String(amount));
  const fraction = match?.[2] ?? '';
  if (!match || fraction.replace(/0+$/, '').length > decimals) return undefined;
  return BigInt(`${match[1]}${fraction.slice(0, decimals).padEnd(decimals, '0')}`);
}

/** Writes smallest units as a decimal string, with at least `minimumFraction` digits behind the point. */
export function formatUnits(units: bigint, decimals: number, minimumFraction = 0): string {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits
    .slice(digits.length - decimals)
    .replace(/0+$/, '')
    .padEnd(minimumFraction, '0');
  return `${units < 0n ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}

/** Opens the books on the store. */
export function createBooks(store: Store, clock: Clock): Books {
  const { database } = store;
  database.exec(`CREATE TABLE IF NOT EXISTS entries (reference TEXT PRIMARY KEY, at TEXT NOT NULL,
    memo TEXT, postings TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS balances (account TEXT NOT NULL, asset TEXT NOT NULL, balance TEXT NOT NULL,
    PRIMARY KEY (account, asset))`);
  const enter = database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?)');
  const known = database.prepare('SELECT 1 FROM entries WHERE reference = ?');
  const read = database.prepare('SELECT balance FROM balances WHERE account = ? AND asset = ?');
  const write = database.prepare(
    `INSERT INTO balances VALUES (?, ?, ?)
     ON CONFLICT (account, asset) DO UPDATE SET balance = excluded.balance`,
  );
  const own = database.prepare('SELECT * FROM balances WHERE account = ? ORDER BY asset');
  const all = database.prepare('SELECT * FROM balances ORDER BY account, asset');
  const balance = (account: string, asset: string): bigint =>
    BigInt(String(read.get(account, asset)?.balance ?? 0));
  const balances = (prefix = ''): Balance[] =>
    (all.all() as unknown as Balance[])
      .filter((row) => row.account.startsWith(prefix))
      .map((row) => ({ ...row }));
  return {
    post: (reference, postings, memo) =>
      store.transaction(() => {
        if (known.get(reference)) return false;
        const totals = new Map<string, bigint>();
        for (const { asset, amount } of postings) totals.set(asset, (totals.get(asset) ?? 0n) + amount);
        for (const [asset, total] of totals) {
          if (total !== 0n) throw new Error(`entry ${reference} does not sum to zero in ${asset}`);
        }
        // Checked before anything is written, so that a caller may catch the refusal and go on.
        const after = new Map<string, { account: string; asset: string; balance: bigint }>();
        for (const { account, asset, amount } of postings) {
          const key = `${account} ${asset}`;
          const present = after.get(key)?.balance ?? balance(account, asset);
          after.set(key, { account, asset, balance: present + amount });
          if (present + amount < 0n && amount < 0n && !account.startsWith(WORLD)) {
            throw new InsufficientFunds(account, asset);
          }
        }
        const lines = postings.map((line) => ({ ...line, amount: line.amount.toString() }));
        enter.run(reference, clock.iso(), memo ?? null, JSON.stringify(lines));
        for (const row of after.values()) write.run(row.account, row.asset, row.balance.toString());
        return true;
      }),
    balance,
    balances,
    ofAccount: (account) => own.all(account) as unknown as Balance[],
    sums() {
      const sums: Record<string, bigint> = {};
      for (const row of balances()) sums[row.asset] = (sums[row.asset] ?? 0n) + BigInt(row.balance);
      return Object.fromEntries(Object.entries(sums).map(([asset, sum]) => [asset, sum.toString()]));
    },
  };
}
