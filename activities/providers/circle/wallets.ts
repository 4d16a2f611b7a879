/** Wallets: creating them, reading them, and what they hold. */
import { toBlockchain } from './chains.ts';
import type { CircleClient } from './client.ts';
import { toCircleToken, toCircleWallet } from './mapping.ts';
import { byId, type CirclePort, PAGE_SIZE } from './port.ts';
import * as schema from './schema.ts';

/** The verbs of this file for one client. */
export function walletVerbs({
  sdk,
  network,
  gates,
  request,
}: CirclePort): Pick<
  CircleClient,
  | 'createWalletSet'
  | 'createWallets'
  | 'getWallet'
  | 'listWallets'
  | 'getWalletBalances'
  | 'getToken'
  | 'validateAddress'
> {
  return {
    createWalletSet: async (input) => {
      const send = sdk.createWalletSet.bind(sdk);
      const given = [schema.createWalletSetInput, input] as const;
      const { walletSet } = await request('createWalletSet', 'write', given, schema.walletSetAnswer, send);
      return { id: walletSet.id };
    },
    createWallets: async (input) => {
      const { wallets } = await request(
        'createWallets',
        'write',
        [schema.createWalletsInput, input],
        schema.walletsAnswer,
        ({ chains, refId, ...rest }) =>
          sdk.createWallets({
            ...rest,
            blockchains: chains.map((chain) => toBlockchain(network, chain)),
            count: 1,
            // One entry per count, not per blockchain (Circle: error 155503).
            metadata: [{ name: refId, refId }],
          }),
        gates.createWallets,
      );
      return wallets.map((wallet) => toCircleWallet(network, wallet));
    },
    getWallet: async (id) => {
      const send = sdk.getWallet.bind(sdk);
      const { wallet } = await request('getWallet', 'read', byId(id), schema.walletAnswer, send);
      return toCircleWallet(network, wallet);
    },
    listWallets: async (filter) => {
      const { wallets } = await request(
        'listWallets',
        'read',
        [schema.listWalletsInput, filter],
        schema.walletsAnswer,
        ({ refId, walletSetId }) =>
          sdk.listWallets({
            pageSize: PAGE_SIZE,
            ...(refId === undefined ? {} : { refId }),
            ...(walletSetId === undefined ? {} : { walletSetId }),
          }),
      );
      return wallets.map((wallet) => toCircleWallet(network, wallet));
    },
    getWalletBalances: async (id) => {
      const send = ({ id: walletId }: { id: string }): Promise<{ data?: unknown }> =>
        sdk.getWalletTokenBalance({ id: walletId, includeAll: true, pageSize: PAGE_SIZE });
      const answer = await request('getWalletBalances', 'read', byId(id), schema.balancesAnswer, send);
      return answer.tokenBalances.map(({ token, amount }) => ({
        token: toCircleToken(network, token),
        amount,
      }));
    },
    getToken: async (id) => {
      const send = sdk.getToken.bind(sdk);
      const { token } = await request('getToken', 'read', byId(id), schema.tokenAnswer, send);
      return toCircleToken(network, token);
    },
    validateAddress: async (input) => {
      const { isValid } = await request(
        'validateAddress',
        'read',
        [schema.validateAddressInput, input],
        schema.validAnswer,
        ({ chain, address }) => sdk.validateAddress({ blockchain: toBlockchain(network, chain), address }),
      );
      return isValid;
    },
  };
}
