/** What the database answers about a withdrawal after each step, and why a state of it may last. */
import type { WaitsFor } from '../lifecycle.ts';
import type { Chain } from './chain.ts';
import { type WithdrawalState, withdrawalLifecycle } from './withdrawal.ts';
import type { WithdrawalPolicy } from './withdrawal-rules.ts';

/** Why a state lasts longer than usual; null when all is usual. */
const WITHDRAWAL_WAITS = [
  'paused',
  'account',
  'wallet',
  'broker_approval',
  'broker_answer',
  'broker_float',
  'mint_answer',
  'mint_float',
  'circle_answer',
  'circle_stuck',
  'treasury_float',
  'refund',
  'review',
] as const;
export type WithdrawalWait = (typeof WITHDRAWAL_WAITS)[number];

/** A company's word about one of its records. */
export interface ProviderWord {
  readonly state: string;
  readonly reference: string;
  readonly tx_hash?: string;
  readonly error_reason?: string;
}

export interface WithdrawalFacts {
  readonly status: WithdrawalState;
  readonly user_id: string;
  readonly chain: Chain;
  readonly destination_address: string;
  /** What leaves the balance. */
  readonly amount_usd: string;
  readonly fee_usd: string;
  /** What arrives, in USDC. */
  readonly net_usd: string;
  readonly waiting_for: WithdrawalWait | null;
  /** Set once the way back has been decided. */
  readonly refund_reason: string | null;
  /** A journal that the broker took back after it had executed, and that was not made again. */
  readonly owed_journal: 'journal' | 'refund' | null;
  /** Alpaca's id of the journal that is made again in its place, once it is known. */
  readonly repeat_ref: string | null;
  readonly journal_attempt: number;
  readonly on_ramp_attempt: number;
  readonly transfer_attempt: number;
  readonly refund_attempt: number;
  readonly broker_withdrawal_ref: string | null;
  readonly circle_on_ramp_ref: string | null;
  readonly circle_transfer_ref: string | null;
  readonly refund_ref: string | null;
  readonly tx_hash: string | null;
  /** What the companies said before we knew whose record it was. */
  readonly journal_word: ProviderWord | null;
  readonly on_ramp_word: ProviderWord | null;
  /** Ids at the companies and hashes on chain, for those who search. */
  readonly references: readonly string[];
  /** When the withdrawal came to stand where it stands; RFC 3339. */
  readonly since: string;
  readonly approval_expires_at: string | null;
  /** Until then, as the database's clock sees it. */
  readonly approval_left_seconds: number | null;
  /** What staff have stopped that the next provider call needs, with their reasons; null when all is open. */
  readonly paused_by: string | null;
  /** The sanctions list that the address stands on by now. */
  readonly sanctions_hit: string | null;
  /** Steps whose outcome is not known: they are looked up before they are asked for again. */
  readonly unclear: readonly string[];
  readonly alpaca_account_id: string | null;
  /** Null until provider set-up has made the wallet of the chain. */
  readonly treasury_wallet: {
    readonly id: string;
    readonly circle_wallet_id: string;
    /** Null until the wallet stands in Mint's address book. */
    readonly mint_recipient_id: string | null;
  } | null;
}

/** The first answer also says which rules the withdrawal lives under. */
export interface OpenedWithdrawal extends WithdrawalFacts {
  readonly policy: WithdrawalPolicy;
}

interface WaitSpec {
  readonly customer: string;
  readonly support: string;
  readonly waitsFor: WaitsFor | 'treasury';
  /** What happens next by itself. */
  readonly next?: string;
  /** Who can act, and how. */
  readonly act?: string;
}

const LONGER = 'This takes a little longer than usual; nothing is needed from you.';

