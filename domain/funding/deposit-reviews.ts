/** Why a person is asked about a deposit, and what they can decide then. */
import type { ReviewRule, ReviewRules } from '../platform/review.ts';

const SENDER = 'How we know that the sender takes the money back at the address that it came from.';
const MINT_CREDIT = { mint_transfer_id: "Mint's id of the transfer that it credited." };
const JOURNAL = { journal_id: "Alpaca's id of the journal that it executed." };

/** Nothing is under way: the step can be taken again, or the money goes back. */
function again(asks: string): ReviewRule {
  return { asks, decisions: ['retry', 'refund'], evidence: { refund: { sender_confirmed: SENDER } } };
}

export const DEPOSIT_REVIEWS: ReviewRules = {
  confirmation_overdue: {
    asks: 'Look the transfer up on chain and at Circle; ask Circle when it is final there.',
    decisions: ['close'],
  },
  off_ramp_refused: again('Read why Circle refused the transfer to Mint, and settle it.'),
  off_ramp_defect: again('Our own request was wrong: have it corrected before it is taken again.'),
  off_ramp_failed: again('Find out why Circle cannot send from this wallet.'),
  off_ramp_canceled: again('Find out who canceled the transfer at Circle.'),
  off_ramp_denied: again("Ask compliance: Circle's screening denied the transfer."),
  off_ramp_unclear: {
    asks: 'Look at Circle whether the transfer exists; retry looks it up before it sends anything.',
    decisions: ['retry'],
  },
  off_ramp_stuck: {
    asks: 'Circle did not accelerate the transfer: raise its fee or cancel it at Circle.',
    decisions: ['close', 'force_complete'],
    evidence: { force_complete: MINT_CREDIT },
  },
  mint_credit_overdue: {
    asks: 'Ask Circle where the transfer to Mint is; its hash is in the operations.',
    decisions: ['close', 'force_complete'],
    evidence: { force_complete: MINT_CREDIT },
  },
  mint_transfer_failed: {
    asks: 'Ask Circle what became of the USDC; retry waits for Mint again.',
    decisions: ['retry', 'force_complete'],
    evidence: { force_complete: MINT_CREDIT },
  },
  mint_amount_mismatch: {
    asks: "Compare Mint's credit with the chain; retry waits for a corrected one.",
    decisions: ['retry'],
  },
  journal_unclear: {
    asks: 'Look at Alpaca whether the journal exists; retry looks it up before it asks for anything.',
    decisions: ['retry', 'force_complete'],
    evidence: { force_complete: JOURNAL },
  },
  journal_overdue: {
    asks: 'Ask Alpaca why the journal is not executed.',
    decisions: ['close', 'force_complete'],
    evidence: { force_complete: JOURNAL },
  },
  journal_corrected: {
    asks: 'Ask Alpaca why it took the money back: retry journals it again, refund sends USDC to the sender.',
    decisions: ['retry', 'refund'],
    evidence: { refund: { sender_confirmed: SENDER } },
  },
  'journal_*': again('Ask Alpaca why the journal was not executed, and settle it.'),
  refund_unclear: {
    asks: 'Look at Circle whether the refund exists; retry looks it up before it sends anything.',
    decisions: ['retry'],
  },
  refund_defect: {
    asks: 'Our own request for the refund was wrong: have it corrected, then say retry.',
    decisions: ['retry'],
  },
  refund_stuck: {
    asks: 'Circle did not accelerate the refund: raise its fee or cancel it at Circle.',
    decisions: ['close'],
  },
  refund_overdue: {
    asks: 'Ask Circle where the refund is; its reference is in the operations.',
    decisions: ['close'],
  },
  'refund_*': {
    asks: 'The refund did not go out: refund sends it anew, retry gives it up and lets the deposit go on.',
    decisions: ['retry', 'refund'],
    evidence: { refund: { sender_confirmed: SENDER } },
  },
  reorganised: {
    asks: 'Find out with Circle what the chain took back, and agree with the customer on what is owed.',
    decisions: ['close'],
  },
  reorganisation_unclear: {
    asks: 'Circle reported the transfer as undone and does not answer: look it up on chain.',
    decisions: ['close'],
  },
  paused_long: {
    asks: 'Staff stopped this rail long ago: switch it on again, or tell the customer.',
    decisions: ['close'],
  },
  defect: {
    asks: 'A step cannot be recorded: have the cause corrected, then say retry.',
    decisions: ['retry'],
  },
};
