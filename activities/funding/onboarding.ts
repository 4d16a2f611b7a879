/** The database steps of onboarding: each takes what somebody asked for and answers the facts for the next. */
import * as steps from '../../db/funding/kyc-application-queries.ts';
import { acceptDocument } from '../../db/funding/kyc-document-queries.ts';
import { CHAINS } from '../../domain/funding/chain.ts';
import { kycLifecycle } from '../../domain/funding/kyc.ts';
import type { Intake, OnboardingReview, OpenedOnboarding } from '../../domain/funding/onboarding-facts.ts';
import type { ReviewDecision } from '../../domain/platform/review.ts';
import type { SubmitApplication, UploadDocument } from '../../workflows/funding/onboarding-messages.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import type { ActivityPorts } from '../ports.ts';

/** Whose onboarding. */
export interface OnboardingStep {
  readonly user_id: string;
}

/** What a person is asked to decide. */
export interface OnboardingReviewRequest {
  readonly reason: OnboardingReview;
  readonly detail: string;
  readonly due_seconds: number;
  /** Where the question is about one wallet. */
  readonly wallet_id?: string;
}

/** The step that creates a wallet; its key names the customer and the chain. */
export const walletStep = (chain: string): string => `wallet:${chain}`;

/** Steps as activities. */
export function createOnboardingActivities({ database }: Pick<ActivityPorts, 'database'>) {
  return withFailures({
    /** Takes an application: stores it sealed, writes down every intention, and moves it to the broker's queue. */
    recordApplication: (input: OnboardingStep & SubmitApplication): Promise<Intake> =>
      steps.kycSubmit(database, input.user_id, {
        operation: input.operation_id,
        sealed_application: input.sealed_application,
        account_key: idempotencyKey(input.user_id, `open_account:${input.operation_id}`),
        wallets: CHAINS.map((chain) => ({ chain, key: idempotencyKey(input.user_id, walletStep(chain)) })),
      }),

    /** Takes a document, if one is asked for. */
    recordKycDocument: (input: OnboardingStep & UploadDocument): Promise<Intake> =>
      acceptDocument(database, input.user_id, input.document_id),

    /** Where the onboarding stands: for a run that is not begun by the customer. */
    readOnboarding: (input: OnboardingStep): Promise<OpenedOnboarding> =>
      steps.findOnboarding(database, input.user_id),

    /** Opens a review, or marks events as used. */
    noteOnboarding: (
      input: OnboardingStep & {
        readonly inbound: readonly string[];
        readonly review?: OnboardingReviewRequest;
      },
    ): Promise<OpenedOnboarding> => {
      const { user_id, ...note } = input;
      return steps.noteOnboarding(database, user_id, note);
    },

    /** What a person decided about a review. */
    recordOnboardingDecision: (input: OnboardingStep & ReviewDecision): Promise<Intake> => {
      const { user_id, ...decision } = input;
      const notices = {
        refused: {
          kind: 'kyc.refused',
          body: `Please check your details. ${kycLifecycle.states.not_started.customer}`,
        },
        rejected: { kind: 'kyc.rejected', body: kycLifecycle.states.rejected.customer },
      };
      return steps.decideOnboarding(database, user_id, { ...decision, notices });
    },
  });
}

export type OnboardingActivities = ReturnType<typeof createOnboardingActivities>;
