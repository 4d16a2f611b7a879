/** The treasury: floats with their forecast, and the wires that keep them. */
import { z } from 'zod';
import { type FloatReportRow, readTreasury } from '../../db/funding/wire-queries.ts';
import { treasuryPolicy } from '../../domain/funding/treasury-policy.ts';
import { STAFF_ROLES } from '../../domain/platform/user.ts';
import { isoTime, isoTimeOrNull, timestamp, usd } from '../fields.ts';
import { defineRoute } from '../route.ts';

const floatSchema = z
  .strictObject({
    account: z.string().describe('`alpaca_firm`, `mint_balance` or `treasury_wallet:<chain>`.'),
    amount: usd.describe('What the company says stands there; USDC for wallets.'),
    reported_at: timestamp,
    outgoing: usd.describe('What deposits and withdrawals on their way will draw.'),
    incoming: usd.describe('What they will bring.'),
    arriving: usd.describe('What wires on their way will bring.'),
    draw_per_hour: usd.describe('The usual draw.'),
    low: usd,
    target: usd,
    high: usd,
    next_arrival_at: timestamp.nullable().describe('When the next wire to it is expected.'),
    refill_at: timestamp.nullable().describe('When a wire that is ordered now would arrive.'),
    dry_at: timestamp.nullable().describe('When it runs dry by the forecast; null while it lasts.'),
    alarm: z.string().nullable().describe('The sentence with the figures; null when all is well.'),
    alarm_since: timestamp.nullable(),
  })
  .meta({ id: 'Float' });

type Bounds = Pick<z.infer<typeof floatSchema>, 'low' | 'target' | 'high'>;

function boundsOf(account: string, stored: Record<string, unknown> | null): Bounds {
  const policy = treasuryPolicy(stored);
  if (account === 'alpaca_firm') {
    const { alpacaLowUsd: low, alpacaTargetUsd: target, alpacaHighUsd: high } = policy;
    return { low, target, high };
  }
  if (account === 'mint_balance') {
    const { mintLowUsd: low, mintTargetUsd: target, mintHighUsd: high } = policy;
    return { low, target, high };
  }
  const { walletLowUsdc: low, walletTargetUsdc: target, walletHighUsdc: high } = policy;
  return { low, target, high };
}

/** Settings may say "5000"; on the wire money has two decimals at least. */
const cents = (amount: string): string => {
  const [whole = '0', fraction = ''] = amount.split('.');
  return `${whole}.${fraction.padEnd(2, '0')}`;
};

function present(row: FloatReportRow, stored: Record<string, unknown> | null): z.infer<typeof floatSchema> {
  const { low, target, high } = boundsOf(row.account, stored);
  return {
    account: row.account,
    amount: row.reported,
    reported_at: isoTime(row.reported_at),
    outgoing: row.outgoing,
    incoming: row.incoming,
    arriving: row.arriving,
    draw_per_hour: row.draw_per_hour,
    ...{ low: cents(low), target: cents(target), high: cents(high) },
    next_arrival_at: isoTimeOrNull(row.expected_at),
    refill_at: isoTimeOrNull(row.refill_at),
    dry_at: isoTimeOrNull(row.dry_at),
    alarm: row.alarm,
    alarm_since: isoTimeOrNull(row.alarm_since),
  };
}

const getTreasury = defineRoute(
  {
    method: 'GET',
    path: '/v1/admin/treasury',
    operationId: 'getTreasury',
    tag: 'admin',
    summary: 'Floats, their bounds and their forecast',
    access: STAFF_ROLES,
    responses: {
      200: {
        description: 'As the last round of the treasury found them; a round begins every minute.',
        schema: z.strictObject({ data: z.array(floatSchema) }).meta({ id: 'Treasury' }),
      },
    },
  },
  async (_input, deps) => {
    const { floats, policy } = await readTreasury(deps.database);
    return { status: 200, body: { data: floats.map((row) => present(row, policy)) } };
  },
);

export const treasuryRoutes = [getTreasury];
