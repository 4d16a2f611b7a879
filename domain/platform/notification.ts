/** What customers are told: a text for every state that they can see, and which of them they cannot turn off. */
import { addressLifecycle } from '../funding/address.ts';
import { depositLifecycle } from '../funding/deposit.ts';
import { kycLifecycle } from '../funding/kyc.ts';
import { walletLifecycle } from '../funding/wallet.ts';
import { withdrawalLifecycle } from '../funding/withdrawal.ts';
import type { AnyLifecycle, StateOf } from '../lifecycle.ts';

/** Where a notice can be told: the list in the app, or the app's own backend, which may push it to a phone. */
export const CHANNELS = ['in_app', 'webhook'] as const;
export type Channel = (typeof CHANNELS)[number];

/**
 * How much a notice matters. `critical`: about money or access, always told. `told`: told unless the customer
 * turns it off. `quiet`: a step on the way, told to those who turn it on.
 */
export type Weight = 'critical' | 'told' | 'quiet';

export interface Notice {
  /** `<lifecycle>.<state>`. */
  readonly kind: string;
  readonly title: string;
  readonly body: string;
  readonly weight: Weight;
}

type Entry = readonly [weight: Weight, title: string, body?: string];
type Texts<L extends AnyLifecycle> = Readonly<Record<StateOf<L>, Entry>>;

const DEPOSIT: Texts<typeof depositLifecycle> = {
  pending_confirmation: ['quiet', 'Transfer seen'],
  confirmed_on_chain: ['told', 'Transfer arrived'],
  off_ramp_initiated: ['quiet', 'Converting to dollars'],
  off_ramp_complete: ['quiet', 'Converted to dollars'],
  broker_funded: ['critical', 'Deposit complete'],
  failed: ['critical', 'Transfer not credited'],
  refunded: ['critical', 'Deposit sent back'],
  returned: ['critical', 'Deposit taken back'],
};

const WITHDRAWAL: Texts<typeof withdrawalLifecycle> = {
  pending: ['told', 'Withdrawal received'],
  awaiting_approval: ['told', 'Withdrawal waits for release'],
  broker_withdrawal_initiated: ['quiet', 'Withdrawal begun'],
  broker_withdrawal_complete: ['quiet', 'Dollars on the way'],
  on_ramp_initiated: ['quiet', 'Converting to USDC'],
  on_ramp_complete: ['quiet', 'Converted to USDC'],
  transfer_initiated: ['told', 'USDC on its way'],
  complete: ['critical', 'Withdrawal complete'],
  canceled: ['critical', 'Withdrawal canceled'],
  failed: ['critical', 'Withdrawal not possible'],
  refunded: ['critical', 'Withdrawal returned'],
};

const ADDRESS: Texts<typeof addressLifecycle> = {
  cooling_down: [
    'critical',
    'New withdrawal address',
    'A withdrawal address was added to your account. If that was not you, contact us at once.',
  ],
  active: ['told', 'Address ready'],
  blocked: ['critical', 'Address cannot be used'],
  removed: ['told', 'Address removed'],
};

const KYC: Texts<typeof kycLifecycle> = {
  not_started: ['told', 'Your application needs a correction'],
  pending: ['quiet', 'Application received'],
  action_required: ['critical', 'We need one more thing'],
  approved: ['critical', 'Your account is open'],
  rejected: ['critical', 'About your application'],
};

const WALLET: Texts<typeof walletLifecycle> = {
  creating: ['quiet', 'Deposit address on its way'],
  active: ['quiet', 'Deposit address ready'],
  inactive: ['critical', 'Deposit address closed'],
};

function noticesOf(lifecycle: AnyLifecycle, texts: Readonly<Record<string, Entry>>): Notice[] {
  return Object.entries(texts).map(([state, [weight, title, body]]) => ({
    kind: `${lifecycle.name}.${state}`,
    title,
    body: body ?? lifecycle.states[state].customer,
    weight,
  }));
}

/** Every notice, in the order in which its lifecycle goes. */
export const NOTICES: readonly Notice[] = [
  ...noticesOf(depositLifecycle, DEPOSIT),
  ...noticesOf(withdrawalLifecycle, WITHDRAWAL),
  ...noticesOf(addressLifecycle, ADDRESS),
  ...noticesOf(kycLifecycle, KYC),
  { kind: 'kyc.closed', title: 'Account closed', body: 'Your account was closed.', weight: 'critical' },
  ...noticesOf(walletLifecycle, WALLET),
];

/** A notice by its kind; undefined for a kind that customers cannot choose about. */
export function noticeOf(kind: string): Notice | undefined {
  return NOTICES.find((notice) => notice.kind === kind);
}
