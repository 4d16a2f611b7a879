/** How much may leave, how often, and from which amounts on more is asked. Dollars are decimal strings. */
import { parseUnits } from '../money.ts';

export interface WithdrawalLimits {
  readonly leastUsd: string;
  /** The most in one withdrawal. */
  readonly mostUsd: string;
  /** The most of one customer within any 24 hours. */
  readonly perDayUsd: string;
  /** Requests of one customer within any hour, canceled ones included. */
  readonly perHour: number;
  /** The most of all customers on one day (UTC). */
  readonly companyPerDayUsd: string;
  /** From this amount on two members of staff must approve. */
  readonly approvalFromUsd: string;
  /** From this amount on the travel rule wants to know whose the address is: 3,000 USD, 31 CFR 1010.410(f). */
  readonly travelRuleFromUsd: string;
  /** How long a quote holds. */
  readonly quoteSeconds: number;
}

const DEFAULT_WITHDRAWAL_LIMITS: WithdrawalLimits = {
  leastUsd: '1.00',
  mostUsd: '50000.00',
  perDayUsd: '50000.00',
  perHour: 10,
  companyPerDayUsd: '2000000.00',
  approvalFromUsd: '10000.00',
  travelRuleFromUsd: '3000.00',
  quoteSeconds: 120,
};

/** The limits with what the settings say instead of the defaults; a malformed entry never means no limit. */
export function withdrawalLimits(stored: Partial<WithdrawalLimits> | null | undefined): WithdrawalLimits {
  const limits = { ...DEFAULT_WITHDRAWAL_LIMITS };
  for (const [name, usual] of Object.entries(DEFAULT_WITHDRAWAL_LIMITS)) {
    const value = stored?.[name as keyof WithdrawalLimits];
    const fits =
      typeof usual === 'number'
        ? typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
        : typeof value === 'string' && /^\d{1,12}(\.\d{1,2})?$/.test(value);
    if (fits) Object.assign(limits, { [name]: value });
  }
  return limits;
}

/** Whether an amount reaches a threshold. */
export function reaches(amountUsd: string, thresholdUsd: string): boolean {
  return parseUnits(amountUsd) >= parseUnits(thresholdUsd);
}
