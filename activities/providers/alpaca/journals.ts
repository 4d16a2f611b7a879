/** Cash journals between the firm account and customers (JNLC). */
import { parseUnits } from '../../../domain/money.ts';
import type { AlpacaClient } from './client.ts';
import { toAlpacaJournal } from './mapping.ts';
import { type AlpacaPort, byId } from './port.ts';
import * as schema from './schema.ts';

type JournalVerb = 'createJournal' | 'getJournal' | 'findJournal' | 'cancelJournal';

const DAY_MS = 86_400_000;

/** The verbs of this file for one client. */
export function journalVerbs({ request }: AlpacaPort): Pick<AlpacaClient, JournalVerb> {
  return {
    createJournal: async (input) => {
      const given = [schema.createJournalInput, input] as const;
      const journal = await request('createJournal', 'write', given, schema.wireJournal, (checked) => ({
        method: 'POST',
        path: '/v1/journals',
        idempotencyKey: checked.idempotencyKey,
        body: {
          entry_type: 'JNLC',
          from_account: checked.fromAccountId,
          to_account: checked.toAccountId,
          amount: checked.amount,
          currency: 'USD',
          description: checked.description,
          ...(checked.transmitter === undefined
            ? {}
            : {
                transmitter_name: checked.transmitter.name,
                transmitter_account_number: checked.transmitter.accountNumber,
                transmitter_address: checked.transmitter.address,
                transmitter_financial_institution: checked.transmitter.financialInstitution,
                transmitter_timestamp: checked.transmitter.timestamp,
              }),
        },
      }));
      return toAlpacaJournal(journal);
    },
    getJournal: async (id) => {
      const journal = await request('getJournal', 'read', byId(id), schema.wireJournal, (checked) => ({
        method: 'GET',
        path: `/v1/journals/${checked.id}`,
      }));
      return toAlpacaJournal(journal);
    },
    findJournal: async (input) => {
      const given = [schema.findJournalInput, input] as const;
      const journals = await request('findJournal', 'search', given, schema.journalsAnswer, (checked) => ({
        method: 'GET',
        path: '/v1/journals',
        query: {
          entry_type: 'JNLC',
          from_account: checked.fromAccountId,
          to_account: checked.toAccountId,
          // Alpaca filters by the day in New York and does not say whether the day itself counts: two days of
          // margin cover both.
          after: new Date(Date.parse(checked.since) - 2 * DAY_MS).toISOString().slice(0, 10),
        },
      }));
      const match = journals
        .map(toAlpacaJournal)
        .find(
          (journal) =>
            journal.description === input.description &&
            journal.amount !== null &&
            parseUnits(journal.amount) === parseUnits(input.amount),
        );
      return match ?? null;
    },
    cancelJournal: async (id) => {
      await request('cancelJournal', 'write', byId(id), schema.nothingAnswer, (checked) => ({
        method: 'DELETE',
        path: `/v1/journals/${checked.id}`,
      }));
    },
  };
}
