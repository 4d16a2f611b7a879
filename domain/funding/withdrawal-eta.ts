/** How long a withdrawal takes: our own percentiles where there are enough, a written guess before. */
import type { Chain } from './chain.ts';

/** What the last completed withdrawals of a chain took. */
export interface MeasuredEta {
  readonly p50_seconds: number | null;
  readonly p90_seconds: number | null;
  readonly sample: number;
}

export interface Eta {
  readonly p50_seconds: number;
  readonly p90_seconds: number;
  /** Completed withdrawals that the figures rest on; 0 when they are the written guess. */
  readonly sample: number;
}

/** Fewer than this say nothing about the tenth that takes longest. */
export const ENOUGH_TO_MEASURE = 20;

const MINUTE = 60;
/** The journal, Mint's payout and two transfers; Ethereum is final after about 13 minutes (two epochs). */
const GUESS: Readonly<Record<Chain, readonly [p50: number, p90: number]>> = {
  ethereum: [35 * MINUTE, 120 * MINUTE],
  solana: [10 * MINUTE, 60 * MINUTE],
  base: [15 * MINUTE, 60 * MINUTE],
  polygon: [15 * MINUTE, 60 * MINUTE],
};

/** The figures to show for a chain. */
export function etaOf(chain: Chain, { p50_seconds, p90_seconds, sample }: MeasuredEta): Eta {
  if (p50_seconds !== null && p90_seconds !== null && sample >= ENOUGH_TO_MEASURE) {
    return { p50_seconds: Math.ceil(p50_seconds), p90_seconds: Math.ceil(p90_seconds), sample };
  }
  const [p50, p90] = GUESS[chain];
  return { p50_seconds: p50, p90_seconds: p90, sample: 0 };
}
