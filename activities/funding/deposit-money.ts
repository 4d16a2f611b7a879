/** The database steps of a deposit that move money through the books: off-ramp, funding, correction. */
import type { Database } from '../../db/client.ts';
import * as steps from '../../db/funding/deposit-steps.ts';
import type { DepositFacts } from '../../domain/funding/deposit-facts.ts';
import * as postings from '../../domain/funding/deposit-postings.ts';
import { parseUnits } from '../../domain/money.ts';
import { withFailures } from '../failure.ts';
import {
  CORRECTED,
  type Correction,
  journalStep,
  notice,
  offRampStep,
  operation,
  type ReviewRequest,
  type Step,
} from './deposit.ts';

/** A step of a deposit whose money is known. */
export interface MoneyStep extends Step {
  readonly facts: DepositFacts;
}

function money(facts: DepositFacts): postings.DepositMoney {
  return { userId: facts.user_id, walletId: facts.wallet_id, units: parseUnits(facts.amount_usd ?? '0') };
}

/** Times are the database's own: `now` is filled in by Postgres when the row is patched. */
function now(): string {
  return 'now';
}

/** Circle accepted the transfer to Mint. */
export function offRampStarted(
  database: Database,
  input: MoneyStep & { readonly transfer_id: string },
): Promise<DepositFacts> {
  const step = offRampStep(input.facts.off_ramp_attempt);
  return steps.depositEvent(database, input.deposit_id, 'off_ramp_started', step, {
    inbound: input.inbound,
    evidence: { circle_transfer_id: input.transfer_id },
    patch: { circle_transfer_ref: input.transfer_id, off_ramp_initiated_at: now(), waiting_for: null },
    postings: postings.offRampStarted(money(input.facts)),
    operations: [operation(input.deposit_id, 'circle', step, 'accepted', { reference: input.transfer_id })],
  });
}

/** The journal executed: the dollars are buying power. */
export function brokerFunded(
  database: Database,
  input: MoneyStep & { readonly journal_id: string; readonly forced_by_review?: string },
): Promise<DepositFacts> {
  return steps.depositFunded(database, input.deposit_id, {
    inbound: input.inbound,
    evidence: { alpaca_journal_id: input.journal_id, forced_by_review: input.forced_by_review },
    patch: { broker_journal_ref: input.journal_id, broker_funded_at: now(), waiting_for: null },
    postings: postings.brokerFunded(money(input.facts)),
    operations: [
      operation(input.deposit_id, 'alpaca', journalStep(input.facts.journal_attempt), 'succeeded', {
        reference: input.journal_id,
      }),
    ],
    notice: notice('broker_funded'),
    notice_repaid: 'Of it {amount} US dollars settled what you owed us.',
  });
}

/** From the wallet to dollars at Mint. */
function offRampSteps(database: Database) {
  return {
    /** Circle accepted the transfer to Mint. */
    recordOffRampStarted: (input: Parameters<typeof offRampStarted>[1]) => offRampStarted(database, input),

    /** Circle's transfer failed after it had been accepted: the USDC is in the wallet still. */
    recordOffRampFailed: (
      input: MoneyStep & { readonly reason: string; readonly review?: ReviewRequest },
    ) => {
      const attempt = input.facts.off_ramp_attempt;
      const step = offRampStep(attempt);
      return steps.depositEvent(database, input.deposit_id, 'off_ramp_failed', step, {
        inbound: input.inbound,
        evidence: { reason: input.reason, circle_transfer_id: input.facts.circle_transfer_ref },
        patch: {
          off_ramp_attempt: attempt + 1,
          waiting_for: input.review ? 'review' : null,
          off_ramp_initiated_at: null,
        },
        postings: postings.offRampFailed(money(input.facts)),
        operations: [
          operation(input.deposit_id, 'circle', step, 'failed', { error: input.reason }),
          operation(input.deposit_id, 'circle', offRampStep(attempt + 1), 'intended'),
        ],
        ...(input.review && { review: input.review }),
      });
    },

    /** Mint credited the dollars; the journal to the customer is intended. */
    recordOffRampCompleted: (
      input: MoneyStep & {
        readonly mint_transfer_id: string;
        readonly tx_hash?: string;
        readonly forced_by_review?: string;
      },
    ) => {
      const step = offRampStep(input.facts.off_ramp_attempt);
      return steps.depositEvent(database, input.deposit_id, 'off_ramp_completed', '1', {
        inbound: input.inbound,
        evidence: {
          mint_transfer_id: input.mint_transfer_id,
          tx_hash: input.tx_hash,
          forced_by_review: input.forced_by_review,
        },
        patch: {
          mint_transfer_ref: input.mint_transfer_id,
          off_ramp_tx_hash: input.tx_hash,
          off_ramp_completed_at: now(),
          waiting_for: null,
        },
        postings: postings.offRampCompleted(money(input.facts)),
        operations: [
          operation(
            input.deposit_id,
            'circle',
            step,
            'succeeded',
            input.tx_hash ? { tx_hash: input.tx_hash } : {},
          ),
          operation(input.deposit_id, 'alpaca', journalStep(input.facts.journal_attempt), 'intended'),
        ],
      });
    },
  };
}

/** From dollars at Mint to buying power, and back. */
function journalSteps(database: Database) {
  return {
    /** The journal executed: the dollars are buying power. */
    recordBrokerFunded: (input: Parameters<typeof brokerFunded>[1]) => brokerFunded(database, input),

    /** Alpaca corrected the journal after it had executed. */
    recordJournalCorrected: (input: Correction) =>
      steps.depositReturned(database, input.deposit_id, {
        inbound: input.inbound,
        evidence: { alpaca_journal_id: input.journal_id },
        patch: { failure_reason: CORRECTED, waiting_for: 'review' },
        operations: [
          operation(input.deposit_id, 'alpaca', journalStep(input.journal_attempt), 'failed', {
            error: CORRECTED,
          }),
        ],
        notice: notice('returned'),
        notice_owed:
          'You have used {amount} US dollars of it already: you owe us that, and your next deposit settles it.',
        review: input.review,
      }),
  };
}

/** Steps as activities; every error leaves through the one translator. */
export function createDepositMoneyActivities({ database }: { readonly database: Database }) {
  return withFailures({ ...offRampSteps(database), ...journalSteps(database) });
}

export type DepositMoneyActivities = ReturnType<typeof createDepositMoneyActivities>;
