/** The database steps of a withdrawal that move no money between accounts at the companies. */
import type { Database } from '../../db/client.ts';
import * as steps from '../../db/funding/withdrawal-steps.ts';
import type { OperationEntry } from '../../db/transition.ts';
import { type WithdrawalState, withdrawalLifecycle } from '../../domain/funding/withdrawal.ts';
import type {
  OpenedWithdrawal,
  WithdrawalFacts,
  WithdrawalWait,
} from '../../domain/funding/withdrawal-facts.ts';
import * as postings from '../../domain/funding/withdrawal-postings.ts';
import { parseUnits } from '../../domain/money.ts';
import type { ApproveWithdrawal, RequestWithdrawal } from '../../workflows/funding/withdrawal-messages.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import type { ReviewRequest } from './deposit.ts';

/** What every step says: whose withdrawal, and which inbound events it used up. */
export interface WithdrawalStepInput {
  readonly withdrawal_id: string;
  readonly inbound: readonly string[];
}

/** A step of a withdrawal whose money is known. */
export interface WithdrawalMoneyStep extends WithdrawalStepInput {
  readonly facts: WithdrawalFacts;
}

/** The effects of a withdrawal at the companies, and who makes them. */
const EFFECTS = { journal: 'alpaca', on_ramp: 'mint', transfer: 'circle', refund: 'alpaca' } as const;
export type WithdrawalEffect = keyof typeof EFFECTS;

/** The name of an effect's step: a new number only after a clear failure of the one before. */
export function effectStep(effect: WithdrawalEffect, facts: WithdrawalFacts, later = 0): string {
  return `${effect}:${facts[`${effect}_attempt`] + later}`;
}

/** A row of `provider_operations` for an effect, under the number that it has now, or a later one. */
export function effectOperation(
  { withdrawal_id: id, facts }: Pick<WithdrawalMoneyStep, 'withdrawal_id' | 'facts'>,
  effect: WithdrawalEffect,
  state: OperationEntry['state'],
  more: Partial<OperationEntry> & { readonly later?: number } = {},
): OperationEntry {
  const { later = 0, ...rest } = more;
  const step = effectStep(effect, facts, later);
  return { step, provider: EFFECTS[effect], key: idempotencyKey(id, step), state, ...rest };
}

/** The money of a withdrawal in smallest units. */
export function moneyOf(facts: WithdrawalFacts): postings.WithdrawalMoney {
  return {
    userId: facts.user_id,
    amount: parseUnits(facts.amount_usd),
    fee: parseUnits(facts.fee_usd),
    net: parseUnits(facts.net_usd),
    treasuryWalletId: facts.treasury_wallet?.id ?? '',
  };
}

/** The notice of a state: the sentence that its declaration gives the customer. */
export function withdrawalNotice(
  state: WithdrawalState,
  more = '',
): { readonly kind: string; readonly body: string } {
  const { customer } = withdrawalLifecycle.states[state];
  return { kind: `withdrawal.${state}`, body: more === '' ? customer : `${customer} ${more}` };
}

/** What changes a withdrawal without moving it. */
export interface WithdrawalNote extends WithdrawalStepInput {
  readonly waiting_for?: WithdrawalWait | null;
  readonly review?: ReviewRequest;
  /** From now on the money goes back. */
  readonly refund_reason?: string;
  /** An effect that was clearly refused before any company took it: the next one goes under a new number. */
  readonly refused?: {
    readonly effect: WithdrawalEffect;
    readonly facts: WithdrawalFacts;
    readonly error: string;
  };
  /** The journal back was taken, and has not executed. */
  readonly refund_accepted?: { readonly facts: WithdrawalFacts; readonly reference: string };
  /** A journal that the broker had taken back is made again: it was taken, and has not executed. */
  readonly repeat_accepted?: {
    readonly which: 'journal' | 'refund';
    readonly facts: WithdrawalFacts;
    readonly reference: string;
  };
}

function patchOf(note: WithdrawalNote): Record<string, unknown> {
  const { waiting_for, refund_reason, refused, refund_accepted } = note;
  return {
    ...(waiting_for !== undefined && { waiting_for }),
    ...(refund_reason !== undefined && { refund_reason }),
    ...(refused && { [`${refused.effect}_attempt`]: refused.facts[`${refused.effect}_attempt`] + 1 }),
    ...(refused?.effect === 'refund' && { refund_ref: null }),
    ...(refund_accepted && { refund_ref: refund_accepted.reference }),
  };
}

