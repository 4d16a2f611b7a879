/** Screening of the people behind a withdrawal. Their names are opened here and go nowhere else. */
import { applicationContext, openCustomerKey, openJson } from '../../db/funding/customer-key.ts';
import { findScreening, sanctionedName } from '../../db/funding/sanction-queries.ts';
import type { KycApplication } from '../../domain/funding/kyc-application.ts';
import { sanctionsNameKey } from '../../domain/funding/sanctions.ts';
import { type TravelRule, travelRuleContext } from '../../domain/funding/travel-rule.ts';
import { withFailures } from '../failure.ts';
import type { ActivityPorts } from '../ports.ts';

/** Screening as an activity. */
export function createScreeningActivities({ database, config }: Pick<ActivityPorts, 'database' | 'config'>) {
  return withFailures({
    /** The list that the customer or the beneficiary is on, or null. */
    screenWithdrawal: async (input: {
      readonly withdrawal_id: string;
    }): Promise<{ readonly hit: string | null }> => {
      const stored = await findScreening(database, input.withdrawal_id);
      const names = stored.full_name === null ? [] : [stored.full_name];
      if (stored.key_id !== null && stored.sealed_key !== null) {
        const { user_id, key_id, sealed_key, sealed_application, sealed_travel_rule } = stored;
        const key = openCustomerKey(user_id, { key_id, sealed_key }, config.fields);
        if (sealed_application !== null) {
          const sealed = Buffer.from(sealed_application, 'hex');
          const application = openJson<KycApplication>(key, sealed, applicationContext(user_id));
          names.push(`${application.given_name} ${application.family_name}`);
        }
        if (sealed_travel_rule !== null) {
          const sealed = Buffer.from(sealed_travel_rule, 'hex');
          const rule = openJson<TravelRule>(key, sealed, travelRuleContext(input.withdrawal_id));
          names.push(rule.beneficiary.name);
        }
      }
      const keys = names.map(sanctionsNameKey).filter(Boolean);
      return { hit: keys.length === 0 ? null : await sanctionedName(database, keys) };
    },
  });
}

export type ScreeningActivities = ReturnType<typeof createScreeningActivities>;
