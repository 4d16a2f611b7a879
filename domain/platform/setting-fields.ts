/** The fields of each setting: their type, their bounds and what they mean. */
import type { AddressPolicy } from '../funding/address-policy.ts';
import type { DepositPolicy } from '../funding/deposit-policy.ts';
import type { OnboardingPolicy } from '../funding/onboarding-policy.ts';
import type { ReconciliationPolicy } from '../funding/reconciliation.ts';
import type { TreasuryPolicy } from '../funding/treasury-policy.ts';
import type { WithdrawalPolicy } from '../funding/withdrawal-rules.ts';
import type { WebhookPolicy } from './webhook-policy.ts';

/**
 * `seconds`: from none to a year. `pauses`: a list of such, none of them empty; the last one repeats. `count`: a whole
 * number. `amount`: a decimal string with at most two decimals. `time`: `HH:MM`. `choice`: one of some words.
 */
export type FieldSpec = { readonly means: string } & (
  | { readonly type: 'seconds' | 'pauses' | 'amount' | 'time' | 'boolean' }
  | { readonly type: 'count'; readonly least: number; readonly most: number }
  | { readonly type: 'choice'; readonly of: readonly [string, ...string[]] }
);

export type Fields = Readonly<Record<string, FieldSpec>>;

const seconds = (means: string): FieldSpec => ({ type: 'seconds', means });
const pauses = (means: string): FieldSpec => ({ type: 'pauses', means });
const amount = (means: string): FieldSpec => ({ type: 'amount', means });
const count = (least: number, most: number, means: string): FieldSpec => ({
  type: 'count',
  least,
  most,
  means,
});

const LOOK_UPS = pauses('Pauses before each look-up while an event is awaited.');
const REVIEW_DUE = seconds('How long a person has to decide a review.');
const GIVE_UP = seconds('How long a company may leave a call unclear before a person is asked.');
const OVERDUE = seconds('After this long in one wait a person is told; waiting goes on.');

export const DEPOSIT_FIELDS: Readonly<Record<keyof DepositPolicy, FieldSpec>> = {
  lookUpAfterSeconds: LOOK_UPS,
  reviewAfterSeconds: OVERDUE,
  giveUpAfterSeconds: GIVE_UP,
  retryAfterSeconds: pauses('Pauses while a deposit waits for float, an account or a switch.'),
  offRampAttempts: count(
    1,
    10,
    'How often a transfer that Circle failed is sent anew before a person decides.',
  ),
  reviewDueSeconds: REVIEW_DUE,
};

export const WITHDRAWAL_FIELDS: Readonly<Record<keyof WithdrawalPolicy, FieldSpec>> = {
  lookUpAfterSeconds: LOOK_UPS,
  reviewAfterSeconds: OVERDUE,
  giveUpAfterSeconds: GIVE_UP,
  retryAfterSeconds: pauses('Pauses while a withdrawal waits for float, a wallet or a switch.'),
  attempts: count(1, 10, 'How often an effect is tried under a new key before the way back begins.'),
  reviewDueSeconds: REVIEW_DUE,
  approvalExpiresSeconds: seconds('How long a withdrawal waits for its approvals before it is canceled.'),
};

export const ADDRESS_FIELDS: Readonly<Record<keyof AddressPolicy, FieldSpec>> = {
  coolDownSeconds: seconds('How long a new withdrawal address rests before money can go there.'),
  mostAddresses: count(1, 1000, 'How many addresses one customer can have at a time.'),
  giveUpAfterSeconds: GIVE_UP,
  retryAfterSeconds: pauses('Pauses before Circle is asked about an address again.'),
  reviewAfterSeconds: OVERDUE,
  reviewDueSeconds: REVIEW_DUE,
};

