/** The steps of an entry of the address book, and the question to Circle whether it takes the address. */
import * as steps from '../../db/funding/address-steps.ts';
import { type AddressState, addressLifecycle } from '../../domain/funding/address.ts';
import type { AddressFacts } from '../../domain/funding/address-facts.ts';
import type { Chain } from '../../domain/funding/chain.ts';
import type { ReviewDecision } from '../../domain/platform/review.ts';
import type { AddAddress, AddAnswer } from '../../workflows/funding/address-messages.ts';
import { withFailures } from '../failure.ts';
import type { ActivityPorts } from '../ports.ts';

/** Which address. */
export interface AddressStep {
  readonly address_id: string;
}

const noticeOf = (state: AddressState) => ({
  kind: `address.${state}`,
  body: addressLifecycle.states[state].customer,
});

/** Steps and calls as activities. */
export function createAddressActivities({ database, circle }: Pick<ActivityPorts, 'database' | 'circle'>) {
  return withFailures({
    /** Takes an address into the book, or says why not. */
    recordAddressAdded: ({ address_id, ...address }: AddressStep & AddAddress): Promise<AddAnswer> =>
      steps.addressAdded(database, address_id, { ...address, notice: noticeOf('cooling_down').body }),

    /** Where the address stands. */
    readAddress: ({ address_id }: AddressStep): Promise<AddressFacts> =>
      steps.addressRead(database, address_id),

    /** Writes down what Circle said; an address that it does not take is blocked. */
    recordAddressChecked: (answer: AddressStep & { readonly valid: boolean }): Promise<AddressFacts> =>
      steps.addressChecked(database, answer.address_id, { valid: answer.valid, notice: noticeOf('blocked') }),

    /** The waiting time is over: usable, unless a list has the address by now. */
    recordAddressCooledDown: ({ address_id }: AddressStep): Promise<AddressFacts> =>
      steps.addressCooledDown(database, address_id, { notice: noticeOf('active') }),

    /** Tells a person that Circle does not answer. */
    reportAddressUnchecked: (
      input: AddressStep & { readonly detail: string; readonly due_seconds: number },
    ): Promise<AddressFacts> => {
      const { address_id, detail, due_seconds } = input;
      return steps.addressNote(database, address_id, {
        review: { reason: 'address_unchecked', detail, due_seconds },
      });
    },

    /** Takes what a person decided about a blocked address. */
    recordAddressDecision: (
      input: AddressStep & { readonly decision: ReviewDecision },
    ): Promise<{ readonly accepted: boolean; readonly facts: AddressFacts }> =>
      steps.addressDecided(database, input.address_id, input.decision),

    /** Asks Circle whether it takes the address; changes nothing there. */
    checkAddressAtCircle: async (input: {
      readonly chain: Chain;
      readonly address: string;
    }): Promise<{ readonly valid: boolean }> => ({ valid: await circle.validateAddress(input) }),
  });
}

export type AddressActivities = ReturnType<typeof createAddressActivities>;
