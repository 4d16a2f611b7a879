/** Transfers out of a wallet: send, follow, look up, speed up, cancel. */
import { Unclear } from '../../../domain/provider-error.ts';
import type { CircleClient } from './client.ts';
import { toCircleTransaction } from './mapping.ts';
import { byId, type CirclePort, PAGE_SIZE } from './port.ts';
import * as schema from './schema.ts';

/** 1,000 transfers of one wallet since the operation began: far more than one lifecycle can make. */
const MAX_LOOKUP_PAGES = 20;

/** The verbs of this file for one client. */
export function transferVerbs({
  sdk,
  network,
  request,
}: CirclePort): Pick<
  CircleClient,
  'createTransfer' | 'getTransaction' | 'findTransfer' | 'accelerate' | 'cancel'
> {
  return {
    createTransfer: async (input) => {
      const accepted = await request(
        'createTransfer',
        'write',
        [schema.createTransferInput, input],
        schema.acceptedAnswer,
        ({ amount, feeLevel, ...rest }) =>
          sdk.createTransaction({ ...rest, amount: [amount], fee: { type: 'level', config: { feeLevel } } }),
      );
      return { id: accepted.id, providerState: accepted.state };
    },
    getTransaction: async (id) => {
      const send = ({ id: transactionId }: { id: string }): Promise<{ data?: unknown }> =>
        sdk.getTransaction({ id: transactionId });
      const answer = await request('getTransaction', 'read', byId(id), schema.transactionAnswer, send);
      return toCircleTransaction(network, answer.transaction);
    },
    findTransfer: async (input) => {
      let pageAfter: string | undefined;
      for (let page = 0; page < MAX_LOOKUP_PAGES; page += 1) {
        const { transactions } = await request(
          'findTransfer',
          'search',
          [schema.findTransferInput, input],
          schema.transactionsAnswer,
          ({ walletId, since, destinationAddress }) =>
            sdk.listTransactions({
              walletIds: [walletId],
              txType: 'OUTBOUND',
              from: since,
              pageSize: PAGE_SIZE,
              ...(destinationAddress === undefined ? {} : { destinationAddress }),
              ...(pageAfter === undefined ? {} : { pageAfter }),
            }),
        );
        const match = transactions.find((transaction) => transaction.refId === input.refId);
        if (match !== undefined) return toCircleTransaction(network, match);
        pageAfter = transactions.at(-1)?.id;
        if (transactions.length < PAGE_SIZE) return null;
      }
      // Not seen within the bound is not the same as not there.
      const facts = { provider: 'circle', operation: 'findTransfer', code: 'too_many_pages' } as const;
      throw new Unclear('circle findTransfer: more transfers than one look-up reads', facts);
    },
    accelerate: (input) =>
      request(
        'accelerate',
        'write',
        [schema.changeTransactionInput, input],
        schema.changedAnswer,
        ({ transactionId, idempotencyKey }) =>
          sdk.accelerateTransaction({ id: transactionId, idempotencyKey }),
      ),
    cancel: (input) =>
      request(
        'cancel',
        'write',
        [schema.changeTransactionInput, input],
        schema.changedAnswer,
        ({ transactionId, idempotencyKey }) => sdk.cancelTransaction({ id: transactionId, idempotencyKey }),
      ),
  };
}
