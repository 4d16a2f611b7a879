/** The activities of a deposit with their options and the lines that the Temporal Web UI shows beside them. */
import type { BrokerFundingActivities } from '../../activities/funding/broker-funding.ts';
import type { DepositActivities } from '../../activities/funding/deposit.ts';
import type { DepositBackActivities } from '../../activities/funding/deposit-back.ts';
import type { DepositMoneyActivities } from '../../activities/funding/deposit-money.ts';
import type { DepositRefundActivities } from '../../activities/funding/deposit-refund.ts';
import type { OffRampActivities } from '../../activities/funding/off-ramp.ts';
import type { ReviewActivities } from '../../activities/platform/review.ts';
import { databaseSteps, promptCalls, providerCalls } from '../runtime/proxies.ts';

export const database = databaseSteps<
  DepositActivities & DepositMoneyActivities & DepositBackActivities & ReviewActivities
>({
  recordReviewDecision: 'Write down what a person decided',
  recordDepositSeen: 'Write down the transfer that Circle reported',
  noteDeposit: 'Read the deposit, or write down why it waits',
  recordDepositConfirmed: 'Credit the USDC and set its whole cents aside for conversion',
  recordDepositFailed: 'Close the deposit: nothing is credited',
  recordOffRampStarted: 'USDC left the wallet towards Circle Mint',
  recordOffRampFailed: 'The transfer failed: the USDC is in the wallet still',
  recordOffRampCompleted: 'Mint credited the dollars',
  recordBrokerFunded: 'The dollars are buying power',
  recordJournalCorrected: 'The broker took the money back',
  recordDepositResumed: 'The dollars are journalled again',
  recordRefundDecision: 'Write down that the deposit goes back to its sender',
  recordRefundSent: 'USDC left the wallet towards the sender',
  recordRefundFailed: 'The refund failed: the USDC is where it was',
  recordRefunded: 'The deposit is back at its sender',
  recordDepositReorganised: 'The chain took the transfer back: so do the books',
  recordUndoneCorrected: 'The broker took back what the chain had undone',
});

/** Calls that every deposit makes to move its money; at the limit a person is asked. */
export function movers(giveUpAfterSeconds: number) {
  return promptCalls<
    Pick<OffRampActivities, 'startOffRampTransfer'> & Pick<BrokerFundingActivities, 'createFundingJournal'>
  >(giveUpAfterSeconds, {
    startOffRampTransfer: 'Circle: send the USDC to our Mint deposit address',
    createFundingJournal: 'Alpaca: journal the dollars to the customer',
  });
}

/** Calls of the few deposits that meet trouble; at the limit a person is asked. */
export function rareMovers(giveUpAfterSeconds: number) {
  return providerCalls<
    Pick<OffRampActivities, 'accelerateOffRamp'> &
      Pick<DepositRefundActivities, 'sendRefund' | 'accelerateRefund'>
  >(giveUpAfterSeconds, {
    accelerateOffRamp: 'Circle: offer a higher network fee',
    sendRefund: 'Circle: send the USDC back to its sender',
    accelerateRefund: 'Circle: offer a higher network fee for the refund',
  });
}

/** Look-ups change nothing; one that finds no answer in time is simply asked again later. */
const LOOK_UP_GIVES_UP_AFTER_SECONDS = 60;

export const lookUps = providerCalls<
  Pick<OffRampActivities, 'lookUpInboundTransfer' | 'lookUpOffRamp'> &
    Pick<BrokerFundingActivities, 'lookUpJournal'> &
    Pick<DepositRefundActivities, 'lookUpRefund'>
>(LOOK_UP_GIVES_UP_AFTER_SECONDS, {
  lookUpInboundTransfer: 'Circle: is the inbound transfer final?',
  lookUpOffRamp: 'Circle and Mint: where is our transfer?',
  lookUpJournal: 'Alpaca: how does the journal stand?',
  lookUpRefund: 'Circle: where is the refund?',
});
