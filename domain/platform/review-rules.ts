/** The rules of all reviews: which decisions fit which reason. The API refuses every other one with a sentence. */
import { ADDRESS_REVIEWS } from '../funding/address-reviews.ts';
import { DEPOSIT_REVIEWS } from '../funding/deposit-reviews.ts';
import { KYC_REVIEWS, WALLET_REVIEWS } from '../funding/onboarding-reviews.ts';
import { WIRE_REVIEWS } from '../funding/wire-reviews.ts';
import { WITHDRAWAL_REVIEWS } from '../funding/withdrawal-reviews.ts';
import type { ReviewDecisionName, ReviewEvidence, ReviewRule, ReviewRules } from './review.ts';

/** One line for each lifecycle whose reviews have rules of their own. */
export const REVIEW_RULES: Readonly<Record<string, ReviewRules>> = {
  address: ADDRESS_REVIEWS,
  deposit: DEPOSIT_REVIEWS,
  kyc: KYC_REVIEWS,
  wallet: WALLET_REVIEWS,
  wire: WIRE_REVIEWS,
  withdrawal: WITHDRAWAL_REVIEWS,
};

/** A reason that a newer version wrote: whoever looks can let the step be taken again, or close the matter. */
const UNKNOWN_REASON: ReviewRule = {
  asks: 'Read the detail, settle it, then let the step be taken again or close the review.',
  decisions: ['retry', 'close'],
};

/** The rule of a review; the exact reason counts before a pattern. */
export function reviewRule(lifecycle: string, reason: string): ReviewRule {
  const rules = REVIEW_RULES[lifecycle] ?? {};
  const exact = rules[reason];
  if (exact) return exact;
  const pattern = Object.keys(rules).find((key) => key.endsWith('*') && reason.startsWith(key.slice(0, -1)));
  return (pattern === undefined ? undefined : rules[pattern]) ?? UNKNOWN_REASON;
}

/** Why a decision does not fit a review, as a sentence; undefined when it does. */
export function decisionMisfit(
  review: { readonly lifecycle: string; readonly reason: string },
  decision: ReviewDecisionName,
  evidence: ReviewEvidence,
): string | undefined {
  const rule = reviewRule(review.lifecycle, review.reason);
  if (!rule.decisions.includes(decision)) {
    return `A review ${review.reason} of a ${review.lifecycle} takes ${listed(rule.decisions)}, not ${decision}.`;
  }
  const missing = Object.entries(rule.evidence?.[decision] ?? {}).filter(
    ([field]) => !evidence[field]?.trim(),
  );
  if (missing.length === 0) return undefined;
  const wanted = missing.map(([field, means]) => `evidence.${field}: ${means}`).join(' ');
  return `The decision ${decision} needs evidence. ${wanted}`;
}

/** `a`, `a or b`, `a, b or c`. */
function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? 'nothing';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`;
}
