/** Waiting times of new addresses. Read once when an address is added, and carried with it from then on. */

export interface AddressPolicy {
  /** How long a new address rests before money can go there. */
  readonly coolDownSeconds: number;
  /** How many addresses one customer can have at a time. */
  readonly mostAddresses: number;
  /** How long one question to Circle is repeated before it counts as unanswered. */
  readonly giveUpAfterSeconds: number;
  /** Pauses before Circle is asked again; the last one repeats. */
  readonly retryAfterSeconds: readonly number[];
  /** After this long without an answer of Circle a person is told. */
  readonly reviewAfterSeconds: number;
  /** How long a person has to decide a review. */
  readonly reviewDueSeconds: number;
}

const DEFAULT_ADDRESS_POLICY: AddressPolicy = {
  coolDownSeconds: 24 * 3600,
  mostAddresses: 50,
  giveUpAfterSeconds: 10 * 60,
  retryAfterSeconds: [300, 900, 3600],
  reviewAfterSeconds: 24 * 3600,
  reviewDueSeconds: 24 * 3600,
};

/** The policy with what the settings say instead of the defaults; unknown or malformed entries are ignored. */
export function addressPolicy(stored: Partial<AddressPolicy> | null | undefined): AddressPolicy {
  const policy = { ...DEFAULT_ADDRESS_POLICY };
  for (const [name, usual] of Object.entries(DEFAULT_ADDRESS_POLICY)) {
    const value = stored?.[name as keyof AddressPolicy];
    const isNumberList =
      Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number');
    if (Array.isArray(usual) ? isNumberList : typeof value === 'number' && value >= 0)
      Object.assign(policy, { [name]: value });
  }
  return policy;
}
