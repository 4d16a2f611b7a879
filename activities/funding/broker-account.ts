/**
 * The customer's account at Alpaca. These calls record their own outcome, so that what the broker says about a
 * person goes from its answer into the database and never into a workflow's history.
 */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { applicationContext, openCustomerKey, openJson } from '../../db/funding/customer-key.ts';
import * as steps from '../../db/funding/kyc-application-queries.ts';
import { markOperationUnknown } from '../../db/platform/operation-steps.ts';
import type { OperationEntry } from '../../db/transition.ts';
import type { KycApplication } from '../../domain/funding/kyc-application.ts';
import type { OpenedOnboarding } from '../../domain/funding/onboarding-facts.ts';
import { type ProviderError, Refused, Unclear } from '../../domain/provider-error.ts';
import { withFailures } from '../failure.ts';
import { refuseWhilePaused } from '../paused.ts';
import type { ActivityPorts } from '../ports.ts';
import type { AlpacaAccount } from '../providers/alpaca/mapping.ts';
import { isProvablyOurs, toAccountInput } from './account-application.ts';
import { accountNotices, accountVerdict } from './account-verdict.ts';
import type { OnboardingStep } from './onboarding.ts';

/** What became of the request for an account. */
export interface OpenedAccount {
  readonly outcome: 'opened' | 'refused' | 'email_taken';
  readonly facts: OpenedOnboarding;
  /** Something happened to the account before we knew its id: look now. */
  readonly look_now: boolean;
}

type Ports = Pick<ActivityPorts, 'database' | 'alpaca' | 'config'>;

/** The application as it was written down, and the operation that sends it. */
interface Sending {
  readonly userId: string;
  readonly stored: steps.StoredApplication;
  readonly application: KycApplication;
  readonly operation: NonNullable<steps.StoredApplication['operation']>;
}

/** The account's calls as activities. */
export function createBrokerAccountActivities(ports: Ports) {
  const { database, alpaca } = ports;
  return withFailures({
    /**
     * Opens the account. Alpaca takes no idempotency key for this call: the e-mail address is the key, so every
     * attempt after the first looks it up before it tries again, and a 409 is answered by a look-up as well.
     */
    openBrokerAccount: async ({ user_id }: OnboardingStep): Promise<OpenedAccount> => {
      const stored = await steps.findApplication(database, user_id);
      if (stored.facts.account_id !== null || stored.facts.status !== 'pending') {
        return { outcome: 'opened', facts: stored.facts, look_now: true };
      }
      const sending = openApplication(ports, user_id, stored);
      const wasTried = activityInfo().attempt > 1 || sending.operation.attempts > 0;
      if (wasTried) {
        const found = await adoptable(ports, sending);
        if (found) return bind(ports, sending, found);
      }
      await refuseWhilePaused(database, ['alpaca', `user:${user_id}`]);
      try {
        return await bind(
          ports,
          sending,
          await alpaca.createAccount(toAccountInput(sending.application, stored.phone_number)),
        );
      } catch (error) {
        return answerTo(ports, sending, error);
      }
    },

    /** Looks the account up, records what is new, and marks the events that made us look. */
    checkBrokerAccount: async (
      input: OnboardingStep & {
        readonly account_id: string;
        readonly inbound: readonly string[];
        readonly grace_seconds: number;
        readonly review_due_seconds: number;
      },
    ): Promise<OpenedOnboarding> => {
      const account = await alpaca.getAccount(input.account_id);
      const verdict = accountVerdict(account);
      const { facts } = await steps.kycReport(database, input.user_id, {
        verdict,
        provider_status: account.providerState,
        results: account.kycResults,
        grace_seconds: input.grace_seconds,
        inbound: input.inbound,
        notices: accountNotices(account.kycResults),
        ...(verdict === 'unknown' && {
          review: {
            reason: 'broker_status_unknown',
            detail: `Alpaca calls the account ${account.providerState}, which we do not know: ask what it means.`,
            due_seconds: input.review_due_seconds,
            evidence: { account_id: account.id, provider_status: account.providerState },
          },
        }),
      });
      return facts;
    },
  });
}

