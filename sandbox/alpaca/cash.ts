/** Cash of each account, from the books: what is free, what is held for a movement under way, what is due. */
import { formatUnits, parseUnits } from '../kernel/books.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** Dollars are kept in millionths, like every amount of the sandbox's books. */
const USD_DECIMALS = 6;
export const USD = 'USD';
/** Money that comes from or goes to banks outside. */
export const OUTSIDE_BANKS = 'world:banks';

/** Free cash: what can be journaled, withdrawn or spent. */
export function cashAccount(id: string): string {
  return `alpaca:cash:${id}`;
}

/** Cash set aside for an outgoing movement that is not final. */
export function heldAccount(id: string): string {
  return `alpaca:held:${id}`;
}

/** What an account owes after a reversal it could not cover: a negative cash balance, as brokers show it. */
function debitAccount(id: string): string {
  return `world:alpaca:debit:${id}`;
}

/** Writes millionths of a dollar as Alpaca does, such as `1204.5`. */
export function dollars(units: bigint): string {
  return formatUnits(units, USD_DECIMALS);
}

/** Reads an amount of whole cents above zero into millionths; undefined when it is not one. */
export function parseDollars(value: unknown): bigint | undefined {
  if (typeof value !== 'string') return undefined;
  const units = parseUnits(value, 2);
  return units === undefined || units <= 0n ? undefined : units * 10_000n;
}

export interface CashOf {
  /** Free and held together: the cash balance that statements show. */
  cash: string;
  free: string;
  held: string;
  /** Cash and positions together. */
  equity: string;
}

export interface Cash {
  /** Free cash in millionths. */
  free: (id: string) => bigint;
  of: (id: string) => CashOf;
  isFlat: (id: string) => boolean;
  /** Moves millionths between two accounts of the books, once per reference. */
  move: (reference: string, from: string, to: string, units: bigint, memo?: string) => void;
  /** As `move` into an account's free cash, which first pays what the account owes. */
  credit: (reference: string, from: string, id: string, units: bigint, memo?: string) => void;
  /** Takes back what was credited, even when the account has spent it: the rest becomes a debit. */
  reclaim: (reference: string, id: string, to: string, units: bigint, memo?: string) => void;
}

/** Opens the cash accounts on the books. */
export function createCash(kernel: Kernel): Cash {
  const { books } = kernel;
  const free = (id: string): bigint => books.balance(cashAccount(id), USD);
  const held = (id: string): bigint => books.balance(heldAccount(id), USD);
  const owed = (id: string): bigint => -books.balance(debitAccount(id), USD);
  const post = (reference: string, lines: readonly (readonly [string, bigint])[], memo?: string): void => {
    const moved = lines.filter(([, amount]) => amount !== 0n);
    books.post(
      reference,
      moved.map(([account, amount]) => ({ account, asset: USD, amount })),
      memo,
    );
  };
  const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
  return {
    free,
    of(id) {
      const all = dollars(free(id) + held(id) - owed(id));
      return { cash: all, free: dollars(free(id) - owed(id)), held: dollars(held(id)), equity: all };
    },
    isFlat: (id) => free(id) === 0n && held(id) === 0n && owed(id) === 0n,
    move: (reference, from, to, units, memo) =>
      post(
        reference,
        [
          [from, -units],
          [to, units],
        ],
        memo,
      ),
    credit(reference, from, id, units, memo) {
      const repaid = least(units, owed(id));
      const lines = [[from, -units] as const, [debitAccount(id), repaid] as const];
      post(reference, [...lines, [cashAccount(id), units - repaid]], memo);
    },
    reclaim(reference, id, to, units, memo) {
      const covered = least(units, free(id));
      const lines = [[cashAccount(id), -covered] as const, [debitAccount(id), covered - units] as const];
      post(reference, [...lines, [to, units]], memo);
    },
  };
}
