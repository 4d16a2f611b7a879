/** Limits and waiting times of deposits. Read once when a deposit starts, and carried with it from then on. */

export interface DepositPolicy {
  /** Pauses before each look-up while an event is awaited; the last one repeats. */
  readonly lookUpAfterSeconds: readonly number[];
  /** After this long in one wait a review is opened; waiting goes on. */
  readonly reviewAfterSeconds: number;
  /** How long a provider may leave a call unclear before a review is opened. */
  readonly giveUpAfterSeconds: number;
  /** Pauses before a deposit that waits for float or for the customer's account asks again. */
  readonly retryAfterSeconds: readonly number[];
  /** How often a transfer that Circle failed is sent anew before a person decides. */
  readonly offRampAttempts: number;
  /** How long a person has to decide a review. */
  readonly reviewDueSeconds: number;
}

const DEFAULT_DEPOSIT_POLICY: DepositPolicy = {
  lookUpAfterSeconds: [30, 60, 120, 300, 900],
  reviewAfterSeconds: 2 * 3600,
  giveUpAfterSeconds: 30 * 60,
  retryAfterSeconds: [60, 300, 900],
  offRampAttempts: 3,
  reviewDueSeconds: 24 * 3600,
};

/** The policy with what the settings say instead of the defaults; unknown or malformed entries are ignored. */
export function depositPolicy(stored: Partial<DepositPolicy> | null | undefined): DepositPolicy {
  const policy = { ...DEFAULT_DEPOSIT_POLICY };
  for (const [name, usual] of Object.entries(DEFAULT_DEPOSIT_POLICY)) {
    const value = stored?.[name as keyof DepositPolicy];
    const isNumberList =
      Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');
    if (Array.isArray(usual) ? isNumberList : typeof value === 'number')
      Object.assign(policy, { [name]: value });
  }
  return policy;
}
