/** The status card of an onboarding, as the Temporal Web UI shows it: what happens, since when, who must act. */
import { type KycState, kycLifecycle } from '../../domain/funding/kyc.ts';
import type { OnboardingFacts } from '../../domain/funding/onboarding-facts.ts';

const NEXT: Readonly<Record<KycState, string>> = {
  not_started: 'The customer sends an application.',
  pending: 'Alpaca decides; its word comes as an event, or by look-up.',
  action_required: 'The customer uploads what Alpaca asked for; kyc_results names it.',
  approved: 'Nothing: the account is open.',
  rejected: 'Nothing: Alpaca has decided.',
};

const ACTOR: Readonly<Record<KycState, string>> = {
  not_started: '**Customer**: apply.',
  pending: 'Nobody: **Alpaca** is at work.',
  action_required: '**Customer**: upload what is asked for.',
  approved: 'Nobody.',
  rejected: 'Nobody.',
};

function nextOf({ status, account_id }: OnboardingFacts): string {
  return status === 'pending' && account_id === null ? 'We open the account at Alpaca.' : NEXT[status];
}

/** Markdown for `setCurrentDetails`. @param heldBy what staff have stopped, where a call waits for that. */
export function onboardingCard(userId: string, facts: OnboardingFacts, heldBy?: string): string {
  const reviews = facts.open_reviews;
  const actor =
    reviews.length > 0 ? `**Support**: decide the open review (${reviews.join(', ')}).` : ACTOR[facts.status];
  const wallets = facts.wallets.map((wallet) => `${wallet.chain} ${wallet.status}`).join(', ');
  return [
    `### ${facts.status.replaceAll('_', ' ')}`,
    kycLifecycle.states[facts.status].support,
    '',
    '| | |',
    '| --- | --- |',
    `| In this state since | ${facts.since} |`,
    `| What comes next | ${nextOf(facts)} |`,
    ...(heldBy ? [`| Held | ${heldBy}: **support or admin** switch it on again |`] : []),
    `| Who must act | ${actor} |`,
    `| Account at Alpaca | ${facts.account_id ? `\`${facts.account_id}\`` : 'not open yet'} |`,
    `| Wallets | ${wallets || 'none yet'} |`,
    ...(facts.unsent_documents.length > 0
      ? [`| Documents to hand in | ${facts.unsent_documents.length} |`]
      : []),
    `| Case | \`/v1/admin/lifecycles/kyc/${userId}\` |`,
  ].join('\n');
}
