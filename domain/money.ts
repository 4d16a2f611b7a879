/** Exact money: integers of an asset's smallest unit, decimal strings at every border, never floats. */

/** The assets of the ledger. Both have 6 decimals, so that one USDC unit is one USD unit. */
export const ASSETS = { USD: 'USD/6', USDC: 'USDC/6' } as const;
export type Asset = (typeof ASSETS)[keyof typeof ASSETS];

/** Decimals of the ledger's smallest unit. */
const MONEY_DECIMALS = 6;
/** Smallest units in one cent: what leaves us has two decimals. */
export const UNITS_PER_CENT = 10_000n;

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * Parses a decimal string into smallest units (1e-6).
 * @throws RangeError when the text is no plain decimal or has more than 6 significant decimals.
 */
export function parseUnits(decimal: string): bigint {
  const match = DECIMAL.exec(decimal);
  if (!match) throw new RangeError(`not a decimal amount: ${decimal}`);
  const [, sign, whole = '0', fraction = ''] = match;
  const kept = fraction.slice(0, MONEY_DECIMALS).padEnd(MONEY_DECIMALS, '0');
  if (/[1-9]/.test(fraction.slice(MONEY_DECIMALS))) {
    throw new RangeError(`more than ${MONEY_DECIMALS} decimals: ${decimal}`);
  }
  const units = BigInt(whole + kept);
  return sign === '-' ? -units : units;
}

/** Formats smallest units as a decimal string with at least `minDecimals` decimals ("3.50", "0.000001"). */
export function formatUnits(units: bigint, minDecimals = 2): string {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(MONEY_DECIMALS + 1, '0');
  const whole = digits.slice(0, -MONEY_DECIMALS);
  const fraction = digits.slice(-MONEY_DECIMALS).replace(/0+$/, '').padEnd(minDecimals, '0');
  return `${negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}

/** Whole cents of an amount, rounded toward zero: what is below a cent stays where it is. */
export function floorToCents(units: bigint): bigint {
  return units - (units % UNITS_PER_CENT);
}
