/** The activities of onboarding with their options and the lines that the Temporal Web UI shows beside them. */
import type { BrokerAccountActivities } from '../../activities/funding/broker-account.ts';
import type { KycDocumentActivities } from '../../activities/funding/kyc-documents.ts';
import type { OnboardingActivities } from '../../activities/funding/onboarding.ts';
import type { WalletActivities } from '../../activities/funding/wallet.ts';
import { databaseSteps, providerCalls } from '../runtime/proxies.ts';

export const database = databaseSteps<OnboardingActivities>({
  recordApplication: 'Take the application, and write down what we are going to ask for',
  recordKycDocument: 'Take the document, if one is asked for',
  readOnboarding: 'Read where the onboarding stands',
  noteOnboarding: 'Open a review, or mark events as used',
  recordOnboardingDecision: 'Write down what was decided',
});

/** Calls that make something at a provider; at the limit a person is asked. */
export function makers(giveUpAfterSeconds: number) {
  return providerCalls<
    Pick<BrokerAccountActivities, 'openBrokerAccount'> & KycDocumentActivities & WalletActivities
  >(giveUpAfterSeconds, {
    openBrokerAccount: 'Alpaca: open the account',
    sendKycDocument: 'Alpaca: hand in the document',
    createWallet: 'Circle: make a wallet',
  });
}

/** A look-up changes nothing; one that finds no answer in time is simply asked again later. */
const LOOK_UP_GIVES_UP_AFTER_SECONDS = 120;

export const lookUps = providerCalls<Pick<BrokerAccountActivities, 'checkBrokerAccount'>>(
  LOOK_UP_GIVES_UP_AFTER_SECONDS,
  { checkBrokerAccount: 'Alpaca: how does the account stand?' },
);
