/** What the database answers about an entry of the address book after each step. */
import type { AddressState } from './address.ts';
import type { AddressPolicy } from './address-policy.ts';
import type { Chain } from './chain.ts';

export interface AddressFacts {
  readonly status: AddressState;
  readonly user_id: string;
  readonly chain: Chain;
  readonly address: string;
  /** Circle has said that it takes the address. */
  readonly checked: boolean;
  /** `circle` or `sanctions:<list>`; for our own people. */
  readonly blocked_reason: string | null;
  /** RFC 3339. */
  readonly usable_at: string;
  /** Until then, by the database's clock. */
  readonly seconds_left: number;
  /** What a person was asked and has not answered. */
  readonly question: string | null;
  readonly policy: AddressPolicy;
}

/** Why something was not taken: a problem code, a sentence, and figures as texts. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
  readonly figures?: Readonly<Record<string, string | null>>;
}
