/** The journal that makes a deposit buying power: from our firm account to the customer's, at Alpaca. */
import { markDepositUnclear } from '../../db/funding/deposit-steps.ts';
import type { DepositFacts } from '../../domain/funding/deposit-facts.ts';
import { Refused, Unclear } from '../../domain/provider-error.ts';
import type { JournalMessage } from '../../workflows/funding/deposit-messages.ts';
import { withFailures } from '../failure.ts';
import { idempotencyKey } from '../idempotency-key.ts';
import { refuseRetryWhilePaused } from '../paused.ts';
import type { ActivityPorts } from '../ports.ts';
import { createPromptTry, isRepeated } from '../prompt-try.ts';
import { journalStep } from './deposit.ts';
import { brokerFunded } from './deposit-money.ts';
import { lookUpSince } from './look-up.ts';

/** What became of the request for a journal. */
export type JournalAnswer =
  | {
      readonly journal_id: string;
      readonly state: string;
      /** Where it executed at once and that was written down already. */
      readonly facts?: DepositFacts;
    }
  /** Alpaca: 403, the amount is not available in the firm account. Nothing was booked. */
  | { readonly float_missing: true };

/** Alpaca: 403 "amount not available"; other refusals with that status are for a person. */
function isFloatMissing(error: unknown): boolean {
  return (
    error instanceof Refused && error.httpStatus === 403 && /not available|insufficient/i.test(error.message)
  );
}

/** The broker side of a deposit. */
export function createBrokerFundingActivities(ports: Pick<ActivityPorts, 'database' | 'alpaca' | 'config'>) {
  const { alpaca, database, config } = ports;
  const prompt = createPromptTry('alpaca');
  return withFailures({
    /**
     * Asks for the journal. Alpaca answers a repeated key with the original journal, so a repeated
     * attempt needs no look-up of its own (Broker API: Idempotency-Key of POST /v1/journals). A journal that executes
     * at once, inside the workflow task, is written down with it.
     */
    createFundingJournal: async (input: {
      readonly deposit_id: string;
      readonly facts: DepositFacts;
      /** A try inside the workflow task came before this one. */
      readonly tried?: boolean;
    }): Promise<JournalAnswer> => {
      const { deposit_id, facts, tried } = input;
      const step = journalStep(facts.journal_attempt);
      const description = `deposit:${deposit_id}:${step}`;
      const journal = {
        idempotencyKey: idempotencyKey(deposit_id, step),
        fromAccountId: config.alpaca.firmAccountId,
        toAccountId: facts.alpaca_account_id ?? '',
        amount: facts.amount_usd ?? '',
        description,
      } as const;
      try {
        if (isRepeated(tried) || facts.unclear) {
          const found = await alpaca.findJournal({
            fromAccountId: journal.fromAccountId,
            toAccountId: journal.toAccountId,
            description,
            amount: journal.amount,
            since: lookUpSince(),
          });
          if (found) return { journal_id: found.id, state: found.providerState.toLowerCase() };
        }
        const held = (error: string) =>
          markDepositUnclear(database, { id: deposit_id, step, waiting_for: 'paused', error });
        await refuseRetryWhilePaused(database, 'deposit', deposit_id, held, isRepeated(tried));
        const { answer, written } = await prompt(
          'createJournal',
          () => alpaca.createJournal(journal),
          async ({ id, outcome }) =>
            outcome === 'succeeded'
              ? brokerFunded(database, { deposit_id, inbound: [], facts, journal_id: id })
              : undefined,
        );
        const state = answer.providerState.toLowerCase();
        return { journal_id: answer.id, state, ...(written && { facts: written }) };
      } catch (error) {
        if (isFloatMissing(error)) return { float_missing: true };
        if (error instanceof Unclear) {
          await markDepositUnclear(database, {
            id: deposit_id,
            step,
            waiting_for: 'broker_answer',
            error: error.message,
          });
        }
        throw error;
      }
    },

    /** Alpaca's present word about a journal. */
    lookUpJournal: async (input: { readonly journal_id: string }): Promise<JournalMessage> => {
      const journal = await alpaca.getJournal(input.journal_id);
      return { source: 'alpaca.journal', state: journal.providerState.toLowerCase(), reference: journal.id };
    },
  });
}

export type BrokerFundingActivities = ReturnType<typeof createBrokerFundingActivities>;
