/** The onboarding of a customer: an account at the broker with its identity check, and a wallet on each chain. */
import { ApplicationFailure } from '@temporalio/common';
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { goesAlongWithNewVersions } from '../runtime/versions.ts';
import { awaitDecision, checkAccount, openAccount, sendDocument } from './onboarding-account.ts';
import { database } from './onboarding-activities.ts';
import {
  accountEvent,
  decideOnboardingReview,
  type OnboardingInput,
  type OnboardingResult,
  submitApplication,
  uploadDocument,
} from './onboarding-messages.ts';
import { OnboardingRun } from './onboarding-run.ts';
import { WalletCare } from './onboarding-wallets.ts';

/**
 * A run begins with a request. Where the worker died after the request was written down, nobody tells the next one:
 * the run looks around by itself then. Usually the request is written within the first task, and no timer is kept.
 */
const LOOKS_AROUND_AFTER = '20 seconds';

/**
 * Follows the database: each round looks at where the onboarding stands and does the next thing, so that it can be
 * taken up again anywhere. The run ends when nothing is left to do; a closed account or a new application begins
 * another one under the same address.
 */
export async function onboarding(input: OnboardingInput): Promise<OnboardingResult> {
  const run = new OnboardingRun(input);
  const wallets = new WalletCare(run);
  setHandler(accountEvent, (message) => run.receive(message), {
    description: 'What Alpaca said about the account; a hint to look, so repeats and any order are fine.',
  });
  setHandler(submitApplication, (request) => run.submit(request), {
    description: 'Takes the application of the customer, sealed.',
  });
  setHandler(uploadDocument, (request) => run.upload(request), {
    description: 'Takes a document that Alpaca asked for.',
  });
  setHandler(decideOnboardingReview, (decision) => run.decide(decision), {
    description: 'What a person decided about an open review: retry, close, ask_correction or reject.',
    validator: (decision) => {
      const reason = run.refuseDecision(decision);
      if (reason) throw ApplicationFailure.nonRetryable(reason, 'DecisionRefused');
    },
  });

  const isToldOf = () => run.isOpen || run.hasNews || input.continued !== undefined;
  await condition(isToldOf, LOOKS_AROUND_AFTER, {
    summary: 'Look around in case the request was lost with its worker',
  });
  if (!run.isOpen) run.moveTo(await database.readOnboarding({ user_id: run.id }));
  for (;;) {
    wallets.tend();
    if (await advance(run)) continue;
    if (wallets.isIdle() && allHandlersFinished() && !run.hasNews) break;
    await run.waitForAnything(() => wallets.isIdle() && allHandlersFinished());
  }
  if (run.hasUnused()) await database.noteOnboarding({ user_id: run.id, inbound: run.used() });
  return { status: run.facts.status };

  /** Does the next thing about the account; false when nothing is left to do about it. */
  async function advance(current: OnboardingRun): Promise<boolean> {
    const { status, account_id, unsent_documents } = current.facts;
    const [document] = unsent_documents;
    if (account_id === null) {
      current.hasNews = false;
      if (status !== 'pending') return false;
      await openAccount(current);
      return true;
    }
    if (document !== undefined) {
      await sendDocument(current, document);
      return true;
    }
    if (current.hasNews) {
      await checkAccount(current, account_id);
      return true;
    }
    if (status !== 'pending' && status !== 'action_required') return false;
    if (workflowInfo().continueAsNewSuggested && wallets.isIdle() && allHandlersFinished()) {
      await continueAsNew<typeof onboarding>(current.continued());
    }
    await awaitDecision(current);
    return true;
  }
}

// Customers take their time, and so do the people who check them.
goesAlongWithNewVersions(onboarding);
