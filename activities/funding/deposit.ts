/** The database steps of a deposit: each reports one thing that happened and answers the facts for the next. */
import type { Database } from '../../db/client.ts';
import * as steps from '../../db/funding/deposit-steps.ts';
import type { OperationEntry } from '../../db/transition.ts';
import { type DepositState, depositLifecycle } from '../../domain/funding/deposit.ts';
import type { DepositFacts, OpenedDeposit } from '../../domain/funding/deposit-facts.ts';
import type { DepositWait } from '../../domain/funding/deposit-waits.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';

/** What every step says: whose deposit, and which inbound events it used up. */
export interface Step {
  readonly deposit_id: string;
  readonly inbound: readonly string[];
}

/** What a person is asked to decide. */
export interface ReviewRequest {
  readonly reason: string;
  readonly detail: string;
  readonly due_seconds: number;
}

/** The name of the off-ramp operation's step; a transfer that failed is tried anew under the next number. */
export const offRampStep = (attempt: number): string => `off_ramp:${attempt}`;
/** The name of the journal operation's step. */
export const journalStep = (attempt: number): string => `journal:${attempt}`;

/** The broker took a journal back that had executed. */
export interface Correction extends Step {
  readonly journal_id: string;
  readonly journal_attempt: number;
  readonly review: ReviewRequest;
}

/** Why the operation of a journal that had executed counts as failed. */
export const CORRECTED = 'Alpaca corrected the journal after it had executed.';

/** A row of `provider_operations` for a step of a deposit. */
export function operation(
  depositId: string,
  provider: 'circle' | 'alpaca',
  step: string,
  state: OperationEntry['state'],
  more: Partial<OperationEntry> = {},
): OperationEntry {
  return { step, provider, key: idempotencyKey(depositId, step), state, ...more };
}

/** The notice of a state: the sentence that its declaration gives the customer. */
export function notice(state: DepositState): { kind: string; body: string } {
  return { kind: `deposit.${state}`, body: depositLifecycle.states[state].customer };
}

/** What changes a deposit without moving it. */
export interface DepositNote extends Step {
  readonly waiting_for?: DepositWait | null;
  /** The next transfer to Mint goes under this number. */
  readonly off_ramp_attempt?: number;
  /** The next journal goes under this number; the one before is dead. */
  readonly journal_attempt?: number;
  /** Alpaca has taken the journal of that number, and has not executed it yet. */
  readonly journal?: { readonly attempt: number; readonly reference: string };
  readonly review?: ReviewRequest;
  readonly failed_operation?: {
    readonly provider: 'circle' | 'alpaca';
    readonly step: string;
    readonly error: string;
  };
}

function patchOf({
  waiting_for,
  off_ramp_attempt,
  journal_attempt,
  journal,
}: DepositNote): Record<string, unknown> {
  return {
    ...(waiting_for !== undefined && { waiting_for }),
    ...(off_ramp_attempt !== undefined && { off_ramp_attempt }),
    ...(journal_attempt !== undefined && { journal_attempt, broker_journal_ref: null }),
    ...(journal !== undefined && { broker_journal_ref: journal.reference }),
  };
}

/** What is tried anew is intended, on record, before it is tried. */
function operationsOf(note: DepositNote): OperationEntry[] {
  const { deposit_id: id, off_ramp_attempt, journal_attempt, journal, failed_operation: failed } = note;
  const accepted = journal && { reference: journal.reference };
  return [
    ...(failed ? [operation(id, failed.provider, failed.step, 'failed', { error: failed.error })] : []),
    ...(off_ramp_attempt !== undefined
      ? [operation(id, 'circle', offRampStep(off_ramp_attempt), 'intended')]
      : []),
    ...(journal_attempt !== undefined
      ? [operation(id, 'alpaca', journalStep(journal_attempt), 'intended')]
      : []),
    ...(journal ? [operation(id, 'alpaca', journalStep(journal.attempt), 'accepted', accepted)] : []),
  ];
}

/** Credits the transfer, and intends the one to Mint. */
function confirm(
  database: Database,
  { deposit_id, inbound, tx_hash }: Step & { readonly tx_hash?: string },
): Promise<DepositFacts> {
  return steps.depositConfirmed(database, deposit_id, {
    inbound,
    evidence: { tx_hash },
    patch: { tx_hash },
    operations: [operation(deposit_id, 'circle', offRampStep(1), 'intended')],
    notice: notice('confirmed_on_chain'),
  });
}

/** Steps as activities; every error leaves through the one translator. */
export function createDepositActivities({ database }: { readonly database: Database }) {
  return withFailures({
    /**
     * Inserts the deposit that an inbound transfer is, and credits it where it is final already. What does not work of
     * that is left to the step of its own.
     */
    recordDepositSeen: async (
      input: { readonly deposit_id: string; readonly is_final?: boolean } & steps.SeenTransfer,
    ) => {
      const { deposit_id, is_final, ...transfer } = input;
      const opened = await steps.depositSeen(database, deposit_id, transfer);
      if (!is_final || 'unknown_wallet' in opened || opened.status !== 'pending_confirmation') return opened;
      const { tx_hash } = transfer;
      const confirmed = confirm(database, { deposit_id, inbound: [], ...(tx_hash && { tx_hash }) });
      return confirmed.then((facts) => ({ ...facts, policy: opened.policy })).catch(() => opened);
    },

    /** Reads a deposit, and writes why its state lasts, a review, or nothing. */
    noteDeposit: (input: DepositNote): Promise<OpenedDeposit> => {
      const patch = patchOf(input);
      const operations = operationsOf(input);
      const { review, inbound } = input;
      return steps.depositNote(database, input.deposit_id, {
        patch,
        operations,
        inbound,
        ...(review && { review }),
      });
    },

    /** The transfer is final on chain: it is credited, and the off-ramp is intended. */
    recordDepositConfirmed: (input: Parameters<typeof confirm>[1]) => confirm(database, input),

    /** Nothing was credited, and nothing will be: the transfer was dropped, or was no USDC. */
    recordDepositFailed: (
      input: Step & { readonly event: 'dropped' | 'rejected'; readonly reason: string },
    ) =>
      steps.depositEvent(database, input.deposit_id, input.event, '1', {
        inbound: input.inbound,
        evidence: { reason: input.reason },
        patch: { failure_reason: input.reason, waiting_for: null },
        notice: {
          kind: 'deposit.failed',
          body: `${depositLifecycle.states.failed.customer} Nothing was credited. ${input.reason}`,
        },
      }),
  });
}

export type DepositActivities = ReturnType<typeof createDepositActivities>;
