/** The status card of a deposit in the Temporal Web UI: what happens, since when, what comes next, who acts. */
import type { DepositState } from '../../domain/funding/deposit.ts';
import { depositLifecycle } from '../../domain/funding/deposit.ts';
import { type DepositFacts, WAIT_SENTENCES } from '../../domain/funding/deposit-facts.ts';

const NEXT: Readonly<Record<DepositState, string>> = {
  pending_confirmation: 'Circle reports the transfer as final; then it is credited.',
  confirmed_on_chain: 'We transfer the whole cents to our Circle Mint address.',
  off_ramp_initiated: 'Mint credits the dollars.',
  off_ramp_complete: 'Alpaca journals the dollars into the customer account.',
  broker_funded: 'Nothing: the deposit is done.',
  failed: 'Nothing: nothing was credited.',
  refunded: 'Nothing: the deposit went back.',
  returned: 'Support decides the open review.',
};

/** Who must act while a deposit waits for something unusual. */
function actor(facts: DepositFacts): string {
  switch (facts.waiting_for) {
    case 'review':
      return '**Support**: decide the open review.';
    case 'float':
      return '**Treasury**: the firm account at Alpaca needs float.';
    case 'broker_approval':
      return '**Alpaca**: approve the journal.';
    case 'account':
      return '**Customer or Alpaca**: finish the account opening.';
    default:
      return 'Nobody: this runs by itself.';
  }
}

/** Markdown for `setCurrentDetails`. */
export function depositCard(depositId: string, facts: DepositFacts): string {
  const state = depositLifecycle.states[facts.status];
  const wait = facts.waiting_for ? WAIT_SENTENCES[facts.waiting_for].support : null;
  const lines = [
    `### ${facts.status.replaceAll('_', ' ')}`,
    `${state.support}${wait ? ` ${wait}` : ''}`,
    '',
    '| | |',
    '| --- | --- |',
    `| Amount | ${facts.amount_stablecoin} USDC on ${facts.chain} |`,
    ...(facts.amount_usd ? [`| Converted | ${facts.amount_usd} USD |`] : []),
    `| In this state since | ${facts.since} |`,
    `| What comes next | ${NEXT[facts.status]} |`,
    `| Who must act | ${actor(facts)} |`,
    ...(facts.circle_transfer_ref ? [`| Circle transfer | \`${facts.circle_transfer_ref}\` |`] : []),
    ...(facts.broker_journal_ref ? [`| Alpaca journal | \`${facts.broker_journal_ref}\` |`] : []),
    `| Case | \`/v1/admin/lifecycles/deposit/${depositId}\` |`,
  ];
  return lines.join('\n');
}