export const ONBOARDING_FIELDS: Readonly<Record<keyof OnboardingPolicy, FieldSpec>> = {
  lookUpAfterSeconds: LOOK_UPS,
  reviewAfterSeconds: OVERDUE,
  customerReviewAfterSeconds: seconds('The same while the customer owes a document.'),
  giveUpAfterSeconds: GIVE_UP,
  retryAfterSeconds: seconds('Pause after such a review before the call is tried again.'),
  documentGraceSeconds: seconds('How long the broker may repeat its old question after an upload.'),
  reviewDueSeconds: REVIEW_DUE,
};

const LOW = 'Below this the place is filled up to its target.';
const TARGET = 'What a wire fills up to, or leaves behind.';
const HIGH = 'Above this the place gives away what is over its target.';

export const TREASURY_FIELDS: Readonly<Record<keyof TreasuryPolicy, FieldSpec>> = {
  alpacaLowUsd: amount(LOW),
  alpacaTargetUsd: amount(TARGET),
  alpacaHighUsd: amount(HIGH),
  mintLowUsd: amount(LOW),
  mintTargetUsd: amount(TARGET),
  mintHighUsd: amount(HIGH),
  walletLowUsdc: amount(LOW),
  walletTargetUsdc: amount(TARGET),
  walletHighUsdc: amount(HIGH),
  minimumWireUsd: amount('Smaller wires are not sent.'),
  automaticUpToUsd: amount('Up to here a wire goes by itself; above, two people must approve it.'),
  bankHours: { type: 'choice', of: ['fedwire', 'always'], means: 'Whose business days and hours count.' },
  bankOpensAt: { type: 'time', means: 'When the banks open, in New York.' },
  bankCutOffAt: { type: 'time', means: 'After this a wire goes on the next business day, in New York.' },
  wireTakesSeconds: seconds('How long a wire usually takes.'),
  transferTakesSeconds: seconds('How long a transfer to a treasury wallet usually takes.'),
  forecastWindowSeconds: seconds('How far back the usual draw is measured.'),
  cautionSeconds: seconds('After a failed or returned wire the next one needs people for this long.'),
  approvalExpiresAfterSeconds: seconds('How long a wire waits for its approvals.'),
  lookUpAfterSeconds: LOOK_UPS,
  overdueAfterSeconds: seconds('A person is told when a wire is this late.'),
  giveUpAfterSeconds: GIVE_UP,
  settleSeconds: seconds(
    'After an unclear answer an order is repeated only when look-ups have not shown it for this long.',
  ),
  returnWindowSeconds: seconds('How long a finished wire is watched for a return.'),
  returnLookUpSeconds: seconds('How often it is looked up meanwhile.'),
  reviewDueSeconds: REVIEW_DUE,
};

export const RECONCILIATION_FIELDS: Readonly<Record<keyof ReconciliationPolicy, FieldSpec>> = {
  windowSeconds: seconds('How much of the past each run reads again.'),
  graceSeconds: seconds('How long a list may lag, and an event may be on its way.'),
  timeToleranceSeconds: seconds("How far the company's time may lie outside of ours."),
  confirmAfterSeconds: seconds('A suspicion is looked at again after this long.'),
  quietAccountsPerRun: count(0, 100_000, 'Accounts read in each run although nothing moved.'),
  giveUpAfterSeconds: seconds('How long the lists may take before a run is given up.'),
};

export const WEBHOOK_FIELDS: Readonly<Record<keyof WebhookPolicy, FieldSpec>> = {
  firstRetrySeconds: seconds('Pause after the first failed try; it doubles with each further one.'),
  longestRetrySeconds: seconds('Longest pause between two tries.'),
  giveUpAfterSeconds: seconds('A delivery that has failed for this long is given up.'),
  disableAfterSeconds: seconds('An endpoint that has taken nothing for this long is turned off.'),
  timeoutSeconds: seconds("Longest wait for an endpoint's answer."),
  parallel: count(1, 64, 'Deliveries to one endpoint at the same time.'),
  rotationSeconds: seconds('How long both secrets sign after a rotation.'),
  keepSeconds: seconds('How long the delivery log is kept.'),
};