/** What is tried anew is intended, on record, before it is tried. */
function operationsOf(note: WithdrawalNote): OperationEntry[] {
  const { withdrawal_id, refund_reason, refused, refund_accepted, repeat_accepted } = note;
  const entries: OperationEntry[] = [];
  if (refused) {
    const step = { withdrawal_id, facts: refused.facts };
    entries.push(effectOperation(step, refused.effect, 'failed', { error: refused.error }));
    entries.push(effectOperation(step, refused.effect, 'intended', { later: 1 }));
  }
  if (refund_reason !== undefined) {
    const key = idempotencyKey(withdrawal_id, 'refund:1');
    entries.push({ step: 'refund:1', provider: EFFECTS.refund, key, state: 'intended' });
  }
  if (refund_accepted) {
    const { facts, reference } = refund_accepted;
    entries.push(effectOperation({ withdrawal_id, facts }, 'refund', 'accepted', { reference }));
  }
  if (repeat_accepted) {
    const { which, facts, reference } = repeat_accepted;
    entries.push(effectOperation({ withdrawal_id, facts }, which, 'accepted', { reference }));
  }
  return entries;
}

/** Steps as activities; every error leaves through the one translator. */
export function createWithdrawalActivities({ database }: { readonly database: Database }) {
  return withFailures({
    /** Takes a request: row, hold and intent in one round trip, or why not. */
    recordWithdrawalRequested: (
      request: RequestWithdrawal & { readonly withdrawal_id: string },
    ): Promise<steps.RequestedWithdrawal> => {
      const { withdrawal_id, ...rest } = request;
      const key = idempotencyKey(withdrawal_id, 'journal:1');
      return steps.withdrawalRequested(database, withdrawal_id, {
        ...rest,
        operations: [{ step: 'journal:1', provider: EFFECTS.journal, key, state: 'intended' }],
        notice: withdrawalNotice('pending'),
        approval_notice: withdrawalNotice('awaiting_approval'),
      });
    },

    /** Takes somebody's word about a withdrawal that must be approved. */
    recordWithdrawalApproval: (
      decision: ApproveWithdrawal & { readonly withdrawal_id: string },
    ): Promise<steps.ApprovalAnswer> => {
      const { withdrawal_id, ...rest } = decision;
      return steps.withdrawalApproval(database, withdrawal_id, {
        ...rest,
        notice: withdrawalNotice('canceled'),
      });
    },

    /** Reads a withdrawal, and writes why its state lasts, a review, or nothing. */
    noteWithdrawal: (note: WithdrawalNote): Promise<OpenedWithdrawal> =>
      steps.withdrawalNote(database, note.withdrawal_id, {
        patch: patchOf(note),
        operations: operationsOf(note),
        inbound: note.inbound,
        ...(note.review && { review: note.review }),
        ...(note.refund_reason !== undefined && {
          notice: {
            kind: 'withdrawal.refunding',
            body: 'Your withdrawal cannot be finished. The money is on its way back to your balance.',
            reference: '1',
          },
        }),
      }),

    /** The end before anything had moved: what was held is in the balance again. */
    recordWithdrawalEnded: (
      input: WithdrawalMoneyStep & {
        readonly event: 'canceled' | 'failed' | 'approval_expired';
        readonly reason: string;
      },
    ): Promise<WithdrawalFacts> => {
      const state = input.event === 'failed' ? 'failed' : 'canceled';
      const { facts, event, reason } = input;
      return steps.withdrawalStep(database, input.withdrawal_id, {
        event,
        reference: '1',
        details: {
          inbound: input.inbound,
          evidence: { reason },
          patch: { failure_reason: reason, waiting_for: null, ended_at: 'now' },
          postings: postings.released(moneyOf(facts)),
          // A clear answer after an unclear one: the journal was not made.
          ...(event === 'failed' && {
            operations: [effectOperation(input, 'journal', 'failed', { error: reason })],
          }),
          notice: withdrawalNotice(state),
        },
      });
    },
  });
}

export type WithdrawalActivities = ReturnType<typeof createWithdrawalActivities>;
