/** The database steps of a deposit that goes back: by a person's decision, or because the chain took it back. */
import type { Database } from '../../db/client.ts';
import * as steps from '../../db/funding/deposit-back-steps.ts';
import { depositEvent, depositReturned } from '../../db/funding/deposit-steps.ts';
import type { DepositFacts } from '../../domain/funding/deposit-facts.ts';
import type { ReviewDecision } from '../../domain/platform/review.ts';
import { withFailures } from '../failure.ts';
import {
  CORRECTED,
  type Correction,
  journalStep,
  notice,
  operation,
  type ReviewRequest,
  type Step,
} from './deposit.ts';

/** The name of the refund's step; one that failed is sent anew under the next number. */
export const refundStep = (attempt: number): string => `refund:${attempt}`;

interface RefundStep extends Step {
  readonly facts: DepositFacts;
}

/** The steps as activities. */
export function createDepositBackActivities({ database }: { readonly database: Database }) {
  return withFailures({
    /** A person decided that the deposit goes back; refused with a sentence where that cannot be. */
    recordRefundDecision: (input: {
      readonly deposit_id: string;
      readonly refund_attempt: number;
      readonly decision: ReviewDecision;
    }) => {
      const { deposit_id: id, decision, refund_attempt } = input;
      const next = operation(id, 'circle', refundStep(refund_attempt + 1), 'intended');
      return steps.depositRefundDecided(database, id, { ...decision, operation: next });
    },

    /** Circle accepted the refund. */
    recordRefundSent: ({
      deposit_id: id,
      inbound,
      facts,
      transfer_id,
    }: RefundStep & { readonly transfer_id: string }) =>
      steps.depositRefundSent(database, id, {
        ...{ transfer_id, inbound },
        operations: [
          operation(id, 'circle', refundStep(facts.refund_attempt), 'accepted', { reference: transfer_id }),
        ],
      }),

    /** The refund failed: what was to be sent is where it was. */
    recordRefundFailed: (input: RefundStep & { readonly reason: string; readonly review: ReviewRequest }) => {
      const { deposit_id: id, inbound, facts, reason, review } = input;
      const failed = operation(id, 'circle', refundStep(facts.refund_attempt), 'failed', { error: reason });
      return steps.depositRefundFailed(database, id, { inbound, review, operations: [failed] });
    },

    /** The refund is final on chain. */
    recordRefunded: (input: RefundStep & { readonly tx_hash?: string }) => {
      const { deposit_id: id, inbound, facts, tx_hash } = input;
      const hash = tx_hash ? { tx_hash } : {};
      const { kind, body } = notice('refunded');
      return steps.depositRefunded(database, id, {
        inbound,
        evidence: { ...hash, usdc: facts.refund?.usdc, circle_transfer_id: facts.refund?.reference },
        ...(tx_hash && { patch: { refund_tx_hash: tx_hash } }),
        operations: [operation(id, 'circle', refundStep(facts.refund_attempt), 'succeeded', hash)],
        notice: { kind, body: `${body} ${facts.refund?.usdc} USDC went to ${facts.refund?.destination}.` },
      });
    },

    /** A person wants the returned dollars journalled again. */
    recordDepositResumed: ({ deposit_id: id, inbound, facts }: RefundStep) => {
      const journal_attempt = facts.journal_attempt + 1;
      return depositEvent(database, id, 'resumed', String(journal_attempt), {
        inbound,
        patch: { journal_attempt, broker_journal_ref: null, broker_funded_at: null, waiting_for: null },
        operations: [operation(id, 'alpaca', journalStep(journal_attempt), 'intended')],
      });
    },

    /** The chain took the transfer back after it had been credited. */
    recordDepositReorganised: (input: Step & { readonly reason: string; readonly review: ReviewRequest }) => {
      const { deposit_id: id, inbound, reason, review } = input;
      const { kind, body } = notice('failed');
      return steps.depositReorganised(database, id, {
        ...{ inbound, review },
        evidence: { reason },
        patch: { failure_reason: reason },
        notice: { kind, body: `${body} The network took it back after it had arrived. We will contact you.` },
      });
    },

    /** Alpaca took back the journal of a deposit that the chain had undone: the customer owes nothing for it now. */
    recordUndoneCorrected: (input: Correction) => {
      const { deposit_id: id, inbound, journal_id, journal_attempt, review } = input;
      const { kind, body } = notice('failed');
      return depositReturned(database, id, {
        ...{ inbound, review },
        evidence: { alpaca_journal_id: journal_id },
        operations: [operation(id, 'alpaca', journalStep(journal_attempt), 'failed', { error: CORRECTED })],
        notice: {
          kind,
          body: `${body} The broker has taken its dollars back as well: you owe us nothing for it any more.`,
        },
      });
    },
  });
}

export type DepositBackActivities = ReturnType<typeof createDepositBackActivities>;
