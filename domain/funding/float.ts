/** When the float in the firm account is too small for the deposits that need it. */
import { formatUnits } from '../money.ts';

/** Smallest units of USD. */
export interface FloatNeed {
  readonly available: bigint;
  /** What deposits that are on their way will draw. */
  readonly needed: bigint;
}

/** The alarm's sentence; null while the float covers what is on its way. */
export function floatAlarm({ available, needed }: FloatNeed): string | null {
  if (available >= needed) return null;
  const missing = formatUnits(needed - available);
  const held = formatUnits(available);
  return `The firm account at Alpaca holds ${held} USD; deposits on their way need ${missing} USD more.`;
}
