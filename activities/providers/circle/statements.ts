/** What Circle's lists show of all wallets: every transaction and every balance, page by page. */
import { z } from 'zod';
import { CHAINS } from '../../../domain/funding/chain.ts';
import { instant, pathId, reportedAmount } from '../fields.ts';
import { toBlockchain } from './chains.ts';
import type { CircleClient } from './client.ts';
import { toCircleToken, toCircleTransaction } from './mapping.ts';
import { type CirclePort, PAGE_SIZE } from './port.ts';
import { transactionsAnswer, wireToken } from './schema.ts';

const listTransactionsInput = z.strictObject({ since: instant, cursor: pathId.optional() });
const listBalancesInput = z.strictObject({ chain: z.enum(CHAINS), cursor: pathId.optional() });
const balancesAnswer = z.object({
  wallets: z.array(
    z.object({
      id: z.string(),
      tokenBalances: z.array(z.object({ amount: reportedAmount, token: wireToken })).default([]),
    }),
  ),
});

export type ListTransactionsInput = z.input<typeof listTransactionsInput>;
export type ListBalancesInput = z.input<typeof listBalancesInput>;

/** The verbs of this file for one client. */
export function statementVerbs({
  sdk,
  network,
  request,
}: CirclePort): Pick<CircleClient, 'listTransactions' | 'listBalances'> {
  return {
    listTransactions: async (input) => {
      const { transactions } = await request(
        'listTransactions',
        'read',
        [listTransactionsInput, input],
        transactionsAnswer,
        ({ since, cursor }) =>
          sdk.listTransactions({
            from: since,
            order: 'ASC',
            includeAll: true,
            pageSize: PAGE_SIZE,
            ...(cursor === undefined ? {} : { pageAfter: cursor }),
          }),
      );
      return {
        transactions: transactions.map((transaction) => toCircleTransaction(network, transaction)),
        nextCursor: transactions.length < PAGE_SIZE ? null : (transactions.at(-1)?.id ?? null),
      };
    },
    listBalances: async (input) => {
      const { wallets } = await request(
        'listBalances',
        'read',
        [listBalancesInput, input],
        balancesAnswer,
        ({ chain, cursor }): Promise<{ data?: unknown }> =>
          sdk.getWalletsWithBalances({
            blockchain: toBlockchain(network, chain),
            pageSize: PAGE_SIZE,
            ...(cursor === undefined ? {} : { pageAfter: cursor }),
          }),
      );
      return {
        wallets: wallets.map(({ id, tokenBalances }) => {
          const usdc = tokenBalances.find(({ token }) => toCircleToken(network, token).isUsdc);
          return { walletId: id, usdc: usdc?.amount ?? '0' };
        }),
        nextCursor: wallets.length < PAGE_SIZE ? null : (wallets.at(-1)?.id ?? null),
      };
    },
  };
}
