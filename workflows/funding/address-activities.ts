/** The activities of an address with their options and the lines that the Temporal Web UI shows beside them. */
import type { AddressActivities } from '../../activities/funding/address.ts';
import { databaseSteps, providerCalls } from '../runtime/proxies.ts';

export const database = databaseSteps<Omit<AddressActivities, 'checkAddressAtCircle'>>({
  recordAddressAdded: 'Take the address into the book, and screen it',
  readAddress: 'Read where the address stands',
  recordAddressChecked: 'Write down what Circle says about the address',
  recordAddressCooledDown: 'The waiting time is over: screen it again and make it usable',
  reportAddressUnchecked: 'Tell a person that Circle does not answer',
  recordAddressDecision: 'Write down what a person decided',
});

/** The question to Circle; one that finds no answer in time is asked again later. */
export function questions(giveUpAfterSeconds: number) {
  return providerCalls<Pick<AddressActivities, 'checkAddressAtCircle'>>(giveUpAfterSeconds, {
    checkAddressAtCircle: 'Circle: does it take the address?',
  });
}
