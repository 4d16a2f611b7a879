/** What a withdrawal would cost and bring, and the request itself. */
import { z } from 'zod';
import { findWithdrawalStanding } from '../../db/funding/withdrawal-queries.ts';
import { CHAINS, type Chain } from '../../domain/funding/chain.ts';
import { BENEFICIARY_KINDS, WALLET_KINDS } from '../../domain/funding/travel-rule.ts';
import { WITHDRAWABLE_REASONS, withdrawable } from '../../domain/funding/withdrawable.ts';
import { etaOf } from '../../domain/funding/withdrawal-eta.ts';
import { withdrawalFee, withdrawalFees } from '../../domain/funding/withdrawal-fee.ts';
import { reaches, withdrawalLimits } from '../../domain/funding/withdrawal-limits.ts';
import { formatUnits } from '../../domain/money.ts';
import { chain, line, timestamp, usd, usdc, uuid } from '../fields.ts';
import { missingUser } from '../platform/me.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import type { Sealer } from '../sealing.ts';
import { refused } from './refused.ts';
import { amountUsd } from './withdrawal-fields.ts';
import { amountOutOfRange } from './withdrawal-gateway.ts';
import { readWithdrawal, withdrawalDetailSchema } from './withdrawals.ts';

/** What a quote promises, inside of its seal. */
interface Quote {
  readonly chain: Chain;
  readonly amountUsd: string;
  readonly feeUsd: string;
  readonly expiresAt: string;
}

const quoteContext = (userId: string): string => `withdrawal quote of ${userId}`;

const quoteSchema = z
  .strictObject({
    quote: z.string().describe('Give it with the request, and the fee is this one until it expires.'),
    chain: z.enum(CHAINS),
    amount_usd: usd.describe('What leaves the balance.'),
    fee_usd: usd,
    net_usdc: usdc.describe('What arrives.'),
    expires_at: timestamp,
    eta: z
      .strictObject({
        p50_seconds: z.int().describe('Half of the withdrawals are faster.'),
        p90_seconds: z.int().describe('Nine of ten are faster.'),
        sample: z.int().describe('Completed withdrawals of this chain that this rests on; 0 for a guess.'),
      })
      .describe('Without the time that people take to approve.'),
    approval_needed: z.boolean().describe('Two of our people must approve an amount like this.'),
    beneficiary_needed: z
      .boolean()
      .describe('The travel rule wants to know who receives an amount like this.'),
    withdrawable: z.strictObject({
      withdrawable_usd: usd.describe('The most that one request can take now.'),
      settled_usd: usd,
      held_usd: usd,
      unsettled_usd: usd,
      receivable_usd: usd,
      enough: z.boolean().describe('Whether this amount can be withdrawn now.'),
      obstacles: z
        .array(
          z.strictObject({
            code: z.enum(WITHDRAWABLE_REASONS),
            message: z.string().describe('For the customer.'),
            amount_usd: usd.nullable(),
          }),
        )
        .describe('What keeps money from leaving now.'),
    }),
  })
  .meta({ id: 'WithdrawalQuote' });

const quoteWithdrawal = defineRoute(
  {
    method: 'POST',
    path: '/v1/withdrawals/quote',
    operationId: 'quoteWithdrawal',
    tag: 'withdrawals',
    summary: 'What a withdrawal costs, and how long it takes',
    description: 'Changes nothing. The amounts of one answer belong to one moment.',
    access: ['user'],
    idempotent: false,
    refusedWhenSuspended: false,
    body: z.strictObject({ chain, amount_usd: amountUsd }).meta({ id: 'WithdrawalQuoteRequest' }),
    responses: { 200: { description: 'The quote.', schema: quoteSchema } },
    problems: ['amount_out_of_range'],
  },
  async ({ body, caller }, deps) => {
    const standing = await findWithdrawalStanding(deps.database, caller.userId, body.chain);
    if (!standing) throw missingUser();
    const limits = withdrawalLimits(standing.limits);
    const { feeUsd, netUsd } = withdrawalFee(body.amount_usd, withdrawalFees(standing.fees)[body.chain]);
    const wrong = amountOutOfRange(body.amount_usd, feeUsd, limits);
    if (wrong) throw refused(wrong);
    const expiresAt = new Date(Date.now() + limits.quoteSeconds * 1000).toISOString();
    const quote: Quote = { chain: body.chain, amountUsd: body.amount_usd, feeUsd, expiresAt };
    const { withdrawableUsd, obstacles } = withdrawable(standing, limits);
    const dollars = (units: string) => formatUnits(BigInt(units));
    return {
      status: 200,
      body: {
        quote: deps.sealer.seal(JSON.stringify(quote), quoteContext(caller.userId)),
        chain: body.chain,
        amount_usd: body.amount_usd,
        fee_usd: feeUsd,
        net_usdc: netUsd,
        expires_at: expiresAt,
        eta: etaOf(body.chain, standing.eta),
        approval_needed: reaches(body.amount_usd, limits.approvalFromUsd),
        beneficiary_needed: reaches(body.amount_usd, limits.travelRuleFromUsd),
        withdrawable: {
          withdrawable_usd: withdrawableUsd,
          settled_usd: dollars(standing.cash_units),
          held_usd: dollars(standing.held_units),
          unsettled_usd: dollars(standing.unsettled_units),
          receivable_usd: dollars(standing.receivable_units),
          enough: reaches(withdrawableUsd, body.amount_usd),
          obstacles,
        },
      },
    };
  },
);

