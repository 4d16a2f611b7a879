/** Waiting times and limits during the crash points. */
import type { TreasuryPolicy } from '../../../domain/funding/treasury-policy.ts';
import { QUICK_ONBOARDING, setOnboardingPolicy } from '../../support/applicant.ts';
import { setWithdrawalPolicy } from '../../support/money-out.ts';
import { setDepositPolicy } from '../../support/trouble.ts';
import { setSetting } from '../../support/withdrawer.ts';
import type { Cast } from './cast.ts';

/**
 * `calm`: nobody looks anything up by himself, so that no look-up that comes by chance is taken for a step. Else what
 * was lost with a program is looked up at once.
 */
export type Pace = 'calm' | 'quick';
const LOOK_UPS: Readonly<Record<Pace, readonly number[]>> = { calm: [600], quick: [0.5, 0.5, 1] };
/** A company that fails something again and again fails it once more. */
const TRIES = 10;

/** What rounds of the treasury and wires live by. */
export function treasuryRules(pace: Pace): Partial<TreasuryPolicy> {
  return { lookUpAfterSeconds: LOOK_UPS[pace], returnLookUpSeconds: 3_600 };
}

/** What begins from now on lives by these rules. */
export async function setPace(cast: Cast, pace: Pace): Promise<void> {
  const { stack } = cast.stage;
  const lookUps = { lookUpAfterSeconds: LOOK_UPS[pace] };
  await cast.treasury.setPolicy(treasuryRules(pace));
  await setDepositPolicy(stack, { ...lookUps, offRampAttempts: TRIES });
  await setWithdrawalPolicy(stack, { ...lookUps, attempts: TRIES });
  // A look after a document is grace, and no step either.
  const grace = pace === 'calm' ? 600 : 0;
  await setOnboardingPolicy(stack, { ...QUICK_ONBOARDING, ...lookUps, documentGraceSeconds: grace });
  cast.pace = pace;
}

/** Limits that nothing of this reaches, and addresses that are usable in a moment. */
export async function setLimits({ stage: { stack } }: Cast): Promise<void> {
  const never = { perDayUsd: '1000000000.00', perHour: 1_000_000, companyPerDayUsd: '100000000000.00' };
  await setSetting(stack, 'withdrawal_limits', never);
  const addresses = { coolDownSeconds: 0.3, mostAddresses: 100_000, retryAfterSeconds: [0.3] };
  await setSetting(stack, 'address_policy', addresses);
  await setSetting(stack, 'webhook_policy', { firstRetrySeconds: 0.1, longestRetrySeconds: 0.4 });
}
