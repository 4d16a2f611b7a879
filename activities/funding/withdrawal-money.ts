/** The database steps of a withdrawal that follow what the companies did with the money. */
import type { Database } from '../../db/client.ts';
import {
  type WithdrawalStep,
  withdrawalOnRampStarted,
  withdrawalStep,
} from '../../db/funding/withdrawal-steps.ts';
import type { WithdrawalFacts } from '../../domain/funding/withdrawal-facts.ts';
import * as postings from '../../domain/funding/withdrawal-postings.ts';
import { withFailures } from '../failure.ts';
import type { ReviewRequest } from './deposit.ts';
import {
  effectOperation,
  effectStep,
  moneyOf,
  type WithdrawalMoneyStep,
  withdrawalNotice,
} from './withdrawal.ts';

/** Times are the database's own: `now` is filled in by Postgres when the row is patched. */
const NOW = 'now';

/** What stands in the record of a step that failed. */
interface Failure {
  readonly reason: string;
  readonly review?: ReviewRequest;
}

const started = (input: WithdrawalMoneyStep, journalId: string): WithdrawalStep => ({
  event: 'broker_withdrawal_started',
  reference: effectStep('journal', input.facts),
  details: {
    inbound: input.inbound,
    evidence: { alpaca_journal_id: journalId },
    patch: { broker_withdrawal_ref: journalId, broker_withdrawal_initiated_at: NOW, waiting_for: null },
    operations: [effectOperation(input, 'journal', 'accepted', { reference: journalId })],
  },
});

const completed = (input: WithdrawalMoneyStep, journalId: string, reviewId?: string): WithdrawalStep => ({
  event: 'broker_withdrawal_completed',
  reference: effectStep('journal', input.facts),
  details: {
    inbound: input.inbound,
    evidence: { alpaca_journal_id: journalId, review_id: reviewId },
    patch: { broker_withdrawal_completed_at: NOW, broker_withdrawal_ref: journalId, waiting_for: null },
    postings: postings.brokerWithdrawn(moneyOf(input.facts)),
    operations: [
      effectOperation(input, 'journal', 'succeeded', { reference: journalId }),
      effectOperation(input, 'on_ramp', 'intended'),
    ],
  },
});

type RecordStep = (input: WithdrawalMoneyStep, ...taken: WithdrawalStep[]) => Promise<WithdrawalFacts>;

const brokerSteps = (step: RecordStep) => ({
  /** Alpaca took the journal; it mostly executes at once, and then both events are written together. */
  recordBrokerWithdrawal: (
    input: WithdrawalMoneyStep & {
      readonly journal_id: string;
      readonly state: string;
      readonly review_id?: string;
    },
  ) => {
    const { journal_id, state, review_id, facts } = input;
    const first = facts.status === 'pending' ? [started(input, journal_id)] : [];
    const second = state === 'executed' ? [completed(input, journal_id, review_id)] : [];
    return step(input, ...first, ...second);
  },

  /** Alpaca will not execute the journal: nothing has moved. */
  recordBrokerWithdrawalFailed: (input: WithdrawalMoneyStep & Failure) =>
    step(input, {
      event: 'broker_withdrawal_failed',
      reference: effectStep('journal', input.facts),
      details: {
        inbound: input.inbound,
        evidence: { reason: input.reason, alpaca_journal_id: input.facts.broker_withdrawal_ref },
        patch: {
          journal_attempt: input.facts.journal_attempt + 1,
          broker_withdrawal_ref: null,
          broker_withdrawal_initiated_at: null,
          waiting_for: null,
        },
        operations: [
          effectOperation(input, 'journal', 'failed', { error: input.reason }),
          effectOperation(input, 'journal', 'intended', { later: 1 }),
        ],
      },
    }),
});

const onRampSteps = (database: Database, step: RecordStep) => ({
  /** Mint took the transfer to our treasury wallet. */
  recordOnRampStarted: (input: WithdrawalMoneyStep & { readonly transfer_id: string }) =>
    withdrawalOnRampStarted(database, input.withdrawal_id, input.transfer_id, {
      event: 'on_ramp_started',
      reference: effectStep('on_ramp', input.facts),
      details: {
        inbound: input.inbound,
        evidence: { mint_transfer_id: input.transfer_id },
        patch: { circle_on_ramp_ref: input.transfer_id, on_ramp_initiated_at: NOW, waiting_for: null },
        postings: postings.onRampStarted(moneyOf(input.facts)),
        operations: [effectOperation(input, 'on_ramp', 'accepted', { reference: input.transfer_id })],
      },
    }),

  /** Mint's transfer failed: the dollars are at Mint still. */
  recordOnRampFailed: (input: WithdrawalMoneyStep & Failure & { readonly float_missing: boolean }) =>
    step(input, {
      event: 'on_ramp_failed',
      reference: effectStep('on_ramp', input.facts),
      details: {
        inbound: input.inbound,
        evidence: { reason: input.reason, mint_transfer_id: input.facts.circle_on_ramp_ref },
        patch: {
          on_ramp_attempt: input.facts.on_ramp_attempt + 1,
          on_ramp_initiated_at: null,
          waiting_for: input.review ? 'review' : input.float_missing ? 'mint_float' : null,
        },
        postings: postings.onRampFailed(moneyOf(input.facts)),
        operations: [
          effectOperation(input, 'on_ramp', 'failed', { error: input.reason }),
          effectOperation(input, 'on_ramp', 'intended', { later: 1 }),
        ],
        ...(input.review && { review: input.review }),
      },
    }),

  /** The USDC is in our treasury wallet; the transfer to the customer is intended. */
  recordOnRampCompleted: (
    input: WithdrawalMoneyStep & { readonly tx_hash?: string; readonly review_id?: string },
  ) =>
    step(input, {
      event: 'on_ramp_completed',
      reference: effectStep('on_ramp', input.facts),
      details: {
        inbound: input.inbound,
        evidence: { tx_hash: input.tx_hash, review_id: input.review_id },
        patch: { on_ramp_tx_hash: input.tx_hash, on_ramp_completed_at: NOW, waiting_for: null },
        postings: postings.onRampCompleted(moneyOf(input.facts)),
        operations: [
          effectOperation(input, 'on_ramp', 'succeeded', input.tx_hash ? { tx_hash: input.tx_hash } : {}),
          effectOperation(input, 'transfer', 'intended'),
        ],
      },
    }),
});