/** What to say for each reason to wait. */
export const WITHDRAWAL_WAIT_WORDS: Readonly<Record<WithdrawalWait, WaitSpec>> = {
  paused: {
    customer: 'We have stopped transfers of this kind for a moment. Your money is safe.',
    support: 'Paused by staff. The withdrawal goes on by itself when the switch is on again.',
    waitsFor: 'support',
    next: 'It goes on when staff switch on again what they have stopped.',
    act: 'Support or admin: switch it on again, or cancel the withdrawal.',
  },
  account: {
    customer: LONGER,
    support: 'The customer has no account at Alpaca that the dollars could leave.',
    waitsFor: 'broker',
    next: 'We look again whether there is an account.',
    act: 'Support: find out why the account is missing, or cancel the withdrawal.',
  },
  wallet: {
    customer: LONGER,
    support:
      'Our treasury wallet on this chain is not set up at Circle, or not in the address book of Mint yet.',
    waitsFor: 'treasury',
    next: 'We look again whether the wallet is set up.',
    act: 'Treasury: finish the set-up of the wallet, or refund the withdrawal.',
  },
  broker_approval: {
    customer: 'Our broker is checking this transfer. It usually takes until the next business day.',
    support: 'Alpaca holds the journal as pending. Somebody at Alpaca must approve it, or the next day does.',
    waitsFor: 'broker',
    next: 'Alpaca executes the journal, at the latest on the next business day.',
    act: 'Alpaca: approve the journal. The customer can still cancel.',
  },
  broker_answer: {
    customer: 'We are checking with our broker.',
    support: "Alpaca's answer to our journal was unclear. We look it up before anything is tried again.",
    waitsFor: 'broker',
    next: 'The journal is looked up, and asked for again under the same key if Alpaca does not have it.',
  },
  broker_float: {
    customer: LONGER,
    support: 'Our firm account at Alpaca has too little cash for the journal back to the customer.',
    waitsFor: 'treasury',
    next: 'The journal is tried again when the treasury has refilled the firm account.',
    act: 'Treasury: wire dollars to the firm account at Alpaca.',
  },
  mint_answer: {
    customer: 'We are checking with our payment partner.',
    support: "Mint's answer to our transfer was unclear. We ask again under the same key, which finds it.",
    waitsFor: 'circle',
    next: 'Mint is asked again under the same key, and answers with the transfer if it has it.',
  },
  mint_float: {
    customer: LONGER,
    support:
      'Our account at Circle Mint has too few dollars. The transfer is tried again when there are enough.',
    waitsFor: 'treasury',
    next: 'The transfer is tried again when the treasury has refilled Mint.',
    act: 'Treasury: wire dollars to Circle Mint, or refund the withdrawal.',
  },
  circle_answer: {
    customer: 'We are checking with our payment partner.',
    support: "Circle's answer to our transfer was unclear. We look it up before anything is tried again.",
    waitsFor: 'circle',
    next: 'The transfer is looked up, and sent under the same key if Circle does not have it.',
  },
  circle_stuck: {
    customer: 'The network is busy; your transfer takes longer than usual.',
    support: 'Circle says STUCK: the network fee was too low. We asked Circle to accelerate it.',
    waitsFor: 'circle',
    next: 'Circle sends the transfer with a higher fee.',
  },
  treasury_float: {
    customer: LONGER,
    support:
      'Our treasury wallet on this chain holds too little USDC. The transfer is tried again when there is enough.',
    waitsFor: 'treasury',
    next: 'The transfer is tried again when the treasury has refilled the wallet.',
    act: 'Treasury: send USDC to the treasury wallet of this chain, or refund the withdrawal.',
  },
  refund: {
    customer: 'It could not be finished; the money is on its way back to your balance.',
    support:
      'The way back: a journal from our firm account brings the dollars back to the customer account at Alpaca.',
    waitsFor: 'broker',
    next: 'Alpaca executes the journal back; then the money, the fee included, is in the balance again.',
  },
  review: {
    customer: 'One of our people is looking at this withdrawal.',
    support: 'A review is open: somebody must decide how it goes on.',
    waitsFor: 'support',
    act: 'Support: decide the open review.',
  },
};

/**
 * What a withdrawal says of itself: the state's sentence, and where the state lasts longer than usual the
 * reason's. A reason that is not known, because a newer version wrote it, says nothing.
 */
export function withdrawalWords(
  status: WithdrawalState,
  waitingFor: string | null,
): { readonly customer: string; readonly support: string; readonly waitsFor: string } {
  const { customer, support, waitsFor } = withdrawalLifecycle.states[status];
  const known = WITHDRAWAL_WAITS.find((wait) => wait === waitingFor);
  if (known === undefined) return { customer, support, waitsFor };
  const wait = WITHDRAWAL_WAIT_WORDS[known];
  return {
    customer: `${customer} ${wait.customer}`,
    support: `${support} ${wait.support}`,
    waitsFor: wait.waitsFor,
  };
}
