/** Every activity of the product: one flat object, names unique. */
import { createBrokerFundingActivities } from './funding/broker-funding.ts';
import { createDepositActivities } from './funding/deposit.ts';
import { createDepositMoneyActivities } from './funding/deposit-money.ts';
import { createOffRampActivities } from './funding/off-ramp.ts';
import { createSweepActivities } from './funding/sweep.ts';
import { createTreasuryActivities } from './funding/treasury.ts';
import { createBrokerEventActivities } from './platform/broker-events.ts';
import { createProviderSetupActivities } from './platform/provider-setup.ts';
import type { ActivityPorts } from './ports.ts';

/** Builds the activities around their ports. */
export function createActivities(ports: ActivityPorts) {
  return {
    ...createDepositActivities(ports),
    ...createDepositMoneyActivities(ports),
    ...createOffRampActivities(ports),
    ...createBrokerFundingActivities(ports),
    ...createSweepActivities(ports),
    ...createTreasuryActivities(ports),
    ...createBrokerEventActivities(ports),
    ...createProviderSetupActivities(ports),
  };
}
