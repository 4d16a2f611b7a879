/** Every workflow: the entry of the bundle, and the table of contents. */
export { deposit } from './funding/deposit.ts';
export { ledgerSeal } from './funding/ledger-seal.ts';
export { onboarding } from './funding/onboarding.ts';
export { sweep } from './funding/sweep.ts';
export { treasury } from './funding/treasury.ts';
export { brokerEvents } from './platform/broker-events.ts';
export { providerSetup } from './platform/provider-setup.ts';
export { reviewEscalation } from './platform/review-escalation.ts';
export { release } from './platform/release.ts';
