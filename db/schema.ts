/** The whole schema, by area: the entry of drizzle-kit. */
export { addressStatus, withdrawalAddresses } from './funding/address.ts';
export { depositStatus, deposits } from './funding/deposit.ts';
export { kycApplications, kycDocuments, userKeys } from './funding/kyc-application.ts';
export {
  ledgerAccounts,
  ledgerBalances,
  ledgerChart,
  ledgerPostings,
  ledgerTransactions,
} from './funding/ledger.ts';
export { seals, sealWatermarks } from './funding/ledger-chain.ts';
export { ledgerAccountCheckpoints, ledgerCheckpoints } from './funding/ledger-history.ts';
export {
  reconciliationBreaks,
  reconciliationNotes,
  reconciliationRuns,
  statementBalances,
  statementLines,
} from './funding/reconciliation.ts';
export { sanctionedAddresses, sanctionedNames } from './funding/sanction.ts';
export { floats, mintDepositAddresses, providerFacts } from './funding/treasury.ts';
export { chainType, walletStatus, wallets } from './funding/wallet.ts';
export { wireApprovals, wireKind, wireStatus, wires } from './funding/wire.ts';
export { treasuryWallets, withdrawalStatus, withdrawals } from './funding/withdrawal.ts';
export { withdrawalApprovals } from './funding/withdrawal-approval.ts';
export { withdrawalDayTotals } from './funding/withdrawal-limit.ts';
export { auditLog } from './platform/audit-log.ts';
export { phoneVerifications, refreshTokens } from './platform/auth.ts';
export { idempotencyKeys } from './platform/idempotency-key.ts';
export { eventCursors, inboundEvents } from './platform/inbound-event.ts';
export { lifecycleEdges, lifecycleEvents, lifecycles } from './platform/lifecycle.ts';
export { notifications } from './platform/notification.ts';
export { noticeTexts, notificationPreferences } from './platform/notification-preference.ts';
export { operationState, providerOperations } from './platform/provider-operation.ts';
export { reviews } from './platform/review.ts';
export { settingChanges, settings } from './platform/setting.ts';
export { switchChanges, switches } from './platform/switch.ts';
export { kycStatus, userRole, userStatus, users } from './platform/user.ts';
export {
  webhookAttempts,
  webhookDeliveries,
  webhookEndpoints,
  webhookMessages,
} from './platform/webhook.ts';
