/** What the API can refuse about withdrawals and their addresses; a part of the table in domain/problem.ts. */
import type { ProblemSpec } from '../problem.ts';

export const WITHDRAWAL_PROBLEMS = {
  insufficient_funds: {
    status: 409,
    title: 'Not enough settled cash',
    retry: 'corrected',
    customer: 'There is not enough money in your balance for this.',
    meaning: 'Only settled cash that nothing holds can leave; `figures` says how much that is.',
  },
  limit_exceeded: {
    status: 409,
    title: 'A limit is reached',
    retry: 'later',
    customer: 'This is more than can be withdrawn at the moment.',
    meaning: '`figures` names the limit, what is left of it, and in `resets_at` when this amount fits again.',
  },
  receivable_open: {
    status: 409,
    title: 'Something is owed first',
    retry: 'later',
    customer: 'A deposit of yours was taken back. Please settle that before you withdraw.',
    meaning: 'The broker took back a deposit whose money was spent; withdrawals wait until that is paid.',
  },
  address_not_usable: {
    status: 409,
    title: 'The address cannot be used',
    retry: 'corrected',
    customer: 'This address cannot be used.',
    meaning: 'A new address rests until `figures.usable_at`; a blocked one cannot be used at all.',
  },
  address_exists: {
    status: 409,
    title: 'The address is in the address book already',
    retry: 'never',
    customer: 'This address is in your address book already.',
    meaning: '`figures.address_id` names the entry.',
  },
  withdrawal_under_way: {
    status: 409,
    title: 'The withdrawal cannot be canceled any more',
    retry: 'never',
    customer: 'This withdrawal is under way and cannot be canceled any more.',
    meaning: 'A company has been asked to move the money; the detail says how far it is.',
  },
  withdrawal_over: {
    status: 409,
    title: 'The withdrawal has ended',
    retry: 'never',
    customer: 'This withdrawal has ended already.',
    meaning: 'Nothing is left to cancel.',
  },
  approval_refused: {
    status: 409,
    title: 'You cannot decide about this withdrawal',
    retry: 'never',
    customer: 'You cannot decide about this.',
    meaning: 'Two different members of staff approve, neither of them the customer, each once.',
  },
  approval_not_open: {
    status: 409,
    title: 'The withdrawal does not wait for an approval',
    retry: 'never',
    customer: 'This was decided already.',
    meaning: 'It was approved, rejected or canceled, or its time for approvals is over.',
  },
  address_refused: {
    status: 422,
    title: 'Money cannot be sent to this address',
    retry: 'corrected',
    customer: 'Money cannot be sent to this address. Please check it.',
    meaning:
      'Wrong form or checksum, a contract, an address of ours, or too many addresses; the detail says which.',
  },
  amount_out_of_range: {
    status: 422,
    title: 'The amount is too small or too large',
    retry: 'corrected',
    customer: 'This amount is too small or too large.',
    meaning:
      '`figures` has the least and the most of one withdrawal, and the fee that the amount must exceed.',
  },
  beneficiary_required: {
    status: 422,
    title: 'Whose address is it?',
    retry: 'corrected',
    customer: 'Please tell us who receives this money.',
    meaning: 'From `figures.from_usd` on the travel rule wants `beneficiary`.',
  },
  quote_not_valid: {
    status: 422,
    title: 'The quote does not hold',
    retry: 'corrected',
    customer: 'This price is not valid any more. Please look at the new one.',
    meaning: 'The quote has expired, or is of another customer, amount or chain. Ask for a new one.',
  },
  withdrawals_paused: {
    status: 503,
    title: 'Withdrawals are stopped for the moment',
    retry: 'later',
    customer: 'Withdrawals are not possible for the moment. Your money is safe. Please try again later.',
    meaning:
      'Our people have stopped withdrawals, this chain, or a company that they need. Nothing was done.',
  },
} as const satisfies Record<string, ProblemSpec>;
