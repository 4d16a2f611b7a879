/** Balances as they stood at a moment of the past, and how far the ledger's chain is. */
import { z } from 'zod';
import { chainStands } from '../../db/funding/ledger-chain-queries.ts';
import {
  accountsAt,
  type HistoricBalance,
  kindsAt,
  placeOfMoment,
} from '../../db/funding/ledger-history-queries.ts';
import { type AccountKindName, CHART } from '../../domain/funding/ledger.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import { isoTimeOrNull, timestamp, uuid } from '../fields.ts';
import { defineRoute } from '../route.ts';
import { amountOf } from './amounts.ts';

/** Before our first book; and the database knows no year 0. */
const EARLIEST = Date.parse('2000-01-01T00:00:00Z');
const ACCOUNTS = Object.keys(CHART) as AccountKindName[];

const historicBalance = z.strictObject({
  account: z.enum(ACCOUNTS),
  owner_id: z
    .uuid()
    .nullable()
    .describe('Null for accounts that all share, and where all of a kind are added up.'),
  means: z.string(),
  normal: z.enum(['debit', 'credit']),
  amount: z
    .string()
    .regex(/^-?\d+\.\d{2,6}$/)
    .describe('Decimal string, on the normal side.'),
  currency: z.enum(['USD', 'USDC']),
});

const historySchema = z
  .strictObject({
    at: timestamp,
    final: z.boolean().describe('Nothing can be added to that moment any more: it is sealed.'),
    sealed_through: timestamp.nullable().describe('Everything that was visible by then is sealed.'),
    position: z.string().describe("The last position of the ledger's chain that counts."),
    balances: z.array(historicBalance),
  })
  .meta({ id: 'LedgerBalances' });

function present({ account, owner_id, asset, normal, balance }: HistoricBalance) {
  return { account, owner_id, means: CHART[account].means, normal, ...amountOf(balance, asset) };
}

const getLedgerBalances = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/ledger/balances',
    operationId: 'getLedgerBalances',
    tag: 'admin',
    summary: 'Balances at a moment',
    description:
      'Without `owner_id` every kind of account, with all its owners added up; with it, each account of that user ' +
      'and their wallets, or of that wallet.',
    access: STAFF_ROLES,
    query: z.strictObject({
      at: timestamp
        .refine((at) => Date.parse(at) <= Date.now(), { error: 'is in the future' })
        .refine((at) => Date.parse(at) >= EARLIEST, { error: 'is before the first of our books' })
        .optional()
        .describe('RFC 3339, UTC. Default: now.'),
      owner_id: uuid.optional(),
    }),
    responses: { 200: { description: 'The balances.', schema: historySchema } },
  },
  async ({ query }, { database }) => {
    const at = query.at ?? new Date().toISOString();
    const [place, balances] = await Promise.all([
      placeOfMoment(database, at),
      query.owner_id === undefined ? kindsAt(database, at) : accountsAt(database, at, query.owner_id),
    ]);
    const { position, final, as_of } = place;
    const body = {
      at,
      final,
      sealed_through: isoTimeOrNull(as_of),
      position,
      balances: balances.map(present),
    };
    return { status: 200, body };
  },
);

const chainSchema = z
  .strictObject({
    chains: z.array(
      z.strictObject({
        chain: z.enum(['ledger', 'audit']),
        position: z.string(),
        digest: z
          .string()
          .describe('Digest of that position, hexadecimal: keep it, and compare later exports.'),
        sealed_through: timestamp.nullable(),
        waiting: z.string().describe('Rows that the next round will seal.'),
      }),
    ),
  })
  .meta({ id: 'LedgerChains' });

const getLedgerChains = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/ledger/chains',
    operationId: 'getLedgerChains',
    tag: 'admin',
    summary: 'Heads of the sealed chains',
    access: STAFF_ROLES,
    responses: { 200: { description: 'Ledger and audit log.', schema: chainSchema } },
  },
  async (_, { database }) => {
    const stands = await chainStands(database);
    const chains = stands.map(({ as_of, ...stand }) => ({ ...stand, sealed_through: isoTimeOrNull(as_of) }));
    return { status: 200, body: { chains } };
  },
);

export const ledgerHistoryRoutes = [getLedgerBalances, getLedgerChains];
