/** What Alpaca's lists show: the journals of a day, the transfers of an account. */
import { z } from 'zod';
import { maybeText, pathId, reportedAmount } from '../fields.ts';
import type { AlpacaClient } from './client.ts';
import { toAlpacaJournal, toAlpacaTransfer } from './mapping.ts';
import type { AlpacaPort } from './port.ts';
import { wireJournal, wireTransfer } from './schema.ts';

const listJournalsInput = z.strictObject({ after: z.iso.date(), before: z.iso.date() });
const listTransfersInput = z.strictObject({ accountId: pathId, offset: z.number().int().min(0) });
const journalsAnswer = z.array(wireJournal.extend({ created_at: maybeText }));
const transfersAnswer = z.array(wireTransfer.extend({ fee: reportedAmount.nullish() }));

export type ListJournalsInput = z.input<typeof listJournalsInput>;
export type ListTransferPageInput = z.input<typeof listTransfersInput>;

/** Alpaca: Broker API, GET transfers, the default size of a page. */
const PAGE_SIZE = 100;

/** The verbs of this file for one client. */
export function statementVerbs({
  request,
}: AlpacaPort): Pick<AlpacaClient, 'listJournals' | 'listTransferPage'> {
  return {
    listJournals: async (input) => {
      const given = [listJournalsInput, input] as const;
      const journals = await request('listJournals', 'read', given, journalsAnswer, ({ after, before }) => ({
        method: 'GET',
        path: '/v1/journals',
        query: { entry_type: 'JNLC', after, before },
      }));
      return journals.map((journal) => ({
        ...toAlpacaJournal(journal),
        createdAt: journal.created_at ?? null,
        day: journal.system_date ?? null,
      }));
    },
    listTransferPage: async (input) => {
      const given = [listTransfersInput, input] as const;
      const transfers = await request('listTransferPage', 'read', given, transfersAnswer, (checked) => ({
        method: 'GET',
        path: `/v1/accounts/${checked.accountId}/transfers`,
        query: { limit: String(PAGE_SIZE), offset: String(checked.offset) },
      }));
      return {
        transfers: transfers.map((one) => ({ ...toAlpacaTransfer(one), fee: one.fee ?? '0' })),
        nextOffset: transfers.length < PAGE_SIZE ? null : input.offset + transfers.length,
      };
    },
  };
}
