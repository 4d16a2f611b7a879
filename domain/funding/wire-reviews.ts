/** Why a person is asked about a wire, and what they can decide then. */
import type { ReviewRules } from '../platform/review.ts';

const ARRIVAL = { arrival_ref: "The receiving company's id of what arrived." };

export const WIRE_REVIEWS: ReviewRules = {
  wire_approval: {
    asks: 'Compare amount and reason with the floats, then approve or reject the wire itself.',
    decisions: ['reject'],
  },
  wire_refused: {
    asks: 'Read why the sending company refused the order, settle it, then send it again or call it off.',
    decisions: ['retry', 'reject'],
  },
  wire_defect: {
    asks: 'Our own request was wrong: have it corrected, then let it go on or call it off.',
    decisions: ['retry', 'reject', 'close'],
  },
  wire_unclear: {
    asks: 'Look at the sending company whether the order exists; retry looks it up before anything is sent.',
    decisions: ['retry'],
  },
  wire_overdue: {
    asks: 'Ask both companies where the wire is; the tracking reference is in its row.',
    decisions: ['close', 'force_complete'],
    evidence: { force_complete: ARRIVAL },
  },
  wire_unknown_word: {
    asks: 'The company used a word that we do not know: ask what it means.',
    decisions: ['close', 'force_complete'],
    evidence: { force_complete: ARRIVAL },
  },
  wire_bank_link: {
    asks: 'Have the bank account linked at Circle and Alpaca; the wire goes on by itself.',
    decisions: ['close'],
  },
  wire_paused_long: {
    asks: 'Find out whether the switch must stay off; the wire goes on by itself when it is on.',
    decisions: ['close'],
  },
  wire_returned: {
    asks: 'Find out why the bank sent it back before the next one goes; nothing else is to be done.',
    decisions: ['close'],
  },
  wire_returned_late: {
    asks: 'It came back after it had arrived: ask whether the other end lost it, then clear the suspense account.',
    decisions: ['close'],
  },
};
