/** The fields of the settings about what may be withdrawn, and what it costs. */
import { CHAINS } from '../funding/chain.ts';
import { MOST_BPS } from '../funding/withdrawal-fee.ts';
import type { WithdrawalLimits } from '../funding/withdrawal-limits.ts';
import type { FieldSpec, Fields } from './setting-fields.ts';

export const LIMIT_FIELDS: Readonly<Record<keyof WithdrawalLimits, FieldSpec>> = {
  leastUsd: { type: 'amount', means: 'The least of one withdrawal.' },
  mostUsd: { type: 'amount', means: 'The most of one withdrawal.' },
  perDayUsd: { type: 'amount', means: 'The most of one customer within any 24 hours.' },
  perHour: { type: 'count', least: 0, most: 10_000, means: 'Requests of one customer within any hour.' },
  companyPerDayUsd: { type: 'amount', means: 'The most of all customers on one day (UTC).' },
  approvalFromUsd: { type: 'amount', means: 'From this amount on two members of staff must approve.' },
  travelRuleFromUsd: { type: 'amount', means: 'From this amount on the beneficiary must be named.' },
  quoteSeconds: { type: 'seconds', means: 'How long a quote holds.' },
};

export const FEE_FIELDS: Fields = Object.fromEntries(
  CHAINS.flatMap((chain): [string, FieldSpec][] => [
    [`${chain}FlatUsd`, { type: 'amount', means: `Flat part of the fee on ${chain}.` }],
    [
      `${chain}Bps`,
      { type: 'count', least: 0, most: MOST_BPS, means: `Basis points of the amount on ${chain}.` },
    ],
  ]),
);
