/** The steps of onboarding, each one SQL round trip; the functions are in db/functions/07-onboarding.sql. */
import type { Chain } from '../../domain/funding/chain.ts';
import type { KycState } from '../../domain/funding/kyc.ts';
import type { Intake, OnboardingFacts, OpenedOnboarding } from '../../domain/funding/onboarding-facts.ts';
import { type OnboardingPolicy, onboardingPolicy } from '../../domain/funding/onboarding-policy.ts';
import type { OperationState } from '../../domain/provider-operation.ts';
import type { Database } from '../client.ts';
import type { OperationEntry, ReviewEntry } from '../transition.ts';
import type { SealedCustomerKey } from './customer-key.ts';

type StoredFacts = OnboardingFacts & { readonly policy: Partial<OnboardingPolicy> | null };

async function step<T>(database: Database, name: string, values: readonly unknown[]): Promise<T> {
  const places = values.map((_, index) => `$${index + 1}`).join(', ');
  const [row] = await database.prepared<{ result: T }>(name, `select ${name}(${places}) as result`, [
    ...values,
  ]);
  if (!row) throw new Error(`${name} answered nothing`);
  return row.result;
}

const opened = (facts: StoredFacts): OpenedOnboarding => ({
  ...facts,
  policy: onboardingPolicy(facts.policy),
});

/** Where a customer stands before a request is looked at; makes their data key on first use. */
export interface IntakeFacts {
  readonly status: KycState;
  readonly user_status: string;
  readonly account_id: string | null;
  readonly key_id: string | null;
  readonly sealed_key: string | null;
  /** This very request was taken before. */
  readonly taken: boolean;
}

/** @throws {DatabaseError} SL005 when there is no such user. */
export function kycIntake(
  database: Database,
  userId: string,
  request: SealedCustomerKey & { readonly operation: string },
): Promise<IntakeFacts> {
  return step(database, 'kyc_intake', [userId, JSON.stringify(request)]);
}

/** An application as it is handed over: sealed. */
export interface SealedSubmission {
  readonly operation: string;
  /** Hexadecimal. */
  readonly sealed_application: string;
  readonly account_key: string;
  readonly wallets: readonly { readonly chain: Chain; readonly key: string }[];
}

/** Takes an application, or says that none is open. The same operation is taken once. */
export async function kycSubmit(
  database: Database,
  userId: string,
  submission: SealedSubmission,
): Promise<Intake> {
  const answer = await step<{ accepted: boolean; facts: StoredFacts }>(database, 'kyc_submit', [
    userId,
    JSON.stringify(submission),
  ]);
  return { accepted: answer.accepted, facts: opened(answer.facts) };
}

/** Where the onboarding of a customer stands. */
export async function findOnboarding(database: Database, userId: string): Promise<OpenedOnboarding> {
  return opened(await step<StoredFacts>(database, 'onboarding_facts', [userId]));
}

/** An application as the call to the broker needs it. */
export interface StoredApplication {
  readonly facts: OpenedOnboarding;
  readonly phone_number: string | null;
  readonly key_id: string | null;
  readonly sealed_key: string | null;
  readonly sealed_application: string | null;
  readonly revision: number | null;
  readonly operation: {
    readonly state: OperationState;
    readonly attempts: number;
    readonly created_at: string;
    readonly key: string;
  } | null;
}

/** Reads everything about a customer's application; what is personal is sealed, but for the phone number. */
export async function findApplication(database: Database, userId: string): Promise<StoredApplication> {
  const answer = await step<Omit<StoredApplication, 'facts'> & { facts: StoredFacts }>(
    database,
    'kyc_application',
    [userId],
  );
  return { ...answer, facts: opened(answer.facts) };
}

/** Binds the account to the customer. @throws {DatabaseError} 23505 when it is another customer's. */
export async function kycAccountOpened(
  database: Database,
  userId: string,
  account: { readonly account_id: string; readonly operations: readonly OperationEntry[] },
): Promise<{ readonly facts: OpenedOnboarding; readonly missed_events: number }> {
  const answer = await step<{ facts: StoredFacts; missed_events: number }>(database, 'kyc_account_opened', [
    userId,
    JSON.stringify(account),
  ]);
  return { facts: opened(answer.facts), missed_events: answer.missed_events };
}

