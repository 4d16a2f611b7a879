/** What the database answers about a wire after each step, and the words for why a state lasts. */
import type { Chain } from './chain.ts';
import type { TreasuryPolicy } from './treasury-policy.ts';
import { type WireKind, type WireState, wireLifecycle } from './wire.ts';

/** Why a state lasts longer than usual; null when all is usual. */
const WIRE_WAITS = ['bank_hours', 'bank_link', 'paused', 'answer', 'review'] as const;
export type WireWait = (typeof WIRE_WAITS)[number];

export interface WireFacts {
  readonly status: WireState;
  readonly kind: WireKind;
  /** Null for a bank wire. */
  readonly chain: Chain | null;
  /** Dollars or USDC, whole cents, decimal string. */
  readonly amount_usd: string;
  /** Why the treasury or a person wanted it. */
  readonly reason: string;
  /** The number under which the order is sent; a new one only after a clear refusal. */
  readonly attempt: number;
  /** The sending company's id of the order. */
  readonly provider_ref: string | null;
  /** What the sending bank wrote on it, by which the other end knows it. */
  readonly tracking_ref: string | null;
  /** The receiving company's id of what arrived. */
  readonly arrival_ref: string | null;
  readonly waiting_for: WireWait | null;
  /** What staff have stopped that the next call needs, with their reasons; null when all is open. */
  readonly paused_by: string | null;
  /** An order was sent and its outcome is not known: it is looked up before it is sent again. */
  readonly unclear: boolean;
  readonly approvals_needed: number;
  readonly approvals: number;
  readonly approval_expires_at: string | null;
  /** The database's clock when it answered; RFC 3339. */
  readonly now: string;
  /** When it arrived at the state in which it stands; RFC 3339. */
  readonly since: string;
  /** When the sender took the order; RFC 3339. */
  readonly initiated_at: string | null;
  /** When it is expected at the other end; RFC 3339. */
  readonly expected_at: string | null;
  /** Ids at the companies, for those who search. */
  readonly references: readonly string[];
  /** Our treasury wallet on that chain, as Circle knows it; null for bank wires. */
  readonly circle_wallet_id: string | null;
  readonly treasury_wallet_id: string | null;
  /** The entry of Mint's address book that stands for that wallet. */
  readonly mint_recipient_id: string | null;
  /** Our deposit address at Mint on that chain. */
  readonly mint_address: string | null;
}

/** The first answer also says which rules the wire lives under. */
export interface OpenedWire extends WireFacts {
  readonly policy: TreasuryPolicy;
}

interface WaitWords {
  readonly support: string;
  readonly waitsFor: string;
  /** What happens by itself, in one sentence. */
  readonly next: string;
}

/** What to say for each reason to wait. */
export const WIRE_WAIT_WORDS: Readonly<Record<WireWait, WaitWords>> = {
  bank_hours: {
    support: 'US banks are closed or past their cut-off. It is sent when they open.',
    waitsFor: 'bank',
    next: 'It is ordered when the banks open; the row says when.',
  },
  bank_link: {
    support: 'The receiving bank account is not linked yet at the sending company.',
    waitsFor: 'bank',
    next: 'The link is asked for again after a while.',
  },
  paused: {
    support: 'Paused by staff. It goes on by itself when the switch is on again.',
    waitsFor: 'support',
    next: 'It is ordered when the switch is on again.',
  },
  answer: {
    support: "The sending company's answer was unclear. We look the order up before anything is sent again.",
    waitsFor: 'broker',
    next: 'The order is looked up, and sent again only when the company certainly does not have it.',
  },
  review: {
    support: 'A review is open: somebody must decide how it goes on.',
    waitsFor: 'support',
    next: 'Nothing, until somebody has decided.',
  },
};

/** What a wire says of itself to our own people. A reason that is not known says nothing. */
export function wireWords(
  status: WireState,
  waitingFor: string | null,
): { readonly support: string; readonly waitsFor: string } {
  const { support, waitsFor } = wireLifecycle.states[status];
  const known = WIRE_WAITS.find((wait) => wait === waitingFor);
  if (known === undefined) return { support, waitsFor };
  return {
    support: `${support} ${WIRE_WAIT_WORDS[known].support}`,
    waitsFor: WIRE_WAIT_WORDS[known].waitsFor,
  };
}
