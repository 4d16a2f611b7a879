/** Reading transactions, one or many. Circle: W3S OpenAPI, listTransactions and getTransaction. */
import { normalizeAddress } from '../chain/addresses.ts';
import { type Route, route, type SandboxRequest } from '../kernel/http.ts';
import { answerPage, type Filter, readPeriod } from './paging.ts';
import { isUuid, problem } from './problem.ts';
import { transactionOf } from './transfers.ts';
import type { CircleWorld, KeptTransaction, Transaction } from './world.ts';

const FIELDS = ['blockchain', 'custodyType', 'operation', 'state', 'txHash', 'txType'] as const;
type Field = (typeof FIELDS)[number];

const READ: Record<Field, (transaction: Transaction) => string | undefined> = {
  blockchain: (transaction) => transaction.blockchain,
  custodyType: (transaction) => transaction.custodyType,
  operation: (transaction) => transaction.operation,
  state: (transaction) => transaction.state,
  txHash: (transaction) => transaction.txHash,
  txType: (transaction) => transaction.transactionType,
};

/** The fastest index for what was asked. */
function chooseIndex(
  hash: string | null,
  walletIds: string[],
  destination: string | null,
): { index: string; value: string } | undefined {
  if (hash) return { index: 'hash', value: hash };
  if (walletIds.length === 1 && walletIds[0]) return { index: 'wallet', value: walletIds[0] };
  return destination ? { index: 'destination', value: normalizeAddress(destination) } : undefined;
}

function transactionFilter(world: CircleWorld, request: SandboxRequest): Filter<KeptTransaction> {
  const { query } = request;
  const isInPeriod = readPeriod(request);
  const walletIds = (query.get('walletIds') ?? '').split(',').filter(Boolean);
  if (!walletIds.every(isUuid)) throw problem(2, 'walletIds must be UUIDs.');
  const destination = query.get('destinationAddress');
  const wanted = FIELDS.flatMap((field) => {
    const value = query.get(field);
    return value ? [{ read: READ[field], value }] : [];
  });
  const wallets = new Set(walletIds);
  const includeAll = query.get('includeAll') === 'true';
  const where = chooseIndex(query.get('txHash'), walletIds, destination);
  return {
    ...(where ? { where } : {}),
    matches: ({ wire }) => {
      if (!wanted.every(({ read, value }) => read(wire) === value) || !isInPeriod(wire.createDate))
        return false;
      if (wallets.size > 0 && !wallets.has(wire.walletId)) return false;
      if (destination && normalizeAddress(destination) !== normalizeAddress(wire.destinationAddress))
        return false;
      // Circle lists transfers of tokens that it does not monitor only on request.
      const token = world.chain.tokens.get(wire.tokenId);
      return (
        includeAll || wire.transactionType === 'OUTBOUND' || !token || world.chain.tokens.isMonitored(token)
      );
    },
  };
}

/** Routes that read transactions. */
export function transactionRoutes(world: CircleWorld): Route[] {
  const { transactions, kernel } = world;
  return [
    route('GET', '/v1/w3s/transactions', 'circle.listTransactions', (request) => {
      const filter = transactionFilter(world, request);
      const base = kernel.urls.get('circle') ?? '';
      return answerPage(
        request,
        base,
        transactions,
        ({ wire }) => wire.id,
        filter,
        (found) => ({
          transactions: found.map(({ wire }) => wire),
        }),
      );
    }),
    route('GET', '/v1/w3s/transactions/:id', 'circle.getTransaction', ({ params, query }) => {
      const { wire } = transactionOf(world, params);
      const type = query.get('txType');
      if (type && type !== wire.transactionType) throw problem(156003);
      return { status: 200, body: { data: { transaction: wire } } };
    }),
  ];
}
