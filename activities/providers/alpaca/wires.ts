/** Wires out of an Alpaca account to a bank, which the treasury uses to send dollars back to Mint. */
import { parseUnits } from '../../../domain/money.ts';
import { Unclear } from '../../../domain/provider-error.ts';
import { checkInput } from '../call.ts';
import type { CallKind } from '../classify.ts';
import type { AlpacaClient } from './client.ts';
import { type AlpacaTransfer, toAlpacaBank, toAlpacaTransfer } from './mapping.ts';
import { type AlpacaPort, byId } from './port.ts';
import * as schema from './schema.ts';

type WireVerb = 'createRecipientBank' | 'listRecipientBanks' | 'createWire' | 'findWire' | 'listTransfers';

const PAGE_SIZE = 100;
/** 5,000 wires of our firm account: with several a day, years. */
const MAX_LOOKUP_PAGES = 50;

/** The verbs of this file for one client. */
export function wireVerbs({ request }: AlpacaPort): Pick<AlpacaClient, WireVerb> {
  async function list(
    operation: WireVerb,
    kind: CallKind,
    accountId: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<AlpacaTransfer[]> {
    const transfers = await request(operation, kind, byId(accountId), schema.transfersAnswer, ({ id }) => ({
      method: 'GET',
      path: `/v1/accounts/${id}/transfers`,
      query: { ...query, limit: String(PAGE_SIZE) },
    }));
    return transfers.map(toAlpacaTransfer);
  }

  return {
    createRecipientBank: async (input) => {
      const given = [schema.createRecipientBankInput, input] as const;
      const bank = await request('createRecipientBank', 'write', given, schema.wireBank, (checked) => ({
        method: 'POST',
        path: `/v1/accounts/${checked.accountId}/recipient_banks`,
        body: {
          name: checked.name,
          bank_code: checked.bankCode,
          bank_code_type: checked.bankCodeType,
          account_number: checked.accountNumber,
        },
      }));
      return toAlpacaBank(bank);
    },
    listRecipientBanks: async (accountId) => {
      const answer = schema.banksAnswer;
      const banks = await request('listRecipientBanks', 'read', byId(accountId), answer, ({ id }) => ({
        method: 'GET',
        path: `/v1/accounts/${id}/recipient_banks`,
      }));
      return banks.map(toAlpacaBank);
    },
    createWire: async (input) => {
      const given = [schema.createWireInput, input] as const;
      const transfer = await request('createWire', 'write', given, schema.wireTransfer, (checked) => ({
        method: 'POST',
        path: `/v1/accounts/${checked.accountId}/transfers`,
        body: {
          transfer_type: 'wire',
          bank_id: checked.bankId,
          amount: checked.amount,
          direction: 'OUTGOING',
          timing: 'immediate',
          additional_information: checked.reference,
        },
      }));
      return toAlpacaTransfer(transfer);
    },
    findWire: async (input) => {
      const { accountId, reference, amount } = checkInput(
        { provider: 'alpaca', operation: 'findWire' },
        schema.findWireInput,
        input,
      );
      for (let page = 0; page < MAX_LOOKUP_PAGES; page += 1) {
        const query = { direction: 'OUTGOING', offset: String(page * PAGE_SIZE) };
        const transfers = await list('findWire', 'search', accountId, query);
        const match = transfers.find(
          (transfer) =>
            transfer.reference === reference && parseUnits(transfer.amount) === parseUnits(amount),
        );
        if (match !== undefined) return match;
        if (transfers.length < PAGE_SIZE) return null;
      }
      // Not seen within the bound is not the same as not there.
      const facts = { provider: 'alpaca', operation: 'findWire', code: 'too_many_pages' } as const;
      throw new Unclear('alpaca findWire: more transfers than one look-up reads', facts);
    },
    listTransfers: (accountId) => list('listTransfers', 'read', accountId),
  };
}
