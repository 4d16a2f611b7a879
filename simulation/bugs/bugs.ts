/** Mistakes that the simulation can be told to make: each must be found, or the simulation proves nothing. */
import { MUTATIONS, type MutationName } from './mutations.ts';

/** Mistakes of what surrounds the product here: the database, the companies' clients, the words that are heard. */
const AROUND = {
  new_key_after_an_unclear_answer:
    'An effect whose outcome is unclear is asked for again under another key, unseen.',
  posted_again_on_a_repeat: 'The same event with the same reference posts to the ledger again.',
  late_failure_hits_the_present_attempt:
    'The late news that an earlier transfer failed counts for the present one.',
  dust_is_lost: 'What is below a cent is not credited.',
  wrong_token_is_credited: 'Any token counts as USDC.',
  timeout_counts_as_failure: 'A call without a clear answer counts as refused.',
  refund_without_release: 'A refund leaves what the customer is owed in the books.',
  unknown_state_completes: "A word on the way counts as the company's yes.",
  credited_before_it_is_final: 'A transfer that the chain may still drop is credited.',
  failed_transfer_stays_booked: 'A transfer that failed is not booked back.',
  lost_events_are_never_looked_up: 'Who waits for an event waits for ever.',
  events_are_never_acknowledged: 'An event that a step has used is not marked as used.',
  corrections_are_ignored: "The broker's word that it took a journal back is dropped.",
  decision_is_lost_with_its_answer:
    'A decision that was written, and whose answer was lost, counts as not taken.',
  limit_given_back_again: 'A step that is repeated gives the amount back to the limit of the day again.',
  one_person_approves_twice: 'The second word of the same person counts as that of a second one.',
} as const;

export type BugName = keyof typeof AROUND | MutationName;

/** Every mistake with the sentence that says what it is. */
export const BUGS = {
  ...AROUND,
  ...Object.fromEntries(Object.entries(MUTATIONS).map(([name, { says }]) => [name, says])),
} as Readonly<Record<BugName, string>>;

export type Bugs = ReadonlySet<BugName>;

type Message = { readonly source: string; readonly state?: string; readonly [more: string]: unknown };

/** What our workflow hears in place of what was said; null for nothing. */
export function misheard(bugs: Bugs, message: Message, presentTransfer: string | null): Message | null {
  const { source, state } = message;
  if (source === 'circle.inbound') {
    if (bugs.has('wrong_token_is_credited')) return { ...message, token: 'USDC' };
    if (bugs.has('credited_before_it_is_final') && state === 'confirmed')
      return { ...message, state: 'complete' };
  }
  if (source === 'circle.outbound' && state === 'failed' && presentTransfer !== null) {
    if (bugs.has('late_failure_hits_the_present_attempt')) return { ...message, reference: presentTransfer };
  }
  if (source === 'alpaca.journal') {
    if (bugs.has('corrections_are_ignored') && state === 'correct') return null;
    if (bugs.has('unknown_state_completes') && state === 'pending') return { ...message, state: 'executed' };
  }
  return message;
}
