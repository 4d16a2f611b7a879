/** Amounts as the API writes them. */
import { ASSETS, type Asset, formatUnits } from '../../domain/money.ts';

/** A decimal of the database with the zeros at its end cut, but at least `minDecimals` decimals. */
export function trimDecimal(decimal: string, minDecimals = 2): string {
  const [whole = '0', fraction = ''] = decimal.split('.');
  const kept = fraction.replace(/0+$/, '').padEnd(minDecimals, '0');
  return kept === '' ? whole : `${whole}.${kept}`;
}

/** Smallest units of an asset as a decimal, with the name of the currency. */
export function amountOf(units: string, asset: Asset): { amount: string; currency: 'USD' | 'USDC' } {
  return { amount: formatUnits(BigInt(units)), currency: asset === ASSETS.USD ? 'USD' : 'USDC' };
}
