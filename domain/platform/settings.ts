/** Settings that staff change at run time: what each field may be, what holds without one, what a change does. */
import { addressPolicy } from '../funding/address-policy.ts';
import { depositPolicy } from '../funding/deposit-policy.ts';
import { onboardingPolicy } from '../funding/onboarding-policy.ts';
import { reconciliationPolicy } from '../funding/reconciliation.ts';
import { treasuryPolicy } from '../funding/treasury-policy.ts';
import { storedFees, withdrawalFees } from '../funding/withdrawal-fee.ts';
import { withdrawalLimits } from '../funding/withdrawal-limits.ts';
import { withdrawalPolicy } from '../funding/withdrawal-rules.ts';
import {
  ADDRESS_FIELDS,
  DEPOSIT_FIELDS,
  type Fields,
  ONBOARDING_FIELDS,
  RECONCILIATION_FIELDS,
  TREASURY_FIELDS,
  WEBHOOK_FIELDS,
  WITHDRAWAL_FIELDS,
} from './setting-fields.ts';
import { webhookPolicy } from './webhook-policy.ts';
import { FEE_FIELDS, LIMIT_FIELDS } from './withdrawal-setting-fields.ts';

/** Values by field name, as JSON. */
type Values = Readonly<Record<string, unknown>>;

/** A field that does not go together with another one. */
interface Conflict {
  readonly field: string;
  readonly detail: string;
}

export interface SettingSpec {
  readonly title: string;
  /** From when on a change counts. */
  readonly appliesTo: string;
  readonly fields: Fields;
  /** What holds, with what is stored in place of the defaults. */
  readonly effective: (stored: Values | null) => Values;
  /** Rules between fields, asked once each field is right by itself. */
  readonly conflicts?: (effective: Values) => readonly Conflict[];
}

const LATER_ONES = 'begin from now on; running ones keep the rules that they began with.';

/** Spells out that a policy is a plain object of values. */
const plain = (policy: object): Values => ({ ...policy });

const PLACES = [
  ['alpaca', 'Usd'],
  ['mint', 'Usd'],
  ['wallet', 'Usdc'],
] as const;

function floatConflicts(effective: Values): readonly Conflict[] {
  return PLACES.flatMap(([place, unit]) => {
    const [low, target, high] = ['Low', 'Target', 'High'].map((part) =>
      Number(effective[`${place}${part}${unit}`]),
    );
    if (low === undefined || target === undefined || high === undefined) return [];
    if (low <= target && target <= high) return [];
    return [{ field: `${place}Target${unit}`, detail: 'The target lies between low and high.' }];
  });
}

export const SETTINGS: Readonly<Record<string, SettingSpec>> = {
  deposit_policy: {
    title: 'Waiting times and tries of deposits',
    appliesTo: `Deposits that ${LATER_ONES}`,
    fields: DEPOSIT_FIELDS,
    effective: (stored) => plain(depositPolicy(stored)),
  },
  withdrawal_policy: {
    title: 'Waiting times and tries of withdrawals',
    appliesTo: `Withdrawals that ${LATER_ONES}`,
    fields: WITHDRAWAL_FIELDS,
    effective: (stored) => plain(withdrawalPolicy(stored)),
  },
  withdrawal_limits: {
    title: 'Limits and thresholds of withdrawals',
    appliesTo: 'The next request.',
    fields: LIMIT_FIELDS,
    effective: (stored) => plain(withdrawalLimits(stored)),
  },
  withdrawal_fees: {
    title: 'What withdrawals cost',
    appliesTo: 'The next request that has no quote.',
    fields: FEE_FIELDS,
    effective: (stored) => plain(storedFees(withdrawalFees(stored))),
  },
  address_policy: {
    title: 'Waiting times of new withdrawal addresses',
    appliesTo: `Addresses that ${LATER_ONES}`,
    fields: ADDRESS_FIELDS,
    effective: (stored) => plain(addressPolicy(stored)),
  },
  onboarding_policy: {
    title: 'Waiting times of onboarding',
    appliesTo: `Onboardings that ${LATER_ONES}`,
    fields: ONBOARDING_FIELDS,
    effective: (stored) => plain(onboardingPolicy(stored)),
  },
  treasury_policy: {
    title: 'Floats, wires and the hours of the banks',
    appliesTo: `The next round of the treasury, and wires that ${LATER_ONES}`,
    fields: TREASURY_FIELDS,
    effective: (stored) => plain(treasuryPolicy(stored)),
    conflicts: floatConflicts,
  },
  reconciliation_policy: {
    title: 'How reconciliation looks and when a difference counts',
    appliesTo: 'The next run.',
    fields: RECONCILIATION_FIELDS,
    effective: (stored) => plain(reconciliationPolicy(stored)),
  },
  webhook_policy: {
    title: 'How outgoing webhooks are sent and tried again',
    appliesTo: 'The next try of every delivery.',
    fields: WEBHOOK_FIELDS,
    effective: (stored) => plain(webhookPolicy(stored)),
  },
};

/** The keys of all settings. */
export const SETTING_KEYS = Object.keys(SETTINGS) as [string, ...string[]];

/** The specification of a setting. @throws RangeError for a key that is none. */
export function settingSpec(key: string): SettingSpec {
  const spec = SETTINGS[key];
  if (!spec) throw new RangeError(`there is no setting ${key}`);
  return spec;
}
