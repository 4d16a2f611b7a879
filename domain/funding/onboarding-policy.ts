/** Waiting times of onboarding. Read once when a run starts, and carried with it from then on. */

export interface OnboardingPolicy {
  /** Pauses before each look-up of the account while the broker decides; the last one repeats. */
  readonly lookUpAfterSeconds: readonly number[];
  /** After this long without a decision of the broker a review is opened; waiting goes on. */
  readonly reviewAfterSeconds: number;
  /** The same for a document that the customer was asked for. */
  readonly customerReviewAfterSeconds: number;
  /** How long a provider may leave a call unclear before a review is opened. */
  readonly giveUpAfterSeconds: number;
  /** Pause after such a review before the call is tried again, unless a person says so earlier. */
  readonly retryAfterSeconds: number;
  /** After an upload the broker may show its old question this long before it counts as asked again. */
  readonly documentGraceSeconds: number;
  /** How long a person has to decide a review. */
  readonly reviewDueSeconds: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const DEFAULT_ONBOARDING_POLICY: OnboardingPolicy = {
  lookUpAfterSeconds: [30, 2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR],
  reviewAfterSeconds: 3 * DAY,
  customerReviewAfterSeconds: 30 * DAY,
  giveUpAfterSeconds: 15 * MINUTE,
  retryAfterSeconds: HOUR,
  documentGraceSeconds: 10 * MINUTE,
  reviewDueSeconds: DAY,
};

/** The policy with what the settings say instead of the defaults; unknown or malformed entries are ignored. */
export function onboardingPolicy(stored: Partial<OnboardingPolicy> | null | undefined): OnboardingPolicy {
  const isSeconds = (value: unknown): boolean =>
    typeof value === 'number' && Number.isFinite(value) && value >= 0;
  const policy = { ...DEFAULT_ONBOARDING_POLICY };
  for (const [name, usual] of Object.entries(DEFAULT_ONBOARDING_POLICY)) {
    const value: unknown = stored?.[name as keyof OnboardingPolicy];
    const fits = Array.isArray(usual)
      ? Array.isArray(value) && value.length > 0 && value.every(isSeconds)
      : isSeconds(value);
    if (fits) Object.assign(policy, { [name]: value });
  }
  return policy;
}
