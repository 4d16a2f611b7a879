/** What Alpaca's account status means for an application, and what the customer is told. */
import { kycLifecycle } from '../../domain/funding/kyc.ts';
import { kycAskSentence } from '../../domain/funding/kyc-asks.ts';
import type { AlpacaAccount } from '../providers/alpaca/mapping.ts';

export type AccountVerdict = 'active' | 'action_required' | 'rejected' | 'closed' | 'waiting' | 'unknown';

/** Words of the older reference that the newer one dropped and that say "still being processed". */
const OLDER_WAITING = new Set(['RESUBMITTED', 'REAPPROVAL_PENDING']);

/** Alpaca: Accounts Statuses. A word that we do not know never counts as success or failure: a person reads it. */
export function accountVerdict(account: Pick<AlpacaAccount, 'status' | 'providerState'>): AccountVerdict {
  switch (account.status) {
    case 'active':
      return 'active';
    case 'action_required':
      return 'action_required';
    case 'rejected':
      return 'rejected';
    case 'account_closed':
      return 'closed';
    case 'onboarding':
    case 'submitted':
    case 'submission_failed':
    case 'approval_pending':
    case 'approved':
    // The person's data is in review: an open account stays open, one that is not open yet waits.
    case 'account_updated':
      return 'waiting';
    default:
      return OLDER_WAITING.has(account.providerState) ? 'waiting' : 'unknown';
  }
}

/** The notice of each event that a report may turn out to be. */
export function accountNotices(results: unknown): Record<string, { kind: string; body: string }> {
  const { approved, rejected } = kycLifecycle.states;
  return {
    approved: { kind: 'kyc.approved', body: approved.customer },
    rejected: { kind: 'kyc.rejected', body: rejected.customer },
    closed: { kind: 'kyc.closed', body: 'Your account was closed.' },
    document_required: { kind: 'kyc.action_required', body: kycAskSentence(results) },
  };
}
