/** The bank side of Mint: linked bank accounts, instructions for a wire, wires that came in. */
import type { WireCreationRequest } from '@circle-fin/circle-sdk';
import type { MintClient } from './client.ts';
import { toMintDeposit, toMintWireAccount } from './mapping.ts';
import { byId, type MintPort, PAGE_SIZE } from './port.ts';
import * as schema from './schema.ts';
import { toPage } from './transfers.ts';

type WireVerb =
  | 'createWireAccount'
  | 'getWireAccount'
  | 'listWireAccounts'
  | 'getWireInstructions'
  | 'listDeposits';

/** The verbs of this file for one client. */
export function wireVerbs({ sdk, request }: MintPort): Pick<MintClient, WireVerb> {
  return {
    createWireAccount: async (input) => {
      const given = [schema.createWireAccountInput, input] as const;
      const account = await request('createWireAccount', 'write', given, schema.wireBankAccount, (checked) =>
        // The SDK's type counts `undefined` as a value of an optional field; JSON leaves it out either way.
        sdk.wires.createBusinessWireAccount(checked as WireCreationRequest),
      );
      return toMintWireAccount(account);
    },
    getWireAccount: async (id) => {
      const account = await request('getWireAccount', 'read', byId(id), schema.wireBankAccount, (checked) =>
        sdk.wires.getBusinessWireAccount(checked.id),
      );
      return toMintWireAccount(account);
    },
    listWireAccounts: async () => {
      const given = [schema.noInput, undefined] as const;
      const accounts = await request('listWireAccounts', 'read', given, schema.bankAccountsAnswer, () =>
        sdk.wires.listBusinessWireAccounts(),
      );
      return accounts.map(toMintWireAccount);
    },
    getWireInstructions: async (id) => {
      const answer = await request(
        'getWireInstructions',
        'read',
        byId(id),
        schema.instructionsAnswer,
        (checked) => sdk.wires.getBusinessWireAccountInstructions(checked.id, 'USD'),
      );
      const { trackingRef, beneficiary, beneficiaryBank } = answer;
      return { trackingRef, beneficiary: beneficiary ?? null, beneficiaryBank: beneficiaryBank ?? null };
    },
    listDeposits: async (input = {}) => {
      const given = [schema.listInput, input] as const;
      const deposits = await request(
        'listDeposits',
        'read',
        given,
        schema.depositsAnswer,
        ({ from, to, cursor }) =>
          sdk.deposits.listBusinessDeposits('wire', from, to, undefined, cursor, PAGE_SIZE),
      );
      return toPage(deposits, toMintDeposit);
    },
  };
}
