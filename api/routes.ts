/** Every endpoint of the API: the table that the application, the document and the tests are made from. */
import { phoneRoutes } from './auth/phone.ts';
import { tokenRoutes } from './auth/tokens-routes.ts';
import { addressRoutes } from './funding/addresses.ts';
import { balanceRoutes } from './funding/balance.ts';
import { depositRoutes } from './funding/deposits.ts';
import { kycRoutes } from './funding/kyc.ts';
import { ledgerHistoryRoutes } from './funding/ledger-history.ts';
import { ledgerTraceRoutes } from './funding/ledger-trace.ts';
import { reconciliationRoutes } from './funding/reconciliation.ts';
import { transactionRoutes } from './funding/transactions.ts';
import { treasuryRoutes } from './funding/treasury.ts';
import { walletRoutes } from './funding/wallets.ts';
import { wireRoutes } from './funding/wires.ts';
import { withdrawalApprovalRoutes } from './funding/withdrawal-approvals.ts';
import { withdrawalRequestRoutes } from './funding/withdrawal-requests.ts';
import { withdrawalRoutes } from './funding/withdrawals.ts';
import { auditLogRoutes } from './platform/audit-log.ts';
import { caseRoutes } from './platform/cases.ts';
import { codecRoutes } from './platform/codec.ts';
import { healthRoutes } from './platform/health.ts';
import { lifecycleRoutes } from './platform/lifecycles.ts';
import { meRoutes } from './platform/me.ts';
import { notificationPreferenceRoutes } from './platform/notification-preferences.ts';
import { notificationRoutes } from './platform/notifications.ts';
import { passcodeRoutes } from './platform/passcode.ts';
import { referenceRoutes } from './platform/reference.ts';
import { reviewDecisionRoutes } from './platform/review-decisions.ts';
import { reviewOwnerRoutes } from './platform/review-owners.ts';
import { reviewRoutes } from './platform/reviews.ts';
import { sanctionsRoutes } from './platform/sanctions.ts';
import { settingRoutes } from './platform/settings.ts';
import { staffSignInRoutes } from './platform/staff-sign-in.ts';
import { switchRoutes } from './platform/switches.ts';
import { userRoutes } from './platform/users.ts';
import { webhookDeliveryRoutes } from './platform/webhook-deliveries.ts';
import { webhookEndpointRoutes } from './platform/webhook-endpoints.ts';
import { whyRoutes } from './platform/why.ts';
import type { Route } from './route.ts';

export const ROUTES: readonly Route[] = [
  ...phoneRoutes,
  ...tokenRoutes,
  ...meRoutes,
  ...passcodeRoutes,
  ...kycRoutes,
  ...walletRoutes,
  ...balanceRoutes,
  ...depositRoutes,
  ...addressRoutes,
  ...withdrawalRoutes,
  ...withdrawalRequestRoutes,
  ...transactionRoutes,
  ...notificationRoutes,
  ...notificationPreferenceRoutes,
  ...userRoutes,
  ...switchRoutes,
  ...settingRoutes,
  ...webhookEndpointRoutes,
  ...webhookDeliveryRoutes,
  ...caseRoutes,
  ...whyRoutes,
  ...lifecycleRoutes,
  ...reviewRoutes,
  ...withdrawalApprovalRoutes,
  ...sanctionsRoutes,
  ...reviewDecisionRoutes,
  ...reviewOwnerRoutes,
  ...reconciliationRoutes,
  ...treasuryRoutes,
  ...wireRoutes,
  ...auditLogRoutes,
  ...ledgerHistoryRoutes,
  ...ledgerTraceRoutes,
  ...codecRoutes,
  ...staffSignInRoutes,
  ...healthRoutes,
  ...referenceRoutes(() => ROUTES),
];
