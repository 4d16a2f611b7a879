/** The movements of the signed-in user's money, as the ledger has them. */
import { z } from 'zod';
import { listTransactions, type TransactionRow } from '../../db/funding/transaction-queries.ts';
import { type AccountKindName, CHART } from '../../domain/funding/ledger.ts';
import { ROLES } from '../../domain/platform/user.ts';
import { isoTime, timestamp } from '../fields.ts';
import { page, pageOf, pageQuery, pageRequest } from '../pagination.ts';
import { defineRoute } from '../route.ts';
import { amountOf } from './amounts.ts';

const ACCOUNTS = Object.keys(CHART) as AccountKindName[];

const transactionSchema = z
  .strictObject({
    id: z.string(),
    account: z.enum(ACCOUNTS).describe('The account of yours that changed.'),
    account_description: z.string(),
    amount: z
      .string()
      .regex(/^-?\d+\.\d{2,6}$/)
      .describe('Decimal string; negative when the account shrinks.'),
    currency: z.enum(['USD', 'USDC']),
    lifecycle: z.string().describe('What moved it, for example `deposit`.'),
    subject_id: z.uuid().nullable().describe('Id of the deposit or other lifecycle.'),
    event: z.string(),
    at: timestamp,
  })
  .meta({ id: 'Transaction' });

function present(row: TransactionRow): z.infer<typeof transactionSchema> {
  return {
    id: row.id,
    account: row.account,
    account_description: CHART[row.account].means,
    ...amountOf(row.amount, row.asset),
    lifecycle: row.lifecycle,
    subject_id: row.subject_id,
    event: row.event,
    at: isoTime(row.at),
  };
}

const getTransactions = defineRoute(
  {
    method: 'GET',
    path: '/v1/transactions',
    operationId: 'listTransactions',
    tag: 'transactions',
    summary: 'My movements of money',
    access: ROLES,
    query: z.strictObject(pageQuery),
    responses: {
      200: { description: 'Newest first.', schema: page(transactionSchema).meta({ id: 'TransactionPage' }) },
    },
  },
  async ({ query, caller }, deps) => {
    const rows = await listTransactions(deps.database, caller.userId, pageRequest(query, 'number'));
    return { status: 200, body: pageOf(rows, query.limit, present) };
  },
);

export const transactionRoutes = [getTransactions];
