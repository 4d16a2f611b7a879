/** The journals of a withdrawal at Alpaca: from the customer's account to our firm account, and back again. */
import { activityInfo } from '@temporalio/activity';
import { markWithdrawalUnclear } from '../../db/funding/withdrawal-steps.ts';
import type { WithdrawalFacts } from '../../domain/funding/withdrawal-facts.ts';
import { Refused, Unclear } from '../../domain/provider-error.ts';
import type { JournalMessage } from '../../workflows/funding/deposit-messages.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import { refuseRetryWhilePaused } from '../paused.ts';
import type { ActivityPorts } from '../ports.ts';
import { asStillUnclear, lookUpSince } from './look-up.ts';
import { effectStep } from './withdrawal.ts';

/** What became of the request for a journal. */
export type WithdrawalJournalAnswer =
  | { readonly journal_id: string; readonly state: string }
  /** Alpaca: 403, the sender has not that much free. Nothing was booked. */
  | { readonly cash_missing: string };

function isCashMissing(error: unknown): error is Refused {
  return (
    error instanceof Refused && error.httpStatus === 403 && /not available|insufficient/i.test(error.message)
  );
}

/** A journal as Alpaca is asked for it, without its key. */
function journalOf(
  firm: string,
  {
    withdrawal_id,
    facts,
    which,
  }: {
    readonly withdrawal_id: string;
    readonly facts: WithdrawalFacts;
    readonly which: 'journal' | 'refund';
  },
) {
  const customer = facts.alpaca_account_id ?? '';
  return {
    ...(which === 'journal'
      ? { fromAccountId: customer, toAccountId: firm }
      : { fromAccountId: firm, toAccountId: customer }),
    amount: facts.amount_usd,
    description: `withdrawal:${withdrawal_id}:${effectStep(which, facts)}`,
  };
}

/** Alpaca's journal as workflows hear of it. */
const heard = ({ id, providerState }: { readonly id: string; readonly providerState: string }) => ({
  journal_id: id,
  state: providerState.toLowerCase(),
});

/** Journals as activities. */
export function createWithdrawalJournalActivities(
  ports: Pick<ActivityPorts, 'database' | 'alpaca' | 'config'>,
) {
  const { alpaca, database, config } = ports;
  const find = (wanted: ReturnType<typeof journalOf>) =>
    alpaca.findJournal({ ...wanted, since: lookUpSince() });
  return withFailures({
    /**
     * Asks for the journal out (`journal`) or back (`refund`). A repeated attempt looks it up first, by the
     * description that only this step has, and then asks under the same key.
     */
    createWithdrawalJournal: async (input: {
      readonly withdrawal_id: string;
      readonly facts: WithdrawalFacts;
      readonly which: 'journal' | 'refund';
    }): Promise<WithdrawalJournalAnswer> => {
      const { withdrawal_id, facts, which } = input;
      const step = effectStep(which, facts);
      const wanted = journalOf(config.alpaca.firmAccountId, input);
      const unclear = (error: string, waiting_for: 'broker_answer' | 'paused' = 'broker_answer') =>
        markWithdrawalUnclear(database, { id: withdrawal_id, step, waiting_for, error });
      try {
        if (activityInfo().attempt > 1 || facts.unclear.includes(step)) {
          const found = await find(wanted);
          if (found) return heard(found);
        }
        await refuseRetryWhilePaused(database, 'withdrawal', withdrawal_id, (error) =>
          unclear(error, 'paused'),
        );
        const made = await alpaca.createJournal({
          ...wanted,
          idempotencyKey: idempotencyKey(withdrawal_id, step),
        });
        return heard(made);
      } catch (error) {
        if (isCashMissing(error)) return { cash_missing: error.message };
        if (error instanceof Unclear) await unclear(error.message);
        throw error;
      }
    },

    /** The journal out that Alpaca may have made, as it stands; null where it lists none. Asks for nothing. */
    findWithdrawalJournal: async (input: {
      readonly withdrawal_id: string;
      readonly facts: WithdrawalFacts;
    }): Promise<{ readonly journal_id: string; readonly state: string } | null> => {
      const found = await find(journalOf(config.alpaca.firmAccountId, { ...input, which: 'journal' }));
      return found && heard(found);
    },

    /** Alpaca's present word about a journal. */
    lookUpWithdrawalJournal: async (input: { readonly journal_id: string }): Promise<JournalMessage> => {
      const journal = await alpaca.getJournal(input.journal_id);
      return { source: 'alpaca.journal', state: journal.providerState.toLowerCase(), reference: journal.id };
    },

    /** Takes back a journal that Alpaca has not executed, and answers how it stands after that. */
    cancelWithdrawalJournal: async (input: { readonly journal_id: string }): Promise<JournalMessage> => {
      try {
        await alpaca.cancelJournal(input.journal_id);
      } catch (error) {
        // Too late, or done already: its state tells which.
        if (!(error instanceof Refused)) throw error;
      }
      const journal = await alpaca.getJournal(input.journal_id).catch((error: unknown) => {
        throw asStillUnclear(error);
      });
      return { source: 'alpaca.journal', state: journal.providerState.toLowerCase(), reference: journal.id };
    },
  });
}

export type WithdrawalJournalActivities = ReturnType<typeof createWithdrawalJournalActivities>;
