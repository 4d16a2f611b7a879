/** How the treasury keeps its floats. Read at each round, and by each wire when it begins. */
import type { BankHours } from './bank-calendar.ts';

export interface TreasuryPolicy {
  /** Below `low` a place is filled up to `target`; above `high` it gives away what is over `target`. */
  readonly alpacaLowUsd: string;
  readonly alpacaTargetUsd: string;
  readonly alpacaHighUsd: string;
  readonly mintLowUsd: string;
  readonly mintTargetUsd: string;
  readonly mintHighUsd: string;
  /** The same for the treasury wallet of each chain, in USDC. */
  readonly walletLowUsdc: string;
  readonly walletTargetUsdc: string;
  readonly walletHighUsdc: string;
  /** Smaller wires are not worth their fee and their work. */
  readonly minimumWireUsd: string;
  /** Up to here a wire goes by itself; above, two people must approve it. */
  readonly automaticUpToUsd: string;
  /** `fedwire`: US business days and the hours below; `always`: a network that never closes. */
  readonly bankHours: 'fedwire' | 'always';
  /** "HH:MM" in New York. */
  readonly bankOpensAt: string;
  readonly bankCutOffAt: string;
  readonly wireTakesSeconds: number;
  readonly transferTakesSeconds: number;
  /** How far back the usual draw per hour is measured. */
  readonly forecastWindowSeconds: number;
  /** After a wire of the same kind failed or was returned, the next one needs people for this long. */
  readonly cautionSeconds: number;
  readonly approvalExpiresAfterSeconds: number;
  /** Pauses before each look-up while an event is awaited; the last one repeats. */
  readonly lookUpAfterSeconds: readonly number[];
  /** A review is opened when a wire is this late. */
  readonly overdueAfterSeconds: number;
  readonly giveUpAfterSeconds: number;
  /** After an unclear answer an order is sent again only when look-ups have not shown it for this long. */
  readonly settleSeconds: number;
  /** How long a finished wire is watched for a return, and how often it is looked up meanwhile. */
  readonly returnWindowSeconds: number;
  readonly returnLookUpSeconds: number;
  readonly reviewDueSeconds: number;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

const DEFAULT_TREASURY_POLICY: TreasuryPolicy = {
  alpacaLowUsd: '5000.00',
  alpacaTargetUsd: '20000.00',
  alpacaHighUsd: '1000000.00',
  mintLowUsd: '0.00',
  mintTargetUsd: '5000.00',
  mintHighUsd: '1000000.00',
  walletLowUsdc: '0.00',
  walletTargetUsdc: '0.00',
  walletHighUsdc: '10000.00',
  minimumWireUsd: '1000.00',
  automaticUpToUsd: '50000.00',
  bankHours: 'fedwire',
  bankOpensAt: '09:00',
  bankCutOffAt: '17:00',
  wireTakesSeconds: 4 * HOUR,
  transferTakesSeconds: 20 * 60,
  forecastWindowSeconds: DAY,
  cautionSeconds: DAY,
  approvalExpiresAfterSeconds: 2 * DAY,
  lookUpAfterSeconds: [30, 60, 300, 900],
  overdueAfterSeconds: 4 * HOUR,
  giveUpAfterSeconds: 30 * 60,
  settleSeconds: 10 * 60,
  returnWindowSeconds: 5 * DAY,
  returnLookUpSeconds: 6 * HOUR,
  reviewDueSeconds: 4 * HOUR,
};

const AMOUNT = /^\d{1,12}(\.\d{1,2})?$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

function isUsable(name: keyof TreasuryPolicy, value: unknown): boolean {
  const usual = DEFAULT_TREASURY_POLICY[name];
  if (name === 'bankHours') return value === 'fedwire' || value === 'always';
  if (name === 'bankOpensAt' || name === 'bankCutOffAt') return typeof value === 'string' && TIME.test(value);
  if (typeof usual === 'string') return typeof value === 'string' && AMOUNT.test(value);
  if (Array.isArray(usual)) {
    return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');
  }
  return typeof value === 'number' && value >= 0;
}

/** The policy with what the settings say instead of the defaults; unknown or malformed entries are ignored. */
export function treasuryPolicy(stored: Partial<TreasuryPolicy> | null | undefined): TreasuryPolicy {
  const policy = { ...DEFAULT_TREASURY_POLICY };
  for (const name of Object.keys(DEFAULT_TREASURY_POLICY) as (keyof TreasuryPolicy)[]) {
    const value = stored?.[name];
    if (value !== undefined && isUsable(name, value)) Object.assign(policy, { [name]: value });
  }
  return policy;
}

/** The hours of the banks that carry our wires. */
export function bankHoursOf(policy: TreasuryPolicy): BankHours {
  return {
    opensAt: policy.bankOpensAt,
    cutOffAt: policy.bankCutOffAt,
    arrivesWithinSeconds: policy.wireTakesSeconds,
    always: policy.bankHours === 'always',
  };
}

/** Transfers over a blockchain know no closing time. */
export function transferHoursOf(policy: TreasuryPolicy): BankHours {
  return { ...bankHoursOf(policy), arrivesWithinSeconds: policy.transferTakesSeconds, always: true };
}
