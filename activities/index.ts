/** Every activity of the product: one flat object, names unique. */
import { createAddressActivities } from './funding/address.ts';
import { createBrokerAccountActivities } from './funding/broker-account.ts';
import { createBrokerFundingActivities } from './funding/broker-funding.ts';
import { createDepositActivities } from './funding/deposit.ts';
import { createDepositBackActivities } from './funding/deposit-back.ts';
import { createDepositMoneyActivities } from './funding/deposit-money.ts';
import { createDepositRefundActivities } from './funding/deposit-refund.ts';
import { createKycDocumentActivities } from './funding/kyc-documents.ts';
import { createLedgerSealActivities } from './funding/ledger-seal.ts';
import { createLostRequestActivities } from './funding/lost-requests.ts';
import { createOffRampActivities } from './funding/off-ramp.ts';
import { createOnRampActivities } from './funding/on-ramp.ts';
import { createOnboardingActivities } from './funding/onboarding.ts';
import { createReconciliationActivities } from './funding/reconciliation.ts';
import { createReconciliationBalanceActivities } from './funding/reconciliation-balances.ts';
import { createReconciliationStatementActivities } from './funding/reconciliation-statements.ts';
import { createScreeningActivities } from './funding/screening.ts';
import { createSweepActivities } from './funding/sweep.ts';
import { createTreasuryActivities } from './funding/treasury.ts';
import { createWalletActivities } from './funding/wallet.ts';
import { createWireActivities } from './funding/wire.ts';
import { createWireMoneyActivities } from './funding/wire-money.ts';
import { createWireOrderActivities } from './funding/wire-order.ts';
import { createWireTrackingActivities } from './funding/wire-tracking.ts';
import { createWithdrawalActivities } from './funding/withdrawal.ts';
import { createWithdrawalBackActivities } from './funding/withdrawal-back.ts';
import { createWithdrawalJournalActivities } from './funding/withdrawal-journal.ts';
import { createWithdrawalMoneyActivities } from './funding/withdrawal-money.ts';
import { createWithdrawalTransferActivities } from './funding/withdrawal-transfer.ts';
import { createBrokerEventActivities } from './platform/broker-events.ts';
import { createProviderSetupActivities } from './platform/provider-setup.ts';
import { createReleaseActivities } from './platform/release.ts';
import { createReviewActivities } from './platform/review.ts';
import { createReviewEscalationActivities } from './platform/review-escalation.ts';
import { createStuckRunActivities } from './platform/stuck-runs.ts';
import { createTreasuryWalletActivities } from './platform/treasury-wallets.ts';
import { createWebhookDeliveryActivities } from './platform/webhook-delivery.ts';
import type { ActivityPorts } from './ports.ts';

/** Builds the activities around their ports. */
export function createActivities(ports: ActivityPorts) {
  return {
    ...createAddressActivities(ports),
    ...createScreeningActivities(ports),
    ...createDepositActivities(ports),
    ...createDepositMoneyActivities(ports),
    ...createDepositBackActivities(ports),
    ...createDepositRefundActivities(ports),
    ...createOffRampActivities(ports),
    ...createBrokerFundingActivities(ports),
    ...createSweepActivities(ports),
    ...createLostRequestActivities(ports),
    ...createTreasuryActivities(ports),
    ...createWireActivities(ports),
    ...createWireMoneyActivities(ports),
    ...createWireOrderActivities(ports),
    ...createWireTrackingActivities(ports),
    ...createLedgerSealActivities(ports),
    ...createReconciliationActivities(ports),
    ...createReconciliationStatementActivities(ports),
    ...createReconciliationBalanceActivities(ports),
    ...createOnboardingActivities(ports),
    ...createBrokerAccountActivities(ports),
    ...createKycDocumentActivities(ports),
    ...createWalletActivities(ports),
    ...createWithdrawalActivities(ports),
    ...createWithdrawalMoneyActivities(ports),
    ...createWithdrawalBackActivities(ports),
    ...createWithdrawalJournalActivities(ports),
    ...createOnRampActivities(ports),
    ...createWithdrawalTransferActivities(ports),
    ...createBrokerEventActivities(ports),
    ...createProviderSetupActivities(ports),
    ...createTreasuryWalletActivities(ports),
    ...createStuckRunActivities(ports),
    ...createReleaseActivities(ports),
    ...createReviewActivities(ports),
    ...createWebhookDeliveryActivities(ports),
    ...createReviewEscalationActivities(ports),
  };
}
