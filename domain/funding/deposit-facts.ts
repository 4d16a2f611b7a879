/** What the database answers about a deposit after each step: all that the next step needs to know. */
import type { WaitWords } from '../lifecycle.ts';
import type { Chain } from './chain.ts';
import { type DepositState, depositLifecycle } from './deposit.ts';
import type { DepositPolicy } from './deposit-policy.ts';
import { DEPOSIT_WAITS, type DepositWait } from './deposit-waits.ts';

/** A refund to the sender that was decided and is not finished. */
interface RefundFacts {
  /** USDC, decimal string. */
  readonly usdc: string;
  /** The wallet that sends it: the customer's, or our treasury wallet of the chain once it was converted. */
  readonly circle_wallet_id: string;
  readonly destination: string;
  /** Circle's id of the transfer; null until Circle has accepted it. */
  readonly reference: string | null;
}

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
  /** How often a refund was decided; the number is part of the transfer's name. */
  readonly refund_attempt: number;
  readonly refund: RefundFacts | null;
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

/**
 * What a deposit says of itself: the state's sentence, and where the state lasts longer than usual the
 * reason's. A reason that is not known, because a newer version wrote it, says nothing.
 */
export function depositWords(
  status: DepositState,
  waitingFor: string | null,
): { readonly customer: string; readonly support: string; readonly waitsFor: string } {
  const { customer, support, waitsFor } = depositLifecycle.states[status];
  if (waitingFor === null || !(waitingFor in DEPOSIT_WAITS)) return { customer, support, waitsFor };
  const wait: WaitWords & { readonly customer: string } = DEPOSIT_WAITS[waitingFor as DepositWait];
  if (wait.alone) return wait;
  return {
    customer: `${customer} ${wait.customer}`,
    support: `${support} ${wait.support}`,
    waitsFor: wait.waitsFor,
  };
}
