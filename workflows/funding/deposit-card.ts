/** The status card of a deposit in the Temporal Web UI: where the money is, why, what comes next, who acts. */
import { type DepositState, depositLifecycle } from '../../domain/funding/deposit.ts';
import { type DepositFacts, depositWords } from '../../domain/funding/deposit-facts.ts';
import { isFinal } from '../../domain/lifecycle.ts';
import { cell } from '../runtime/cell.ts';

/** On one line: the Web UI shows entities as they are written, so these are the characters themselves. */
const WHERE_TITLE = 'Where the money is'.replaceAll(' ', '\u00a0');

/** The answer to the one question that support is asked. */
const WHERE: Readonly<Record<DepositState, string>> = {
  pending_confirmation: "On chain, on its way to the customer's wallet at Circle; not final yet.",
  confirmed_on_chain: "USDC in the customer's wallet at Circle.",
  off_ramp_initiated: "USDC on its way from the customer's wallet to our address at Circle Mint.",
  off_ramp_complete: 'Dollars in our account at Circle Mint; our ledger owes them to the customer.',
  broker_funded: "Dollars in the customer's account at Alpaca: buying power.",
  failed: 'Nothing of it is credited. What is not USDC still lies in the wallet.',
  refunded: 'Back at its sender.',
  returned: 'In our firm account at Alpaca again; our ledger owes it to the customer.',
};

const NEXT: Readonly<Record<DepositState, string>> = {
  pending_confirmation: 'Circle reports the transfer as final; then it is credited.',
  confirmed_on_chain: 'We transfer the whole cents to our Circle Mint address.',
  off_ramp_initiated: 'Mint credits the dollars.',
  off_ramp_complete: 'A journal at Alpaca brings the dollars into the customer account.',
  broker_funded: 'Nothing: the deposit is done.',
  failed: 'Nothing: nothing of it is credited.',
  refunded: 'Nothing: the deposit went back.',
  returned: 'Support decides the open review.',
};

function next({ status, waiting_for }: DepositFacts): string {
  switch (waiting_for) {
    case 'paused':
      return `Staff switch it on again; then: ${NEXT[status]}`;
    case 'review':
      return 'With the decision `retry` the deposit goes on from here.';
    case 'float':
      return `The float is refilled; then: ${NEXT[status]}`;
    case 'next_deposit':
      return "The customer's next deposit on this chain takes it along.";
    default:
      return NEXT[status];
  }
}

/** Who must act while a deposit waits for something unusual. */
function actor({ status, waiting_for }: DepositFacts, question: string | undefined): string {
  if (status === 'returned') return '**Support**: decide the open review.';
  switch (waiting_for) {
    case 'review':
      return '**Support**: decide the open review.';
    case 'paused':
      return '**Support or admin**: switch it on again.';
    case 'float':
      return '**Treasury**: the firm account at Alpaca needs float.';
    case 'broker_approval':
      return '**Alpaca**: approve the journal.';
    case 'account':
      return '**Customer or Alpaca**: finish the account opening.';
    default:
      if (question !== undefined) {
        return '**Support**: look at the open review; the deposit goes on by itself as soon as it can.';
      }
      return isFinal(depositLifecycle, status) ? 'Nobody.' : 'Nobody: this runs by itself.';
  }
}

/**
 * The card as Markdown.
 *
 * @param question what a person was asked and has not answered.
 */
export function depositCard(depositId: string, facts: DepositFacts, question?: string): string {
  const { status, waiting_for, amount_usd } = facts;
  const why = waiting_for === null ? '' : `, waits: ${waiting_for.replaceAll('_', ' ')}`;
  const converted = amount_usd === null ? '' : `, ${amount_usd} USD converted`;
  return [
    `### ${status.replaceAll('_', ' ')}${why}`,
    depositWords(status, waiting_for).support,
    '',
    '| | |',
    '| --- | --- |',
    `| **${WHERE_TITLE}** | ${WHERE[status]} |`,
    ...(question === undefined ? [] : [`| The open review | ${cell(question)} |`]),
    ...(facts.paused_by ? [`| Paused by staff | ${cell(facts.paused_by)} |`] : []),
    `| Who must act | ${actor(facts, question)} |`,
    `| What comes next | ${next(facts)} |`,
    `| Since | ${facts.since} |`,
    `| Amount | ${facts.amount_stablecoin} USDC on ${facts.chain}${converted} |`,
    `| Case | \`/v1/admin/lifecycles/deposit/${depositId}\` |`,
    ...(facts.circle_transfer_ref ? [`| Circle transfer | \`${facts.circle_transfer_ref}\` |`] : []),
    ...(facts.broker_journal_ref ? [`| Alpaca journal | \`${facts.broker_journal_ref}\` |`] : []),
  ].join('\n');
}