export type BrokerAccountActivities = ReturnType<typeof createBrokerAccountActivities>;

/** Opens the sealed application. An erased customer has no key any more, and then nothing can be sent. */
function openApplication({ config }: Ports, userId: string, stored: steps.StoredApplication): Sending {
  const { key_id, sealed_key, sealed_application, operation } = stored;
  if (!key_id || !sealed_key || !sealed_application || !operation) {
    throw ApplicationFailure.nonRetryable('the application is not there any more', 'Defect');
  }
  const key = openCustomerKey(userId, { key_id, sealed_key }, config.fields);
  const sealed = Buffer.from(sealed_application, 'hex');
  return {
    userId,
    stored,
    operation,
    application: openJson<KycApplication>(key, sealed, applicationContext(userId)),
  };
}

function operationOf(
  sending: Sending,
  state: OperationEntry['state'],
  more: Partial<OperationEntry>,
): OperationEntry {
  return {
    step: `open_account:${sending.stored.revision}`,
    provider: 'alpaca',
    key: sending.operation.key,
    state,
    ...more,
  };
}

/** The account of the application's address, where it is provably the one that we asked for; null otherwise. */
async function adoptable({ alpaca }: Ports, sending: Sending): Promise<AlpacaAccount | null> {
  const found = await alpaca.findAccountByEmail(sending.application.email_address);
  return found &&
    isProvablyOurs(found, sending.application, sending.stored.phone_number, sending.operation.created_at)
    ? found
    : null;
}

async function bind({ database }: Ports, sending: Sending, account: AlpacaAccount): Promise<OpenedAccount> {
  const { facts, missed_events } = await steps.kycAccountOpened(database, sending.userId, {
    account_id: account.id,
    operations: [operationOf(sending, 'succeeded', { reference: account.id })],
  });
  // An account that was opened by an earlier attempt may have moved on in between.
  return { outcome: 'opened', facts, look_now: missed_events > 0 || account.status !== 'submitted' };
}

/** What an error of the call means for the application. */
async function answerTo(ports: Ports, sending: Sending, error: unknown): Promise<OpenedAccount> {
  const { database } = ports;
  if (error instanceof Refused && error.httpStatus === 409) {
    const found = await adoptable(ports, sending);
    if (found) return bind(ports, sending, found);
    const facts = await steps.noteOnboarding(database, sending.userId, {
      operations: [
        operationOf(sending, 'unknown', { error: 'Alpaca: the e-mail address has an account already' }),
      ],
      review: {
        reason: 'broker_email_taken',
        detail:
          'Alpaca has an account of this e-mail address that is not provably this customer’s. Ask the customer for ' +
          'another address (ask_correction), or settle it with Alpaca and try again (retry).',
        due_seconds: sending.stored.facts.policy.reviewDueSeconds,
      },
    });
    return { outcome: 'email_taken', facts, look_now: false };
  }
  if (error instanceof Refused && error.httpStatus === 422) return refuse(ports, sending, error);
  if (error instanceof Unclear) {
    const step = `open_account:${sending.stored.revision}`;
    await markOperationUnknown(database, {
      lifecycle: 'kyc',
      id: sending.userId,
      step,
      error: error.message,
    });
  }
  throw error;
}

/** Alpaca: 422, a value is not acceptable. The customer corrects it and applies again. */
async function refuse({ database }: Ports, sending: Sending, error: ProviderError): Promise<OpenedAccount> {
  const facts = await steps.kycRefused(database, sending.userId, {
    revision: sending.stored.revision ?? 0,
    results: { refusal: { code: error.code, message: error.message } },
    operations: [operationOf(sending, 'failed', { error: error.message })],
    notice: {
      kind: 'kyc.refused',
      body: 'The broker could not accept your application as it was. Please check your details and send it again.',
    },
  });
  return { outcome: 'refused', facts, look_now: false };
}