/**
 * What a quote promised.
 * @throws {ProblemError} quote_not_valid.
 */
function openQuote(sealer: Sealer, userId: string, text: string, amount: string): Quote {
  const opened = sealer.open(text, quoteContext(userId));
  const quote = opened === undefined ? undefined : (JSON.parse(opened) as Quote);
  if (quote?.amountUsd !== amount) {
    throw new ProblemError('quote_not_valid', 'This is not a quote of yours for this amount.');
  }
  if (Date.parse(quote.expiresAt) <= Date.now()) {
    throw new ProblemError('quote_not_valid', `The quote expired at ${quote.expiresAt}.`);
  }
  return quote;
}

const beneficiary = z
  .strictObject({
    kind: z.enum(BENEFICIARY_KINDS).describe('self: the address belongs to the customer.'),
    name: line(2, 200).describe('Full name of who receives the money.'),
    wallet: z.enum(WALLET_KINDS).describe('service: an exchange or a custodian holds the key.'),
    service_name: line(2, 200).optional().describe('Its name, where one does.'),
  })
  .refine(({ wallet, service_name }) => wallet !== 'service' || service_name !== undefined, {
    error: 'is needed when a service holds the wallet',
    path: ['service_name'],
  })
  .meta({ id: 'Beneficiary' });

const requestWithdrawal = defineRoute(
  {
    method: 'POST',
    path: '/v1/withdrawals',
    operationId: 'requestWithdrawal',
    tag: 'withdrawals',
    summary: 'Withdraw to an address of the address book',
    description:
      'Needs the passcode. The money is held together with the request. Large amounts wait for two of our people ' +
      '(`awaiting_approval`). Only settled cash can leave.',
    access: ['user'],
    movesMoney: true,
    stepUp: true,
    body: z
      .strictObject({
        address_id: uuid.describe('An active address of the address book; it names the chain.'),
        amount_usd: amountUsd,
        quote: line(1, 2000).optional().describe('Of a quote for the same amount and chain: its fee holds.'),
        beneficiary: beneficiary.optional().describe('Needed from the amount on that a quote tells.'),
      })
      .meta({ id: 'WithdrawalRequest' }),
    responses: { 201: { description: 'The withdrawal; its money is held.', schema: withdrawalDetailSchema } },
    problems: [
      'not_found',
      'insufficient_funds',
      'limit_exceeded',
      'receivable_open',
      'address_not_usable',
      'amount_out_of_range',
      'beneficiary_required',
      'quote_not_valid',
      'withdrawals_paused',
    ],
  },
  async ({ body, caller: { userId }, operationId }, deps) => {
    const quote =
      body.quote === undefined ? undefined : openQuote(deps.sealer, userId, body.quote, body.amount_usd);
    const refusal = await deps.withdrawals.request({
      ...{ userId, operationId },
      addressId: body.address_id,
      amountUsd: body.amount_usd,
      ...(quote && { quoted: { chain: quote.chain, feeUsd: quote.feeUsd } }),
      ...(body.beneficiary && { beneficiary: body.beneficiary }),
    });
    if (refusal) throw refused(refusal);
    return { status: 201, body: await readWithdrawal(deps, userId, operationId) };
  },
);

export const withdrawalRequestRoutes = [quoteWithdrawal, requestWithdrawal];
