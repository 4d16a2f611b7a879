/** Limits and waiting times of a withdrawal on its way. Read once when it is requested, and carried with it. */

export interface WithdrawalPolicy {
  /** Pauses before each look-up while an event is awaited; the last one repeats. */
  readonly lookUpAfterSeconds: readonly number[];
  /** After this long in one wait a review is opened; waiting goes on. */
  readonly reviewAfterSeconds: number;
  /** How long a provider may leave a call unclear before a review is opened. */
  readonly giveUpAfterSeconds: number;
  /** Pauses before a withdrawal that waits for float, a wallet or a switch asks again. */
  readonly retryAfterSeconds: readonly number[];
  /** How often each effect is tried under a new key after a clear failure, before the way back begins. */
  readonly attempts: number;
  /** How long a person has to decide a review. */
  readonly reviewDueSeconds: number;
  /** How long a withdrawal waits to be approved before it is canceled. */
  readonly approvalExpiresSeconds: number;
}

const DEFAULT_WITHDRAWAL_POLICY: WithdrawalPolicy = {
  lookUpAfterSeconds: [30, 60, 120, 300, 900],
  reviewAfterSeconds: 2 * 3600,
  giveUpAfterSeconds: 30 * 60,
  retryAfterSeconds: [60, 300, 900],
  attempts: 3,
  reviewDueSeconds: 24 * 3600,
  approvalExpiresSeconds: 24 * 3600,
};

/** The policy with what the settings say instead of the defaults; unknown or malformed entries are ignored. */
export function withdrawalPolicy(stored: Partial<WithdrawalPolicy> | null | undefined): WithdrawalPolicy {
  const policy = { ...DEFAULT_WITHDRAWAL_POLICY };
  for (const [name, usual] of Object.entries(DEFAULT_WITHDRAWAL_POLICY)) {
    const value = stored?.[name as keyof WithdrawalPolicy];
    const isNumberList =
      Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');
    if (Array.isArray(usual) ? isNumberList : typeof value === 'number')
      Object.assign(policy, { [name]: value });
  }
  return policy;
}
