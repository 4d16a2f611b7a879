/** The ledger in memory, under the laws of the database: balanced, guarded, each reference once. */
import { type AccountKind, CHART, type Posting } from '../../domain/funding/ledger.ts';
import { parseUnits } from '../../domain/money.ts';

/** Smallest units of a decimal; none where there is none yet. */
export const units = (decimal: string | null): bigint => parseUnits(decimal ?? '0');

/** One posting. */
export const line = (account: Posting['account'], owner: string | undefined, amount: bigint): Posting => ({
  account,
  ...(owner !== undefined && { owner }),
  amount: amount.toString(),
});

/** What Postgres throws, as the activities' translator reads it. */
export function refusedByDatabase(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

export class Ledger {
  readonly #balances = new Map<string, bigint>();
  readonly #posted = new Set<string>();

  /** Posts all of it or nothing; a reference that was posted before changes nothing. */
  post(reference: string, postings: readonly Posting[]): void {
    if (this.#posted.has(reference)) return;
    const after = new Map<string, bigint>();
    const sums = new Map<string, bigint>();
    for (const { account, owner = '', amount } of postings) {
      const kind: AccountKind = CHART[account];
      const key = `${account}|${owner}`;
      const balance = (after.get(key) ?? this.#balances.get(key) ?? 0n) + BigInt(amount);
      after.set(key, balance);
      sums.set(kind.asset, (sums.get(kind.asset) ?? 0n) + BigInt(amount));
    }
    for (const [asset, sum] of sums) {
      if (sum !== 0n) throw refusedByDatabase('SL003', `${reference} does not balance: ${sum} ${asset}`);
    }
    for (const [key, balance] of after) {
      const account = key.slice(0, key.indexOf('|')) as keyof typeof CHART;
      const kind: AccountKind = CHART[account];
      const normal = kind.normal === 'debit' ? balance : -balance;
      const rises = normal > this.balance(account, key.slice(account.length + 1));
      if (kind.guarded && normal < 0n && !rises)
        throw refusedByDatabase('SL004', `${reference} would bring ${key} to ${normal}`);
    }
    for (const [key, balance] of after) this.#balances.set(key, balance);
    this.#posted.add(reference);
  }

  /** On the account's normal side. */
  balance(account: keyof typeof CHART, owner = ''): bigint {
    const raw = this.#balances.get(`${account}|${owner}`) ?? 0n;
    return CHART[account].normal === 'debit' ? raw : -raw;
  }
}
