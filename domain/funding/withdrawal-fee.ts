/** What a withdrawal costs. The rule for cents: the part in basis points is rounded down to a whole cent. */
import { floorToCents, formatUnits, parseUnits } from '../money.ts';
import { CHAINS, type Chain } from './chain.ts';

export interface ChainFee {
  /** Dollars, decimal string: what the network costs us, roughly. */
  readonly flatUsd: string;
  /** Hundredths of a percent of the amount. */
  readonly bps: number;
}
export type WithdrawalFees = Readonly<Record<Chain, ChainFee>>;

const DEFAULT_WITHDRAWAL_FEES: WithdrawalFees = {
  ethereum: { flatUsd: '2.00', bps: 10 },
  solana: { flatUsd: '0.20', bps: 10 },
  base: { flatUsd: '0.20', bps: 10 },
  polygon: { flatUsd: '0.20', bps: 10 },
};
const ALL_BPS = 10_000n;
/** More than a tenth would be a slip of the keyboard. */
export const MOST_BPS = 1_000;

/** A fee as settings hold it: `ethereumFlatUsd`, `ethereumBps` and so on, by chain. */
export type StoredFees = Readonly<Record<`${Chain}${'FlatUsd' | 'Bps'}`, string | number>>;

/** The fees with what the settings say instead of the defaults; a malformed entry is ignored. */
export function withdrawalFees(stored: Readonly<Record<string, unknown>> | null | undefined): WithdrawalFees {
  const fees = CHAINS.map((chain) => {
    const usual = DEFAULT_WITHDRAWAL_FEES[chain];
    const flatUsd = stored?.[`${chain}FlatUsd`];
    const bps = stored?.[`${chain}Bps`];
    const isShare = typeof bps === 'number' && Number.isSafeInteger(bps) && bps >= 0 && bps <= MOST_BPS;
    const isAmount = typeof flatUsd === 'string' && /^\d{1,6}(\.\d{1,2})?$/.test(flatUsd);
    return [chain, { flatUsd: isAmount ? flatUsd : usual.flatUsd, bps: isShare ? bps : usual.bps }] as const;
  });
  return Object.fromEntries(fees) as Record<Chain, ChainFee>;
}

/** The fees as settings hold them. */
export function storedFees(fees: WithdrawalFees): StoredFees {
  const entries = CHAINS.flatMap((chain) => [
    [`${chain}FlatUsd`, fees[chain].flatUsd],
    [`${chain}Bps`, fees[chain].bps],
  ]);
  return Object.fromEntries(entries) as StoredFees;
}

/**
 * The fee of a withdrawal: the flat part and the basis points of the amount, the latter rounded down to whole
 * cents, so that nobody pays more than the written share. What arrives is the rest, always whole cents too.
 */
export function withdrawalFee(
  amountUsd: string,
  { flatUsd, bps }: ChainFee,
): { feeUsd: string; netUsd: string } {
  const amount = parseUnits(amountUsd);
  const fee = parseUnits(flatUsd) + floorToCents((amount * BigInt(bps)) / ALL_BPS);
  return { feeUsd: formatUnits(fee), netUsd: formatUnits(amount - fee) };
}
