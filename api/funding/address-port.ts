/** What the API asks of the address book; the workflow behind it is wired in by server.ts. */

import type { Refusal } from '../../domain/funding/address-facts.ts';
import type { CheckedAddress } from '../../domain/funding/address-rules.ts';
import type { Chain } from '../../domain/funding/chain.ts';

export interface AddressPort {
  /**
   * Takes an address whose form is right into the book. Idempotent by `operationId`, which becomes its id.
   * @returns why it was not taken; undefined when it was.
   */
  add(request: {
    readonly userId: string;
    readonly operationId: string;
    readonly chain: Chain;
    readonly label: string;
    readonly checked: CheckedAddress;
  }): Promise<Refusal | undefined>;
  /** Removes an address of the user; false when there is none. Removing twice is fine. */
  remove(userId: string, addressId: string): Promise<boolean>;
}
