/**
 * Mistakes planted in the sources of the product itself: a file is loaded with some of its text replaced, for one
 * campaign. A mistake whose place has changed fails to load, so that none of them gets lost unnoticed.
 */

export interface Mutation {
  readonly says: string;
  /** In each file what is written there, once, and what is loaded in its place. */
  readonly edits: readonly { readonly file: string; readonly find: string; readonly put: string }[];
}

const TRANSFER = 'activities/funding/withdrawal-transfer.ts';
const WITHDRAWAL = 'activities/funding/withdrawal.ts';
/** How the dollars of a refund before the on-ramp are booked back. */
const BACK_TO_CASH = "...some(net, { account: 'customer_withdrawing', owner: userId }, cash),\n    ";
const JOURNAL = 'activities/funding/withdrawal-journal.ts';
const POSTINGS = 'domain/funding/withdrawal-postings.ts';
const WISHES = 'workflows/funding/withdrawal-wishes.ts';
const BACK = 'workflows/funding/withdrawal-back.ts';
const TAKEN_BACK = 'workflows/funding/withdrawal-taken-back.ts';

export const MUTATIONS = {
  payout_under_a_new_key_each_try: {
    says: 'Each try of the payout has a key of its own, and none is looked up.',
    edits: [
      {
        file: TRANSFER,
        find: 'idempotencyKey: idempotencyKey(withdrawal_id, step),',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
        put: 'idempotencyKey: idempotencyKey(withdrawal_id, `${step}/${performance.now()}`),',
      },
      { file: TRANSFER, find: 'isRepeated() || facts.unclear.includes(step)', put: 'false' },
    ],
  },
  payout_again_after_an_unclear_answer: {
    says: 'A payout whose outcome is unclear counts as refused: it is sent under the next number.',
    edits: [
      {
        file: 'workflows/funding/withdrawal-transfer.ts',
        find: "if (kind === 'refused') {",
        put: "if (kind === 'refused' || kind === 'unclear') {",
      },
    ],
  },
  on_ramp_again_after_an_unclear_answer: {
    says: 'An on-ramp whose outcome is unclear counts as refused: Mint is asked under the next number.',
    edits: [
      {
        file: 'workflows/funding/withdrawal-on-ramp.ts',
        find: "if (kind === 'refused') {",
        put: "if (kind === 'refused' || kind === 'unclear') {",
      },
    ],
  },
  refund_journalled_twice: {
    says: 'Each try of the journal back has a key of its own, and none is looked up.',
    edits: [
      {
        file: JOURNAL,
        find: 'if (activityInfo().attempt > 1 || facts.unclear.includes(step)) {',
        put: "if (which === 'journal' && (activityInfo().attempt > 1 || facts.unclear.includes(step))) {",
      },
      {
        file: JOURNAL,
        find: 'idempotencyKey(withdrawal_id, step)',
        put: "idempotencyKey(withdrawal_id, step + (which === 'refund' ? activityInfo().attempt : ''))",
      },
    ],
  },
  hold_is_never_released: {
    says: 'What was held for a withdrawal that ended before anything moved stays held.',
    edits: [{ file: WITHDRAWAL, find: 'postings: postings.released(moneyOf(facts)),', put: 'postings: [],' }],
  },
  hold_is_released_twice: {
    says: 'What was held is given back twice.',
    edits: [
      {
        file: WITHDRAWAL,
        find: 'postings: postings.released(moneyOf(facts)),',
        put: 'postings: [...postings.released(moneyOf(facts)), ...postings.released(moneyOf(facts))],',
      },
    ],
  },
  canceled_after_the_payout_was_sent: {
    says: 'The customer is told that a withdrawal is canceled whose payout is on its way.',
    edits: [
      {
        file: WISHES,
        find: '    default:\n      return underWay;',
        put: '    default:\n      return undefined;',
      },
      {
        file: BACK,
        find: "const isHere = status === 'broker_withdrawal_complete' ||",
        put: "const isHere = status === 'transfer_initiated' || status === 'broker_withdrawal_complete' ||",
      },
    ],
  },
  fee_to_the_wrong_account: {
    says: 'The fee is booked as float of ours.',
    edits: [
      {
        file: POSTINGS,
        find: "...some(fee, held, { account: 'company_fees' }),",
        put: "...some(fee, held, { account: 'company_float' }),",
      },
    ],
  },
  fee_is_kept_at_a_refund: {
    says: 'Of a withdrawal that goes back before any USDC was made the fee stays ours.',
    edits: [
      {
        file: POSTINGS,
        find: `${BACK_TO_CASH}...some(fee, { account: 'company_fees' }, cash),`,
        put: `${BACK_TO_CASH}...some(fee, { account: 'company_float' }, cash),`,
      },
    ],
  },
  on_ramp_is_gross: {
    says: 'Mint is asked for the amount with the fee.',
    edits: [
      {
        file: 'activities/funding/on-ramp.ts',
        find: 'amount: facts.net_usd,',
        put: 'amount: facts.amount_usd,',
      },
    ],
  },
  payout_is_gross: {
    says: 'The customer is sent the amount with the fee.',
    edits: [{ file: TRANSFER, find: 'amount: facts.net_usd,', put: 'amount: facts.amount_usd,' }],
  },
  address_on_a_list_is_paid: {
    says: 'A hit on a sanctions list stops nothing.',
    edits: [
      {
        file: 'workflows/funding/withdrawal-wait.ts',
        find: 'if (hit === undefined) return false;',
        put: 'if (run !== undefined) return false;',
      },
    ],
  },
  refund_while_the_payout_may_be_there: {
    says: 'Support may give the money back while nobody knows whether the payout was sent.',
    edits: [
      {
        file: WISHES,
        find: "    case 'refund':\n      if (isAsked(run))",
        put: "    case 'refund':\n      if (run.busy)",
      },
      {
        file: 'domain/funding/withdrawal-reviews.ts',
        find: "Retry looks it up again, and sends it only if it is not there.\",\n    decisions: ['retry',",
        put: "Retry looks it up again.\",\n    decisions: ['retry', 'refund',",
      },
    ],
  },
  dropped_payout_stays_complete: {
    says: 'A payout that the chain dropped after it was final is never sent again.',
    edits: [
      {
        file: TAKEN_BACK,
        find: "if (facts.status === 'complete' && isDropped) {",
        put: "if (facts.status !== 'complete' && isDropped) {",
      },
    ],
  },
  corrected_journal_is_not_owed: {
    says: 'A journal that the broker took back late is booked, and nobody is asked to make it again.',
    edits: [
      {
        file: 'activities/funding/withdrawal-back.ts',
        find: ': { owed_journal: which }),',
        put: ': {}),',
      },
    ],
  },
  repeated_journal_is_lost_sight_of: {
    says: 'A journal that is made again, and that Alpaca holds, is not waited for.',
    edits: [
      {
        file: TAKEN_BACK,
        find: '  if (facts.repeat_ref !== null) {\n    await awaitRepeated',
        put: '  if (false) {\n    await awaitRepeated',
      },
    ],
  },
} as const satisfies Readonly<Record<string, Mutation>>;

export type MutationName = keyof typeof MUTATIONS;
