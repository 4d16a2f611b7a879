/** The activities of a withdrawal with their options and the lines that the Temporal Web UI shows beside them. */
import type { OnRampActivities } from '../../activities/funding/on-ramp.ts';
import type { ScreeningActivities } from '../../activities/funding/screening.ts';
import type { WithdrawalActivities } from '../../activities/funding/withdrawal.ts';
import type { WithdrawalBackActivities } from '../../activities/funding/withdrawal-back.ts';
import type { WithdrawalJournalActivities } from '../../activities/funding/withdrawal-journal.ts';
import type { WithdrawalMoneyActivities } from '../../activities/funding/withdrawal-money.ts';
import type { WithdrawalTransferActivities } from '../../activities/funding/withdrawal-transfer.ts';
import type { ReviewActivities } from '../../activities/platform/review.ts';
import { databaseSteps, providerCalls } from '../runtime/proxies.ts';

export const database = databaseSteps<
  WithdrawalActivities &
    WithdrawalMoneyActivities &
    WithdrawalBackActivities &
    ScreeningActivities &
    Pick<ReviewActivities, 'recordReviewDecision'>
>({
  recordWithdrawalRequested: 'Write the request down and hold the money',
  recordWithdrawalApproval: 'Write down who approved or rejected',
  screenWithdrawal: 'Ask the sanctions lists about customer and beneficiary',
  noteWithdrawal: 'Read the withdrawal, or write down why it waits',
  recordWithdrawalEnded: 'Give back what was held: nothing had moved',
  recordBrokerWithdrawal: 'The dollars leave the customer account at Alpaca',
  recordBrokerWithdrawalFailed: 'Alpaca will not move the dollars: they are held again',
  recordOnRampStarted: 'Mint makes USDC of our dollars',
  recordOnRampFailed: 'Mint did not: the dollars are there still',
  recordOnRampCompleted: 'The USDC is in our treasury wallet',
  recordTransferStarted: 'USDC left the treasury wallet towards the customer',
  recordTransferFailed: 'The transfer failed: the USDC is in the treasury wallet still',
  recordWithdrawalCompleted: 'The USDC has arrived',
  recordWithdrawalReorganised: 'The chain dropped the transfer: the USDC is in the treasury wallet again',
  recordWithdrawalRefunded: 'Everything is in the balance again, the fee included',
  recordWithdrawalJournalCorrected: 'The broker took an executed journal back',
  recordWithdrawalJournalRepeated: 'The corrected journal was made again',
  recordReviewDecision: 'Write down what a person decided',
});

/** Calls that move money; at the limit a person is asked. */
export function movers(giveUpAfterSeconds: number) {
  return providerCalls<
    Pick<WithdrawalJournalActivities, 'createWithdrawalJournal' | 'cancelWithdrawalJournal'> &
      Pick<OnRampActivities, 'startOnRamp'> &
      Pick<WithdrawalTransferActivities, 'startWithdrawalTransfer' | 'accelerateWithdrawalTransfer'>
  >(giveUpAfterSeconds, {
    createWithdrawalJournal: 'Alpaca: journal the dollars between the customer and our firm account',
    cancelWithdrawalJournal: 'Alpaca: take the journal back',
    startOnRamp: 'Mint: send USDC to our treasury wallet',
    startWithdrawalTransfer: 'Circle: send the USDC to the address of the customer',
    accelerateWithdrawalTransfer: 'Circle: offer a higher network fee',
  });
}

/** Look-ups change nothing; one that finds no answer in time is simply asked again later. */
const LOOK_UP_GIVES_UP_AFTER_SECONDS = 60;

export const lookUps = providerCalls<
  Pick<WithdrawalJournalActivities, 'lookUpWithdrawalJournal' | 'findWithdrawalJournal'> &
    Pick<OnRampActivities, 'lookUpOnRamp'> &
    Pick<WithdrawalTransferActivities, 'lookUpWithdrawalTransfer' | 'findWithdrawalTransfer'>
>(LOOK_UP_GIVES_UP_AFTER_SECONDS, {
  lookUpWithdrawalJournal: 'Alpaca: how does the journal stand?',
  lookUpOnRamp: 'Mint: how does the transfer stand?',
  lookUpWithdrawalTransfer: 'Circle: how does the transfer stand?',
  findWithdrawalJournal: 'Alpaca: was the journal made?',
  findWithdrawalTransfer: 'Circle: was the transfer sent?',
});
