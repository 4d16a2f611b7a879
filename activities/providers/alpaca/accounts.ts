/** Brokerage accounts: opening them, their documents and their balances. */
import type { AlpacaClient } from './client.ts';
import { toAlpacaAccount, toTradingAccount } from './mapping.ts';
import { type AlpacaPort, byId } from './port.ts';
import * as schema from './schema.ts';

type AccountVerb =
  | 'createAccount'
  | 'getAccount'
  | 'findAccountByEmail'
  | 'uploadDocuments'
  | 'getTradingAccount'
  | 'getFirmAccount';

/** The verbs of this file for one client. */
export function accountVerbs({ request, firmAccountId }: AlpacaPort): Pick<AlpacaClient, AccountVerb> {
  const balances = async (operation: AccountVerb, accountId: string) =>
    toTradingAccount(
      await request(operation, 'read', byId(accountId), schema.wireTradingAccount, ({ id }) => ({
        method: 'GET',
        path: `/v1/trading/accounts/${id}/account`,
      })),
    );
  return {
    createAccount: async (input) => {
      const given = [schema.createAccountInput, input] as const;
      const account = await request('createAccount', 'write', given, schema.wireAccount, (application) => ({
        method: 'POST',
        path: '/v1/accounts',
        body: toSnakeCase(application),
      }));
      return toAlpacaAccount(account);
    },
    getAccount: async (id) => {
      const account = await request('getAccount', 'read', byId(id), schema.wireAccount, (checked) => ({
        method: 'GET',
        path: `/v1/accounts/${checked.id}`,
      }));
      return toAlpacaAccount(account);
    },
    findAccountByEmail: async (email) => {
      const given = [schema.findByEmailInput, { email }] as const;
      const accounts = await request(
        'findAccountByEmail',
        'search',
        given,
        schema.accountsAnswer,
        (checked) => ({
          method: 'GET',
          path: '/v1/accounts',
          query: { query: checked.email, entities: 'contact,identity' },
        }),
      );
      // The query also matches names and parts of addresses.
      const wanted = email.toLowerCase();
      const match = accounts.find((account) => account.contact?.email_address?.toLowerCase() === wanted);
      return match === undefined ? null : toAlpacaAccount(match);
    },
    uploadDocuments: async (input) => {
      const given = [schema.uploadDocumentsInput, input] as const;
      await request('uploadDocuments', 'write', given, schema.nothingAnswer, ({ accountId, documents }) => ({
        method: 'POST',
        path: `/v1/accounts/${accountId}/documents/upload`,
        body: toSnakeCase(documents),
      }));
    },
    getTradingAccount: (accountId) => balances('getTradingAccount', accountId),
    getFirmAccount: () => balances('getFirmAccount', firmAccountId),
  };
}

/** Field names as Alpaca writes them: `givenName` becomes `given_name`, at every depth. */
function toSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toSnakeCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      toSnakeCase(inner),
    ]),
  );
}
