/** Every workflow: the entry of the bundle, and the table of contents. */
export { address } from './funding/address.ts';
export { deposit } from './funding/deposit.ts';
export { ledgerSeal } from './funding/ledger-seal.ts';
export { onboarding } from './funding/onboarding.ts';
export { reconciliation } from './funding/reconciliation.ts';
export { sweep } from './funding/sweep.ts';
export { treasury } from './funding/treasury.ts';
export { wire } from './funding/wire.ts';
export { withdrawal } from './funding/withdrawal.ts';
export { brokerEvents } from './platform/broker-events.ts';
export { providerSetup } from './platform/provider-setup.ts';
export { release } from './platform/release.ts';
export { reviewEscalation } from './platform/review-escalation.ts';
export { webhookDelivery } from './platform/webhook-delivery.ts';
export { webhookDispatch } from './platform/webhook-dispatch.ts';
