/** What people can decide about a withdrawal, by the reason of the review. */
import type { ReviewRules } from '../platform/review.ts';

const JOURNAL_EVIDENCE = {
  alpaca_journal_id: "Id of the executed journal in Alpaca's list.",
};

const NEVER_MADE = {
  company_answer:
    'Number of the case at the company, or the day of its answer, that nothing of this was ever taken.',
};

export const WITHDRAWAL_REVIEWS: ReviewRules = {
  sanctions_hit: {
    asks:
      'Compare the hit with the customer and the address. Retry lets the money go out; refund brings it back. Where ' +
      'nobody knows whether the money has moved, force_fail comes before a refund.',
    decisions: ['retry', 'refund', 'force_fail'],
    evidence: { force_fail: NEVER_MADE },
  },
  'journal_unclear*': {
    asks: "Look for the journal in Alpaca's list. Retry looks it up again, and asks again only if it is not there.",
    decisions: ['retry', 'force_fail'],
    evidence: { force_fail: NEVER_MADE },
  },
  journal_corrected: {
    asks: 'The broker took an executed journal back. Find out why; retry makes it again.',
    decisions: ['retry', 'refund', 'close'],
  },
  journal_defect: {
    asks: 'Our request was wrong. Have it corrected, then retry, or give the money back.',
    decisions: ['retry', 'refund'],
  },
  journal_overdue: {
    asks: 'Ask Alpaca why the journal has not executed. The withdrawal waits on meanwhile.',
    decisions: ['close', 'force_complete'],
    evidence: { force_complete: JOURNAL_EVIDENCE },
  },
  on_ramp_unclear: {
    asks: "Look for the transfer in Mint's list. Retry asks again under the same key, which finds it.",
    decisions: ['retry'],
  },
  on_ramp_overdue: {
    asks: 'Ask Circle why the transfer to our treasury wallet is not complete. The withdrawal waits on meanwhile.',
    decisions: ['close', 'force_complete'],
    evidence: {
      force_complete: { tx_hash: 'Hash of the transaction that brought the USDC to our treasury wallet.' },
    },
  },
  transfer_unclear: {
    asks: "Look for the transfer in Circle's list. Retry looks it up again, and sends it only if it is not there.",
    decisions: ['retry', 'force_fail'],
    evidence: { force_fail: NEVER_MADE },
  },
  transfer_overdue: {
    asks: 'Look the transfer up at Circle and on chain. The withdrawal waits on meanwhile.',
    decisions: ['close', 'force_complete'],
    evidence: {
      force_complete: { tx_hash: 'Hash of the transaction that paid the address of the customer.' },
    },
  },
  transfer_stuck: {
    asks: 'Circle did not accelerate the stuck transfer. Settle it with Circle; the withdrawal waits on meanwhile.',
    decisions: ['close'],
  },
  reorganised: {
    asks: 'The chain dropped a final transfer. Make sure that it will not come back, then send anew or refund.',
    decisions: ['retry', 'refund'],
  },
  waits_long: {
    asks: 'It waits for something that we must provide. Provide it, or give the money back.',
    decisions: ['close', 'refund'],
  },
  refund_overdue: {
    asks: 'Ask Alpaca why the journal back to the customer has not executed.',
    decisions: ['close', 'force_complete'],
    evidence: { force_complete: JOURNAL_EVIDENCE },
  },
  'refund_*': {
    asks: 'The journal back to the customer did not work. Settle it with Alpaca, then retry.',
    decisions: ['retry'],
  },
  defect: {
    asks: 'A step could not be written down. Have it corrected, then retry.',
    decisions: ['retry'],
  },
  'on_ramp_*': {
    asks: 'Mint does not make the transfer. Settle it with Circle and retry, or give the money back.',
    decisions: ['retry', 'refund'],
  },
  'transfer_*': {
    asks: 'Circle does not make the transfer. Settle it with Circle and retry, or give the money back.',
    decisions: ['retry', 'refund'],
  },
};
