/** The database steps of a withdrawal whose money went back: refunds, and journals that the broker corrected. */
import type { Database } from '../../db/client.ts';
import { withdrawalStep } from '../../db/funding/withdrawal-steps.ts';
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

const refundSteps = (database: Database) => ({
  /** The journal back executed: everything is in the balance again, the fee included. */
  recordWithdrawalRefunded: (
    input: WithdrawalMoneyStep & { readonly journal_id: string; readonly review_id?: string },
  ) => {
    const { facts, journal_id, review_id } = input;
    const money = moneyOf(facts);
    const isDollars = facts.status === 'broker_withdrawal_complete';
    return withdrawalStep(database, input.withdrawal_id, {
      event: 'refunded',
      reference: effectStep('refund', facts),
      details: {
        inbound: input.inbound,
        evidence: { alpaca_journal_id: journal_id, reason: facts.refund_reason, review_id },
        patch: {
          refund_ref: journal_id,
          failure_reason: facts.refund_reason,
          ended_at: 'now',
          waiting_for: null,
        },
        postings: isDollars ? postings.refundedAsDollars(money) : postings.refundedFromTreasury(money),
        operations: [effectOperation(input, 'refund', 'succeeded', { reference: journal_id })],
        notice: withdrawalNotice('refunded'),
      },
    });
  },
});

const correctionSteps = (database: Database) => ({
  /**
   * Alpaca took an executed journal back. Before any USDC was made the withdrawal returns to its beginning;
   * later only the mirror follows: the dollars stand with the other one, and are owed. Where the other journal is owed
   * already, the two have moved nothing together: neither stands any more, and nothing is owed.
   */
  recordWithdrawalJournalCorrected: (
    input: WithdrawalMoneyStep & { readonly which: 'journal' | 'refund'; readonly review?: ReviewRequest },
  ) => {
    const { facts, which } = input;
    const money = moneyOf(facts);
    const isBeginning = facts.status === 'broker_withdrawal_complete' && which === 'journal';
    const isEven = facts.owed_journal !== null;
    const attempt = `${which}_attempt` as const;
    const mirror = which === 'journal' ? postings.journalTakenBack(money) : postings.journalMoved(money);
    return withdrawalStep(database, input.withdrawal_id, {
      event: 'journal_corrected',
      reference: effectStep(which, facts),
      details: {
        inbound: input.inbound,
        evidence: {
          alpaca_journal_id: which === 'journal' ? facts.broker_withdrawal_ref : facts.refund_ref,
        },
        patch: {
          [attempt]: facts[attempt] + 1,
          ...(isBeginning
            ? {
                broker_withdrawal_ref: null,
                broker_withdrawal_initiated_at: null,
                broker_withdrawal_completed_at: null,
                refund_reason: null,
                waiting_for: 'review',
              }
            : isEven
              ? { owed_journal: null, broker_withdrawal_ref: null, refund_ref: null }
              : { owed_journal: which }),
        },
        postings: isBeginning ? postings.brokerWithdrawalUndone(money) : mirror,
        operations: [
          effectOperation(input, which, 'failed', { error: 'corrected by Alpaca after it had executed' }),
          ...(isEven ? [] : [effectOperation(input, which, 'intended', { later: 1 })]),
        ],
        ...(input.review && { review: input.review }),
      },
    });
  },

  /** The journal that had been corrected was made again. */
  recordWithdrawalJournalRepeated: (input: WithdrawalMoneyStep & { readonly journal_id: string }) => {
    const { facts, journal_id } = input;
    const which = facts.owed_journal ?? 'journal';
    const money = moneyOf(facts);
    // What the journal itself waited for is over, also where only its unclear answer wrote it down. The withdrawal's
    // own way may wait for something else meanwhile.
    const isOfJournal = facts.waiting_for === 'review' || facts.waiting_for === 'broker_answer';
    return withdrawalStep(database, input.withdrawal_id, {
      event: 'journal_repeated',
      reference: effectStep(which, facts),
      details: {
        inbound: input.inbound,
        evidence: { alpaca_journal_id: journal_id },
        patch: {
          owed_journal: null,
          [which === 'journal' ? 'broker_withdrawal_ref' : 'refund_ref']: journal_id,
          waiting_for: isOfJournal ? null : facts.waiting_for,
        },
        postings: which === 'journal' ? postings.journalMoved(money) : postings.journalTakenBack(money),
        operations: [effectOperation(input, which, 'succeeded', { reference: journal_id })],
      },
    });
  },
});

/** Steps as activities; every error leaves through the one translator. */
export function createWithdrawalBackActivities({ database }: { readonly database: Database }) {
  return withFailures({ ...refundSteps(database), ...correctionSteps(database) });
}

export type WithdrawalBackActivities = ReturnType<typeof createWithdrawalBackActivities>;
