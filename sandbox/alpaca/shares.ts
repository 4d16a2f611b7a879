/** Where shares lie in the books: one account per customer, one asset per symbol. */

/** Quantities have nine decimals. Alpaca: Fractional Trading. */
export const SHARE_DECIMALS = 9;

/** The account of the books that holds an account's shares; the asset is the symbol. */
export function sharesAccount(id: string): string {
  return `alpaca:shares:${id}`;
}
