/** What reconciliation finds, how it is said, and the rules that it follows. */

/**
 * The ways in which our books and a provider's can differ.
 * - `missing`: we have an effect, the provider's list has no entry for it.
 * - `extra`: the provider's list has an entry that nothing of ours asked for.
 * - `amount`, `fee`: both have it, with different money; a fee explains the difference or it does not.
 * - `time`: both have it, at times that cannot both be true.
 * - `duplicate`: the provider's list has it more often than we asked for it.
 * - `state`: the provider says that it happened and we do not, or the other way round.
 * - `in_transit`: money left one place and did not arrive at the next in time.
 * - `balance`: a balance differs by an amount that no entry explains.
 */
export const BREAK_KINDS = [
  'missing',
  'extra',
  'amount',
  'fee',
  'time',
  'duplicate',
  'state',
  'in_transit',
  'balance',
] as const;
export type BreakKind = (typeof BREAK_KINDS)[number];

/**
 * `suspected`: seen once, shown to nobody before a second look confirms it. `explained`: a person said why it
 * is right as it is. `resolved`: gone by itself, or settled by a posting.
 */
export const BREAK_STATES = ['suspected', 'open', 'explained', 'resolved'] as const;

/** What a person reads of each kind: what is wrong and what usually settles it. */
export const BREAK_WORDS: Readonly<Record<BreakKind, { readonly means: string; readonly next: string }>> = {
  missing: {
    means: 'Our books have this movement, and the provider does not list it.',
    next: 'Ask the provider for the entry. If it never happened, reverse it by a posting.',
  },
  extra: {
    means: 'The provider lists a movement that nothing of ours asked for.',
    next: 'Find out whose money it is; then post it to its place, or let the provider take it back.',
  },
  amount: {
    means: 'The provider moved another amount than our books have.',
    next: 'Ask the provider which is right, and post the difference.',
  },
  fee: {
    means: 'The provider took a fee that our books do not have.',
    next: 'Post the fee to our own account if it is in the contract; else claim it back.',
  },
  time: {
    means: 'The provider dates this movement at a time that cannot be right.',
    next: 'Check that it is the movement that we asked for, and not another one in its place.',
  },
  duplicate: {
    means: 'The provider lists this movement more often than we asked for it.',
    next: 'If the money moved twice, claim it back; until then post it to suspense.',
  },
  state: {
    means: 'The provider and we do not agree whether this movement has happened.',
    next: 'The lifecycle is told what the provider says and usually settles it; else open its case.',
  },
  in_transit: {
    means: 'This money left one place and has not arrived at the next in time.',
    next: 'Look at the lifecycle: its review says which provider holds it.',
  },
  balance: {
    means: 'The balance at the provider differs, and no listed movement explains it.',
    next: 'Look for movements outside of the lists: fees, interest, corrections older than the window.',
  },
};

/** Accounts that take the other side of a posting which settles a break, by asset. */
export const COUNTER_ACCOUNTS = {
  suspense: { USD: 'reconciliation_suspense_usd', USDC: 'reconciliation_suspense_usdc' },
  company: { USD: 'company_float', USDC: 'company_float_usdc' },
} as const;
export type CounterAccount = keyof typeof COUNTER_ACCOUNTS;

export interface ReconciliationPolicy {
  /** How much of the past is read again by each run. */
  readonly windowSeconds: number;
  /** A list may lag, and an event may be on its way, for this long. */
  readonly graceSeconds: number;
  /** How far the provider's time may lie outside of ours. */
  readonly timeToleranceSeconds: number;
  /** A suspicion is looked at again after this long; what is gone by then was a movement. */
  readonly confirmAfterSeconds: number;
  /** Customers' accounts whose balance is read although nothing moved, the longest unread first. */
  readonly quietAccountsPerRun: number;
  /** How long the lists may take before the run is given up. */
  readonly giveUpAfterSeconds: number;
}

const DEFAULT_POLICY: ReconciliationPolicy = {
  windowSeconds: 3 * 86_400,
  graceSeconds: 180,
  timeToleranceSeconds: 3_600,
  confirmAfterSeconds: 15,
  quietAccountsPerRun: 500,
  giveUpAfterSeconds: 20 * 60,
};

/** The policy with what the settings say instead of the defaults; unknown or malformed entries are ignored. */
export function reconciliationPolicy(
  stored: Partial<ReconciliationPolicy> | null | undefined,
): ReconciliationPolicy {
  const policy = { ...DEFAULT_POLICY };
  for (const name of Object.keys(policy) as (keyof ReconciliationPolicy)[]) {
    const value = stored?.[name];
    if (typeof value === 'number' && value >= 0) Object.assign(policy, { [name]: value });
  }
  return policy;
}
