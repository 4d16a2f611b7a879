/**
 * The chart of accounts. The ledger is double entry: a posting's amount is positive for a debit and
 * negative for a credit, in the asset's smallest unit, and each transaction sums to zero per asset.
 * Debit-normal accounts mirror money that somebody holds for us; credit-normal ones are what we owe.
 */
import { ASSETS, type Asset } from '../money.ts';

export interface AccountKind {
  readonly asset: Asset;
  /** The side on which the account normally stands. */
  readonly normal: 'debit' | 'credit';
  /** What owns one account of the kind; `nothing` means that there is one for everybody. */
  readonly owner: 'user' | 'wallet' | 'treasury_wallet' | 'nothing';
  /** The database refuses to let the account pass zero. */
  readonly guarded: boolean;
  /** Rows that the balance is spread over, so that an account that all share is no hot row. */
  readonly shards: number;
  readonly means: string;
}

/** Spread of the accounts that every deposit touches. A guarded account has exactly one row. */
const SHARED = 32;

export const CHART = {
  circle_wallet: {
    asset: ASSETS.USDC,
    normal: 'debit',
    owner: 'wallet',
    guarded: true,
    shards: 1,
    means: "USDC in a customer's Circle wallet.",
  },
  circle_in_transit: {
    asset: ASSETS.USDC,
    normal: 'debit',
    owner: 'nothing',
    guarded: false,
    shards: SHARED,
    means: 'USDC on its way from customer wallets to our Mint deposit addresses.',
  },
  mint_balance: {
    asset: ASSETS.USD,
    normal: 'debit',
    owner: 'nothing',
    guarded: false,
    shards: SHARED,
    means: 'Dollars in our Circle Mint account.',
  },
  alpaca_firm: {
    asset: ASSETS.USD,
    normal: 'debit',
    owner: 'nothing',
    guarded: false,
    shards: SHARED,
    means: 'Dollars in our firm account at Alpaca: the float that funds deposits.',
  },
  alpaca_customer: {
    asset: ASSETS.USD,
    normal: 'debit',
    owner: 'user',
    guarded: false,
    shards: 1,
    means: "Dollars in a customer's account at Alpaca.",
  },
  customer_incoming: {
    asset: ASSETS.USDC,
    normal: 'credit',
    owner: 'wallet',
    guarded: true,
    shards: 1,
    means: 'USDC that arrived and is not being converted: dust below a cent, and deposits in review.',
  },
  customer_converting: {
    asset: ASSETS.USDC,
    normal: 'credit',
    owner: 'user',
    guarded: true,
    shards: 1,
    means: 'USDC of the customer that is being converted to dollars.',
  },
  customer_pending: {
    asset: ASSETS.USD,
    normal: 'credit',
    owner: 'user',
    guarded: true,
    shards: 1,
    means: 'Dollars of the customer that are not at the broker yet.',
  },
  customer_cash: {
    asset: ASSETS.USD,
    normal: 'credit',
    owner: 'user',
    guarded: true,
    shards: 1,
    means: 'Settled dollars of the customer at the broker: buying power.',
  },
  customer_held: {
    asset: ASSETS.USD,
    normal: 'credit',
    owner: 'user',
    guarded: true,
    shards: 1,
    means: 'Dollars of the customer that are held for withdrawals and orders.',
  },
  customer_unsettled: {
    asset: ASSETS.USD,
    normal: 'credit',
    owner: 'user',
    guarded: true,
    shards: 1,
    means: 'Proceeds of sales that settle on the next business day.',
  },
  customer_receivable: {
    asset: ASSETS.USD,
    normal: 'debit',
    owner: 'user',
    guarded: true,
    shards: 1,
    means: 'What the customer owes us after a clawback that the cash did not cover.',
  },
  company_float: {
    asset: ASSETS.USD,
    normal: 'credit',
    owner: 'nothing',
    guarded: false,
    shards: SHARED,
    means: 'Our own dollars, put in as float.',
  },
  customer_withdrawing: {
    asset: ASSETS.USD,
    normal: 'credit',
    owner: 'user',
    guarded: true,
    shards: 1,
    means: 'Dollars of the customer that have left the broker and are not USDC yet.',
  },
  customer_outgoing: {
    asset: ASSETS.USDC,
    normal: 'credit',
    owner: 'user',
    guarded: true,
    shards: 1,
    means: 'USDC of the customer on its way to the address of a withdrawal.',
  },
  treasury_wallet: {
    asset: ASSETS.USDC,
    normal: 'debit',
    owner: 'treasury_wallet',
    guarded: false,
    shards: SHARED,
    means: 'USDC in our own Circle wallet on one chain, which pays withdrawals.',
  },
  on_ramp_in_transit: {
    asset: ASSETS.USDC,
    normal: 'debit',
    owner: 'nothing',
    guarded: false,
    shards: SHARED,
    means: 'USDC on its way from Circle Mint to our treasury wallets.',
  },
  circle_out_transit: {
    asset: ASSETS.USDC,
    normal: 'debit',
    owner: 'nothing',
    guarded: false,
    shards: SHARED,
    means: 'USDC on its way from our treasury wallets to addresses outside.',
  },
  wires_in_flight: {
    asset: ASSETS.USD,
    normal: 'debit',
    owner: 'nothing',
    guarded: false,
    shards: SHARED,
    means: 'Dollars of ours in wires between Circle Mint and Alpaca.',
  },
  company_fees: {
    asset: ASSETS.USD,
    normal: 'credit',
    owner: 'nothing',
    guarded: false,
    shards: SHARED,
    means: 'Fees that customers have paid us.',
  },
  company_float_usdc: {
    asset: ASSETS.USDC,
    normal: 'credit',
    owner: 'nothing',
    guarded: false,
    shards: SHARED,
    means: 'Our own USDC, in the treasury wallets.',
  },
  reconciliation_suspense_usd: {
    asset: ASSETS.USD,
    normal: 'credit',
    owner: 'nothing',
    guarded: false,
    shards: SHARED,
    means: 'Dollars that reconciliation found and could not explain yet.',
  },
  reconciliation_suspense_usdc: {
    asset: ASSETS.USDC,
    normal: 'credit',
    owner: 'nothing',
    guarded: false,
    shards: SHARED,
    means: 'USDC that reconciliation found and could not explain yet.',
  },
} as const satisfies Record<string, AccountKind>;

export type AccountKindName = keyof typeof CHART;

/** One line of a ledger transaction. `amount` is a signed integer of smallest units as text: debit positive. */
export interface Posting {
  readonly account: AccountKindName;
  /** Id of the user, wallet or treasury wallet that owns the account; absent for shared accounts. */
  readonly owner?: string;
  readonly amount: string;
}

/** The two postings that move `units` within one asset from one account to another. */
export function move(
  units: bigint,
  debit: Omit<Posting, 'amount'>,
  credit: Omit<Posting, 'amount'>,
): [Posting, Posting] {
  return [
    { ...debit, amount: units.toString() },
    { ...credit, amount: (-units).toString() },
  ];
}
