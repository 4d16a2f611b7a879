/** What the functions of the database know beside the rows: wallets, accounts, switches, lists, the clock. */

export interface Surroundings {
  /** Circle wallet id to our wallet and its owner. */
  readonly wallets: ReadonlyMap<string, { readonly id: string; readonly user_id: string }>;
  /** Our own wallet on the chain of this world. */
  readonly treasury: { readonly id: string; readonly circle_wallet_id: string };
  /** Milliseconds of the virtual clock. */
  now(): number;
  /** Null while the account is not open. */
  account(userId: string): string | null;
  /** The switches among these that are off, in words; null when all is open. */
  pausedBy(rails: readonly string[]): string | null;
  /** The sanctions list that an address or a name stands on by now. */
  sanctioned(what: 'address' | 'name'): string | null;
}

/** A function of the database, called by its name with what it is given. */
export type StoreFunction = (id: string, ...rest: never[]) => unknown;
