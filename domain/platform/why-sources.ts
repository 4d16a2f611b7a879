/** Where an explanation takes its words and its clock from, for each lifecycle. */

import { depositPolicy } from '../funding/deposit-policy.ts';
import { DEPOSIT_WAITS } from '../funding/deposit-waits.ts';
import { onboardingPolicy } from '../funding/onboarding-policy.ts';
import { treasuryPolicy } from '../funding/treasury-policy.ts';
import { WIRE_WAIT_WORDS } from '../funding/wire-facts.ts';
import { WITHDRAWAL_WAIT_WORDS } from '../funding/withdrawal-facts.ts';
import { withdrawalPolicy } from '../funding/withdrawal-rules.ts';
import type { StateSpec, WaitWords } from '../lifecycle.ts';
import type { LifecycleName } from '../lifecycles.ts';

/** Pauses before we look by ourselves, and when a review opens. */
export interface WhyClock {
  readonly lookUpAfterSeconds?: readonly number[];
  /** Pauses before we ask again for something that was not there. */
  readonly retryAfterSeconds?: readonly number[];
  readonly reviewAfterSeconds?: number;
  /** After this long in the state it ends by itself. */
  readonly expiresAfterSeconds?: number;
}

interface WhySource {
  readonly waits: Readonly<Record<string, WaitWords>>;
  /** The setting that holds the policy; none where there is no policy. */
  readonly setting?: string;
  readonly clock: (stored: unknown, status: string) => WhyClock;
}

type Stored = Readonly<Record<string, never>> | null;

function onboardingClock(stored: unknown, status: string): WhyClock {
  const policy = onboardingPolicy(stored as Stored);
  if (status === 'not_started') return {};
  if (status === 'action_required') {
    return {
      lookUpAfterSeconds: policy.lookUpAfterSeconds,
      reviewAfterSeconds: policy.customerReviewAfterSeconds,
    };
  }
  if (status === 'creating') {
    return { retryAfterSeconds: [policy.retryAfterSeconds], reviewAfterSeconds: policy.giveUpAfterSeconds };
  }
  return { lookUpAfterSeconds: policy.lookUpAfterSeconds, reviewAfterSeconds: policy.reviewAfterSeconds };
}

export const WHY_SOURCES: Readonly<Record<LifecycleName, WhySource>> = {
  address: { waits: {}, clock: () => ({}) },
  deposit: {
    waits: DEPOSIT_WAITS,
    setting: 'deposit_policy',
    clock: (stored) => depositPolicy(stored as Stored),
  },
  kyc: { waits: {}, setting: 'onboarding_policy', clock: onboardingClock },
  wallet: { waits: {}, setting: 'onboarding_policy', clock: onboardingClock },
  withdrawal: {
    waits: WITHDRAWAL_WAIT_WORDS,
    setting: 'withdrawal_policy',
    clock: (stored, status) => {
      const policy = withdrawalPolicy(stored as Stored);
      return status === 'awaiting_approval' ? { expiresAfterSeconds: policy.approvalExpiresSeconds } : policy;
    },
  },
  wire: {
    waits: WIRE_WAIT_WORDS,
    setting: 'treasury_policy',
    clock: (stored, status) => {
      const policy = treasuryPolicy(stored as Stored);
      const { lookUpAfterSeconds, overdueAfterSeconds } = policy;
      if (status === 'awaiting_approval') return { expiresAfterSeconds: policy.approvalExpiresAfterSeconds };
      return { lookUpAfterSeconds, reviewAfterSeconds: overdueAfterSeconds };
    },
  },
};

/** Whom we ask by ourselves when nothing is told. */
const ASKED: readonly string[] = ['chain', 'circle', 'broker', 'bank'];

/**
 * When we look by ourselves, in milliseconds; null where nobody is asked. The pauses count from the last thing
 * that was written, so a try that wrote nothing is not seen here: "about" belongs to the sentence.
 */
export function nextLookUp(
  record: { readonly lastChange: number; readonly now: number },
  wait: WaitWords | undefined,
  spec: StateSpec,
  clock: WhyClock,
): number | null {
  const waitsFor = wait?.waitsFor ?? spec.waitsFor;
  const isNotThere =
    waitsFor === 'treasury' || (wait !== undefined && waitsFor === 'customer' && !wait.alone);
  const pauses = isNotThere
    ? clock.retryAfterSeconds
    : ASKED.includes(waitsFor)
      ? pausesOf(clock)
      : undefined;
  if (!pauses || pauses.length === 0) return null;
  const last = Math.max(1, pauses.at(-1) ?? 60);
  let at = record.lastChange;
  for (const pause of pauses) {
    at += pause * 1000;
    if (at > record.now) return at;
  }
  // The last pause repeats.
  const missed = Math.floor((record.now - at) / (last * 1000)) + 1;
  return at + missed * last * 1000;
}

function pausesOf({ lookUpAfterSeconds, retryAfterSeconds }: WhyClock): readonly number[] | undefined {
  return lookUpAfterSeconds ?? retryAfterSeconds;
}
