/** What onboarding carries about a customer: ids and states, never personal data. */
import type { Chain } from './chain.ts';
import type { KycState } from './kyc.ts';
import type { OnboardingPolicy } from './onboarding-policy.ts';
import type { WalletState } from './wallet.ts';

export interface OnboardingFacts {
  readonly status: KycState;
  /** When the status was reached, RFC 3339. */
  readonly since: string;
  /** The account at Alpaca; null until it is open. */
  readonly account_id: string | null;
  /** Counts submissions; a corrected application is a new revision. */
  readonly revision: number;
  readonly wallets: readonly { readonly id: string; readonly chain: Chain; readonly status: WalletState }[];
  /** Documents that were taken from the customer and are not with the broker yet. */
  readonly unsent_documents: readonly string[];
  /** Reason codes of reviews that wait for a person. */
  readonly open_reviews: readonly string[];
}

/** Facts together with the policy that this run goes by. */
export interface OpenedOnboarding extends OnboardingFacts {
  readonly policy: OnboardingPolicy;
}

/** Whether a request of the customer was taken. */
export interface Intake {
  readonly accepted: boolean;
  readonly facts: OpenedOnboarding;
}

/** Why a person is asked to look at an onboarding. */
export type OnboardingReview =
  | 'broker_unclear'
  | 'broker_email_taken'
  | 'broker_status_unknown'
  | 'kyc_overdue'
  | 'kyc_customer_silent'
  | 'document_not_sent'
  | 'wallet_unclear';
