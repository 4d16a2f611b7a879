/** The status card of a wire in the Temporal Web UI: where the money is, why it moves, what comes next, who acts. */

import { type WireKind, type WireState, wireLifecycle } from '../../domain/funding/wire.ts';
import { type WireFacts, wireWords } from '../../domain/funding/wire-facts.ts';
import { isFinal } from '../../domain/lifecycle.ts';
import { cell } from '../runtime/cell.ts';

/** On one line: the Web UI shows entities as they are written, so these are the characters themselves. */
const WHERE_TITLE = 'Where the money is'.replaceAll(' ', '\u00a0');

interface Ends {
  readonly from: string;
  readonly to: string;
}

const ENDS: Readonly<Record<WireKind, Ends>> = {
  mint_to_alpaca: { from: 'our account at Circle Mint', to: 'our firm account at Alpaca' },
  alpaca_to_mint: { from: 'our firm account at Alpaca', to: 'our account at Circle Mint' },
  mint_to_wallet: { from: 'our account at Circle Mint', to: 'our treasury wallet at Circle' },
  wallet_to_mint: { from: 'our treasury wallet at Circle', to: 'our account at Circle Mint' },
};

function whereIs(status: WireState, { from, to }: Ends): string {
  if (status === 'initiated') return `Set aside in ${from}.`;
  if (status === 'sent') return `On its way from ${from} to ${to}.`;
  return status === 'complete' ? `In ${to}.` : `In ${from}.`;
}

function nextOf({ status, waiting_for, paused_by }: WireFacts, { to }: Ends): string {
  if (waiting_for === 'review') return 'The decision of the open review moves it on.';
  if (paused_by) return 'It goes on when the switch is on again.';
  switch (status) {
    case 'planned':
      return waiting_for === 'bank_hours' ? 'It is ordered when the banks open.' : 'It is ordered now.';
    case 'awaiting_approval':
      return 'With enough approvals it is ordered; with one rejection it is called off.';
    case 'initiated':
      return 'The sending company reports that it has left.';
    case 'sent':
      return `It shows up in ${to}.`;
    case 'complete':
      return 'It is watched for a return for some days.';
    default:
      return 'Nothing. The treasury plans another one if it is still needed.';
  }
}

function actor({ status, waiting_for }: WireFacts, question: string | undefined): string {
  if (waiting_for === 'review' || question !== undefined) return '**Support**: decide the open review.';
  if (status === 'awaiting_approval') return '**Support**: approve or reject it.';
  if (isFinal(wireLifecycle, status)) return 'Nobody.';
  return 'Nobody: this runs by itself.';
}

/**
 * The card as Markdown.
 *
 * @param question what a person was asked and has not answered.
 */
export function wireCard(wireId: string, facts: WireFacts, question?: string): string {
  const { status, waiting_for, kind, chain } = facts;
  const ends = ENDS[kind];
  const why = waiting_for === null ? '' : `, waits: ${waiting_for.replaceAll('_', ' ')}`;
  return [
    `### ${status.replaceAll('_', ' ')}${why}`,
    wireWords(status, waiting_for).support,
    '',
    '| | |',
    '| --- | --- |',
    `| **${WHERE_TITLE}** | ${whereIs(status, ends)} |`,
    ...(question === undefined ? [] : [`| The open review | ${cell(question)} |`]),
    ...(facts.paused_by ? [`| Paused by staff | ${cell(facts.paused_by)} |`] : []),
    `| Who must act | ${actor(facts, question)} |`,
    `| What comes next | ${nextOf(facts, ends)} |`,
    `| Since | ${facts.since} |`,
    ...(facts.expected_at ? [`| Expected | ${facts.expected_at} |`] : []),
    `| Amount | ${facts.amount_usd} ${chain ? `USDC on ${chain}` : 'USD'} from ${ends.from} to ${ends.to} |`,
    `| Why | ${cell(facts.reason)} |`,
    ...(facts.approvals_needed > 0
      ? [`| Approvals | ${facts.approvals} of ${facts.approvals_needed} |`]
      : []),
    `| Case | \`/v1/admin/wires/${wireId}\` |`,
    ...(facts.references.length > 0
      ? [`| References | ${facts.references.map((reference) => `\`${reference}\``).join(', ')} |`]
      : []),
  ].join('\n');
}
