/** What the database answers about a deposit after each step: all that the next step needs to know. */
import type { WaitsFor } from '../lifecycle.ts';
import type { Chain } from './chain.ts';
import { type DepositState, depositLifecycle } from './deposit.ts';
import type { DepositPolicy } from './deposit-policy.ts';

/** Why a state lasts longer than usual; null when all is usual. */
const DEPOSIT_WAITS = [
  'float',
  'account',
  'broker_approval',
  'next_deposit',
  'carrier',
  'circle_stuck',
  'circle_answer',
  'mint_answer',
  'broker_answer',
  'paused',
  'review',
] as const;
export type DepositWait = (typeof DEPOSIT_WAITS)[number];

export interface DepositFacts {
  readonly status: DepositState;
  readonly user_id: string;
  readonly wallet_id: string;
  readonly chain: Chain;
  readonly amount_stablecoin: string;
  /** Null until the transfer is final. */
  readonly amount_usd: string | null;
  readonly off_ramp_attempt: number;
  readonly journal_attempt: number;
  readonly circle_transfer_ref: string | null;
  readonly broker_journal_ref: string | null;
  /** Alpaca's last word about that journal, where one is on record and the journal is still awaited. */
  readonly journal_state: string | null;
  /** Ids at the companies and hashes on chain, for those who search. */
  readonly references: readonly string[];
  readonly waiting_for: DepositWait | null;
  /** What staff have stopped that the next provider call needs, with their reasons; null when all is open. */
  readonly paused_by: string | null;
  /** An effect was asked for and its outcome is not known: it is looked up before it is asked for again. */
  readonly unclear: boolean;
  /** When the deposit came to stand where it stands; RFC 3339. */
  readonly since: string;
  readonly circle_wallet_id: string;
  /** Null while the customer's account at the broker is not there yet. */
  readonly alpaca_account_id: string | null;
  /** Null while the chain's deposit address at Mint is not there yet. */
  readonly mint_address: string | null;
}

/** The first answer also says which rules the deposit lives under. */
export interface OpenedDeposit extends DepositFacts {
  readonly policy: DepositPolicy;
}

interface WaitSpec {
  readonly customer: string;
  readonly support: string;
  readonly waitsFor: WaitsFor | 'treasury';
  /** The state's own sentence would be wrong here: this one stands alone. */
  readonly alone?: true;
}

/** What to say for each reason to wait. */
const WAITS: Readonly<Record<DepositWait, WaitSpec>> = {
  float: {
    customer: 'This takes a little longer than usual; nothing is needed from you.',
    support:
      'Our firm account at Alpaca has too little float. The journal is tried again when the treasury has refilled it.',
    waitsFor: 'treasury',
  },
  account: {
    customer: 'The dollars move on as soon as your brokerage account is open.',
    support: 'The customer has no active account at Alpaca yet. The journal follows when KYC is approved.',
    waitsFor: 'customer',
  },
  broker_approval: {
    customer: 'Our broker is checking this transfer. It usually takes until the next business day.',
    support: 'Alpaca holds the journal as pending. Somebody at Alpaca must approve it, or the next day does.',
    waitsFor: 'broker',
  },
  next_deposit: {
    customer: 'It has arrived. Amounts below one cent wait here and join your next deposit on this network.',
    support:
      'Less than one cent: it stays in the wallet and joins the next deposit of this customer on this chain.',
    waitsFor: 'customer',
    alone: true,
  },
  carrier: {
    customer: 'This amount below one cent is on its way together with a later deposit.',
    support: 'The dust of this deposit travels with the deposit in carried_by_id.',
    waitsFor: 'nobody',
    alone: true,
  },
  circle_stuck: {
    customer: 'The network is busy; your transfer takes longer than usual.',
    support: 'Circle says STUCK: the network fee was too low. We asked Circle to accelerate it.',
    waitsFor: 'circle',
  },
  circle_answer: {
    customer: 'We are checking with our payment partner.',
    support: "Circle's answer to our transfer was unclear. We look it up before anything is tried again.",
    waitsFor: 'circle',
  },
  mint_answer: {
    customer: 'We are checking with our payment partner.',
    support: 'Mint has not said yet whether it credited the transfer. We look it up.',
    waitsFor: 'circle',
  },
  broker_answer: {
    customer: 'We are checking with our broker.',
    support: "Alpaca's answer to our journal was unclear. We look it up before anything is tried again.",
    waitsFor: 'broker',
  },
  paused: {
    customer:
      'We have stopped transfers of this kind for a moment. Your money is safe and goes on by itself.',
    support: 'Paused by staff. The deposit goes on by itself when the switch is on again.',
    waitsFor: 'support',
  },
  review: {
    customer: 'One of our people is looking at this deposit.',
    support: 'A review is open: somebody must decide how it goes on.',
    waitsFor: 'support',
  },
};

/**
 * What a deposit says of itself: the state's sentence, and where the state lasts longer than usual the
 * reason's. A reason that is not known, because a newer version wrote it, says nothing.
 */
export function depositWords(
  status: DepositState,
  waitingFor: string | null,
): { readonly customer: string; readonly support: string; readonly waitsFor: string } {
  const { customer, support, waitsFor } = depositLifecycle.states[status];
  const known = DEPOSIT_WAITS.find((wait) => wait === waitingFor);
  if (known === undefined) return { customer, support, waitsFor };
  const wait = WAITS[known];
  if (wait.alone) return wait;
  return {
    customer: `${customer} ${wait.customer}`,
    support: `${support} ${wait.support}`,
    waitsFor: wait.waitsFor,
  };
}