const transferSteps = (step: RecordStep) => ({
  /** Circle took the transfer to the address of the customer. */
  recordTransferStarted: (input: WithdrawalMoneyStep & { readonly transfer_id: string }) =>
    step(input, {
      event: 'transfer_started',
      reference: effectStep('transfer', input.facts),
      details: {
        inbound: input.inbound,
        evidence: { circle_transfer_id: input.transfer_id },
        patch: { circle_transfer_ref: input.transfer_id, transfer_initiated_at: NOW, waiting_for: null },
        postings: postings.transferStarted(moneyOf(input.facts)),
        operations: [effectOperation(input, 'transfer', 'accepted', { reference: input.transfer_id })],
        notice: withdrawalNotice('transfer_initiated'),
      },
    }),

  /** Circle's transfer failed: the USDC is in the treasury wallet still. */
  recordTransferFailed: (input: WithdrawalMoneyStep & Failure & { readonly float_missing: boolean }) =>
    step(input, {
      event: 'transfer_failed',
      reference: effectStep('transfer', input.facts),
      details: {
        inbound: input.inbound,
        evidence: { reason: input.reason, circle_transfer_id: input.facts.circle_transfer_ref },
        patch: {
          transfer_attempt: input.facts.transfer_attempt + 1,
          transfer_initiated_at: null,
          waiting_for: input.review ? 'review' : input.float_missing ? 'treasury_float' : null,
        },
        postings: postings.transferFailed(moneyOf(input.facts)),
        operations: [
          effectOperation(input, 'transfer', 'failed', { error: input.reason }),
          effectOperation(input, 'transfer', 'intended', { later: 1 }),
        ],
        ...(input.review && { review: input.review }),
      },
    }),
});

const lastSteps = (step: RecordStep) => ({
  /** The transfer is final on chain. */
  recordWithdrawalCompleted: (
    input: WithdrawalMoneyStep & { readonly tx_hash?: string; readonly review_id?: string },
  ) =>
    step(input, {
      event: 'completed',
      reference: effectStep('transfer', input.facts),
      details: {
        inbound: input.inbound,
        evidence: { tx_hash: input.tx_hash, review_id: input.review_id },
        patch: { tx_hash: input.tx_hash, completed_at: NOW, waiting_for: null },
        postings: postings.transferCompleted(moneyOf(input.facts)),
        operations: [
          effectOperation(input, 'transfer', 'succeeded', input.tx_hash ? { tx_hash: input.tx_hash } : {}),
        ],
        notice: withdrawalNotice('complete'),
      },
    }),

  /** The chain dropped a transfer that had been final. */
  recordWithdrawalReorganised: (input: WithdrawalMoneyStep & { readonly review: ReviewRequest }) =>
    step(input, {
      event: 'reorganised',
      reference: effectStep('transfer', input.facts),
      details: {
        inbound: input.inbound,
        evidence: { circle_transfer_id: input.facts.circle_transfer_ref, tx_hash: input.facts.tx_hash },
        patch: {
          transfer_attempt: input.facts.transfer_attempt + 1,
          completed_at: null,
          transfer_initiated_at: null,
          waiting_for: 'review',
        },
        postings: postings.transferReorganised(moneyOf(input.facts)),
        operations: [
          effectOperation(input, 'transfer', 'failed', { error: input.review.detail }),
          effectOperation(input, 'transfer', 'intended', { later: 1 }),
        ],
        review: input.review,
        notice: withdrawalNotice('on_ramp_complete', 'The network had dropped the first transfer.'),
      },
    }),
});

/** Steps as activities; every error leaves through the one translator. */
export function createWithdrawalMoneyActivities({ database }: { readonly database: Database }) {
  const step: RecordStep = (input, ...taken) => withdrawalStep(database, input.withdrawal_id, ...taken);
  return withFailures({
    ...brokerSteps(step),
    ...onRampSteps(database, step),
    ...transferSteps(step),
    ...lastSteps(step),
  });
}

export type WithdrawalMoneyActivities = ReturnType<typeof createWithdrawalMoneyActivities>;
