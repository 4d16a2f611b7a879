/** The status card of a withdrawal in the Temporal Web UI: where the money is, why, what comes next, who acts. */
import { type WithdrawalState, withdrawalLifecycle } from '../../domain/funding/withdrawal.ts';
import {
  WITHDRAWAL_WAIT_WORDS,
  type WithdrawalFacts,
  withdrawalWords,
} from '../../domain/funding/withdrawal-facts.ts';
import { isFinal } from '../../domain/lifecycle.ts';
import { cell } from '../runtime/cell.ts';

/** On one line: the Web UI shows entities as they are written, so these are the characters themselves. */
const WHERE_TITLE = 'Where the money is'.replaceAll(' ', '\u00a0');

/** The answer to the one question that support is asked. */
const WHERE: Readonly<Record<WithdrawalState, string>> = {
  pending: "Dollars in the customer's account at Alpaca, held in our ledger.",
  awaiting_approval: "Dollars in the customer's account at Alpaca, held in our ledger.",
  broker_withdrawal_initiated:
    "Dollars in the customer's account at Alpaca, set aside there for the journal.",
  broker_withdrawal_complete: 'Dollars in our firm account at Alpaca; our ledger owes them to the customer.',
  on_ramp_initiated: 'USDC on its way from Circle Mint to our treasury wallet.',
  on_ramp_complete: 'USDC in our treasury wallet at Circle; our ledger owes it to the customer.',
  transfer_initiated: 'USDC on its way to the address of the customer.',
  complete: 'USDC at the address of the customer.',
  canceled: "Dollars in the customer's account at Alpaca: buying power.",
  failed: "Dollars in the customer's account at Alpaca: buying power.",
  refunded: "Dollars in the customer's account at Alpaca: buying power.",
};

const NEXT: Readonly<Record<WithdrawalState, string>> = {
  pending: 'A journal at Alpaca brings the dollars into our firm account.',
  awaiting_approval: 'Two people approve it, or it expires and is canceled.',
  broker_withdrawal_initiated: 'Alpaca executes the journal.',
  broker_withdrawal_complete: 'Circle Mint sends USDC to our treasury wallet.',
  on_ramp_initiated: 'The USDC arrives in our treasury wallet.',
  on_ramp_complete: 'Circle sends the USDC to the address of the customer.',
  transfer_initiated: 'The transfer becomes final on chain.',
  complete: 'Nothing: the withdrawal is done.',
  canceled: 'Nothing: the withdrawal was canceled.',
  failed: 'Nothing: the hold was released.',
  refunded: 'Nothing: the money is back.',
};

function next({ status, waiting_for, refund_reason }: WithdrawalFacts): string {
  if (waiting_for === 'review') return 'What the person decides: the review lists the decisions that fit.';
  if (waiting_for !== null) return WITHDRAWAL_WAIT_WORDS[waiting_for]?.next ?? NEXT[status];
  if (refund_reason !== null && !isFinal(withdrawalLifecycle, status)) {
    return 'A journal at Alpaca brings the dollars back to the customer.';
  }
  return NEXT[status];
}

/** Who must act while a withdrawal waits for something unusual. */
function actor({ status, waiting_for, owed_journal }: WithdrawalFacts, question: string | undefined): string {
  if (status === 'awaiting_approval') return '**Two members of staff**: approve or reject.';
  const act = waiting_for === null ? undefined : WITHDRAWAL_WAIT_WORDS[waiting_for]?.act;
  if (act !== undefined) return act.replace(/^([^:]+):/, '**$1**:');
  if (owed_journal !== null) return '**Support**: decide the open review about the corrected journal.';
  if (question !== undefined) {
    return '**Support**: look at the open review; the withdrawal goes on by itself as soon as it can.';
  }
  return isFinal(withdrawalLifecycle, status) ? 'Nobody.' : 'Nobody: this runs by itself.';
}

/**
 * The card as Markdown.
 *
 * @param question what a person was asked and has not answered.
 */
export function withdrawalCard(withdrawalId: string, facts: WithdrawalFacts, question?: string): string {
  const { status, waiting_for, refund_reason } = facts;
  const why = waiting_for === null ? '' : `, waits: ${waiting_for.replaceAll('_', ' ')}`;
  const reference = (title: string, id: string | null) => (id ? [`| ${title} | \`${id}\` |`] : []);
  return [
    `### ${status.replaceAll('_', ' ')}${why}`,
    withdrawalWords(status, waiting_for).support,
    '',
    '| | |',
    '| --- | --- |',
    `| **${WHERE_TITLE}** | ${WHERE[status]} |`,
    ...(question === undefined ? [] : [`| The open review | ${cell(question)} |`]),
    ...(facts.paused_by ? [`| Paused by staff | ${cell(facts.paused_by)} |`] : []),
    ...(refund_reason ? [`| Why it goes back | ${cell(refund_reason)} |`] : []),
    `| Who must act | ${actor(facts, question)} |`,
    `| What comes next | ${next(facts)} |`,
    `| Since | ${facts.since} |`,
    `| Amount | ${facts.amount_usd} USD: ${facts.net_usd} USDC on ${facts.chain}, ${facts.fee_usd} USD fee |`,
    `| Case | \`/v1/admin/lifecycles/withdrawal/${withdrawalId}\` |`,
    ...reference('Alpaca journal', facts.broker_withdrawal_ref),
    ...reference('Mint transfer', facts.circle_on_ramp_ref),
    ...reference('Circle transfer', facts.circle_transfer_ref),
    ...reference('Transaction', facts.tx_hash),
    ...reference('Alpaca journal back', facts.refund_ref),
  ].join('\n');
}