/** What a look-up of the account found. */
export interface AccountReport {
  readonly verdict: 'active' | 'action_required' | 'rejected' | 'closed' | 'waiting' | 'unknown';
  readonly provider_status: string;
  readonly results: unknown;
  readonly grace_seconds: number;
  readonly notices: Readonly<Record<string, { readonly kind: string; readonly body: string }>>;
  readonly review?: ReviewEntry;
  readonly inbound: readonly string[];
}

/** Records what the broker says. The present state decides which event that is, so a late report is harmless. */
export async function kycReport(
  database: Database,
  userId: string,
  report: AccountReport,
): Promise<{ readonly moved: boolean; readonly facts: OpenedOnboarding }> {
  const answer = await step<{ moved: boolean; facts: StoredFacts }>(database, 'kyc_report', [
    userId,
    JSON.stringify(report),
  ]);
  return { moved: answer.moved, facts: opened(answer.facts) };
}

/** Reviews, used-up events and operations that move nothing; answers where the onboarding stands. */
export async function noteOnboarding(
  database: Database,
  userId: string,
  note: {
    readonly inbound?: readonly string[];
    readonly review?: ReviewEntry & { readonly wallet_id?: string };
    readonly operations?: readonly OperationEntry[];
  },
): Promise<OpenedOnboarding> {
  return opened(await step<StoredFacts>(database, 'onboarding_note', [userId, JSON.stringify(note)]));
}

/** What a person decided; `accepted` is false when it was decided before or does not fit the state. */
export async function decideOnboarding(
  database: Database,
  userId: string,
  decision: Readonly<Record<string, unknown>>,
): Promise<Intake> {
  const answer = await step<{ accepted: boolean; facts: StoredFacts }>(database, 'onboarding_decide', [
    userId,
    JSON.stringify(decision),
  ]);
  return { accepted: answer.accepted, facts: opened(answer.facts) };
}

/** The broker refused the application: it is the customer's again. */
export async function kycRefused(
  database: Database,
  userId: string,
  refusal: {
    readonly revision: number;
    readonly results: unknown;
    readonly operations: readonly OperationEntry[];
    readonly notice: { readonly kind: string; readonly body: string };
  },
): Promise<OpenedOnboarding> {
  return opened(await step<StoredFacts>(database, 'kyc_refused', [userId, JSON.stringify(refusal)]));
}

/** The wallet exists. @throws {DatabaseError} 23505 when it is another customer's. */
export async function walletCreated(
  database: Database,
  walletId: string,
  wallet: {
    readonly address: string;
    readonly circle_wallet_id: string;
    readonly operations: readonly OperationEntry[];
  },
): Promise<void> {
  await step(database, 'wallet_created', [walletId, JSON.stringify(wallet)]);
}

/** What a customer may know about their own onboarding. */
export interface KycStanding {
  readonly kyc_status: KycState;
  readonly kyc_results: unknown;
  readonly has_passcode: boolean;
  /** The last application came back from the broker. */
  readonly was_refused: boolean;
  /** Chains whose wallet is being made. */
  readonly wallets_missing: readonly Chain[];
}

/** Where a customer stands, in one round trip; undefined when there is no such user. */
export async function findKycStanding(database: Database, userId: string): Promise<KycStanding | undefined> {
  const sql = `select kyc_status, kyc_results, passcode_hash is not null as has_passcode,
      coalesce(kyc_results ? 'refusal', false) as was_refused,
      array(select w.chain::text from wallets w where w.user_id = u.id and w.status = 'creating' order by 1)
        as wallets_missing
    from users u where u.id = $1::uuid`;
  const [row] = await database.prepared<KycStanding & Record<string, unknown>>('kyc-standing', sql, [userId]);
  return row;
}
