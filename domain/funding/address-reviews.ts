/** Why a person is asked about an address, and what they can decide then. */
import type { ReviewRules } from '../platform/review.ts';
import { SANCTIONS_REVIEW } from './sanctions.ts';

export const ADDRESS_REVIEWS: ReviewRules = {
  [SANCTIONS_REVIEW]: {
    asks:
      'Compare the entry of the list with the address. Retry screens it again: import the corrected list first. ' +
      'Close leaves it blocked. Report a true hit as the law wants it, and tell the customer nothing.',
    decisions: ['retry', 'close'],
  },
  address_unchecked: {
    asks: 'Circle does not say whether it takes the address: find out why. It is asked again by itself.',
    decisions: ['close'],
  },
};
