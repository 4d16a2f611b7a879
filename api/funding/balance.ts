/** What the signed-in user has, and what is still on its way. */
import { z } from 'zod';
import { type BalanceRow, findBalance } from '../../db/funding/balance-queries.ts';
import { depositLifecycle } from '../../domain/funding/deposit.ts';
import { isFinal, stateSpec, statesOf } from '../../domain/lifecycle.ts';
import { ROLES } from '../../domain/platform/user.ts';
import { isoTime, timestamp, usd, usdc } from '../fields.ts';
import { missingUser } from '../platform/me.ts';
import { defineRoute } from '../route.ts';
import { trimDecimal } from './amounts.ts';

const FINAL_STATES = statesOf(depositLifecycle).filter((state) => isFinal(depositLifecycle, state));

const balanceSchema = z
  .strictObject({
    buying_power_usd: usd.describe('Dollars at the broker, ready to invest.'),
    pending_broker_deposits_usd: usd.describe('Being converted or on the way to the broker.'),
    held_usd: usd.describe('Held for orders and withdrawals.'),
    unsettled_usd: usd.describe('Proceeds of sales that settle on the next business day.'),
    receivable_usd: usd.describe('Owed to us after the broker took a deposit back.'),
    dust_usdc: usdc.describe('Less than a cent, or in review; dust joins the next deposit.'),
    deposits_in_progress: z.array(
      z.strictObject({
        status: z.enum(statesOf(depositLifecycle)),
        message: z.string(),
        count: z.int(),
        amount_usdc: usdc,
      }),
    ),
    updated_at: timestamp,
  })
  .meta({ id: 'Balance' });

function present(row: BalanceRow): z.infer<typeof balanceSchema> {
  return {
    buying_power_usd: row.buying_power_usd,
    pending_broker_deposits_usd: row.pending_broker_deposits_usd,
    held_usd: row.held_usd,
    unsettled_usd: row.unsettled_usd,
    receivable_usd: row.receivable_usd,
    dust_usdc: trimDecimal(row.dust_usdc),
    deposits_in_progress: row.in_progress.map(({ status, count, amount_usdc }) => ({
      status,
      message: stateSpec(depositLifecycle, status).customer,
      count,
      amount_usdc: trimDecimal(amount_usdc),
    })),
    updated_at: isoTime(row.updated_at),
  };
}

const getBalance = defineRoute(
  {
    method: 'GET',
    path: '/v1/balance',
    operationId: 'getBalance',
    tag: 'balance',
    summary: 'My balance',
    description: 'Read from the ledger; the amounts of one answer belong to one moment.',
    access: ROLES,
    responses: { 200: { description: 'The balance.', schema: balanceSchema } },
  },
  async ({ caller }, deps) => {
    const row = await findBalance(deps.database, caller.userId, FINAL_STATES);
    if (!row) throw missingUser();
    return { status: 200, body: present(row) };
  },
);

export const balanceRoutes = [getBalance];
