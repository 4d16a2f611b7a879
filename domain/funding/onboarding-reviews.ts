/** Why a person is asked about an application or a wallet, and what they can decide then. */
import type { ReviewRules } from '../platform/review.ts';

export const KYC_REVIEWS: ReviewRules = {
  broker_unclear: {
    asks: 'Read what Alpaca answered: retry asks again, ask_correction gives the form back to the customer.',
    decisions: ['retry', 'close', 'ask_correction', 'reject'],
  },
  broker_email_taken: {
    asks: 'Somebody has an account at Alpaca under this address: find out whether it is the same person.',
    decisions: ['retry', 'ask_correction', 'reject', 'close'],
  },
  broker_status_unknown: {
    asks: 'Alpaca uses a word that we do not know: ask what it means.',
    decisions: ['retry', 'close', 'reject'],
  },
  kyc_overdue: {
    asks: 'Ask Alpaca why it has not decided about the application.',
    decisions: ['retry', 'close', 'reject'],
  },
  kyc_customer_silent: {
    asks: 'Remind the customer of what Alpaca asked for, or end the application.',
    decisions: ['close', 'reject', 'retry'],
  },
  document_not_sent: {
    asks: 'Read why Alpaca does not take the document: retry hands it in again.',
    decisions: ['retry', 'close', 'reject'],
  },
};

export const WALLET_REVIEWS: ReviewRules = {
  wallet_unclear: {
    asks: 'Read why Circle does not make the wallet: retry asks again, and it goes on by itself as well.',
    decisions: ['retry', 'close'],
  },
};
