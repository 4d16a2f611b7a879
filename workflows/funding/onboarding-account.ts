/** The account of an onboarding: opening it, following the broker's decision, handing in documents. */
import { isCancellation } from '@temporalio/workflow';
import { troubleOf } from '../runtime/outcome.ts';
import { lookUps, makers } from './onboarding-activities.ts';
import type { OnboardingRun } from './onboarding-run.ts';

/** Opens the account, or asks a person and tries again later. */
export async function openAccount(run: OnboardingRun): Promise<void> {
  const { giveUpAfterSeconds, retryAfterSeconds } = run.policy;
  run.isToRetry = false;
  try {
    const { outcome, facts, look_now } = await makers(giveUpAfterSeconds).openBrokerAccount({
      user_id: run.id,
    });
    run.moveTo(facts);
    if (look_now) run.hasNews = true;
    if (outcome === 'email_taken') await run.waitForPerson();
    return;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { kind, reason } = troubleOf(error);
    if (kind === 'paused') return run.holdWhilePaused(reason, run.holds++);
    const detail =
      kind === 'unclear'
        ? `Alpaca gives no clear answer about the account; we look it up and try on: ${reason}`
        : `The account cannot be opened: ${reason}`;
    await run.askPerson('broker_unclear', detail);
  }
  await run.waitForRetry(retryAfterSeconds, 'Pause before the account is asked for again');
}

/** Asks the broker how the account stands, and records what is new. */
export async function checkAccount(run: OnboardingRun, accountId: string): Promise<void> {
  const { documentGraceSeconds, reviewDueSeconds } = run.policy;
  run.hasNews = false;
  run.isToRetry = false;
  const inbound = run.used();
  try {
    const facts = await lookUps.checkBrokerAccount({
      user_id: run.id,
      account_id: accountId,
      inbound,
      grace_seconds: documentGraceSeconds,
      review_due_seconds: reviewDueSeconds,
    });
    run.moveTo(facts);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // Nothing is known anew: the events count as unused, and the next pause ends with a look-up again.
    run.giveBack(inbound);
    const { kind, reason } = troubleOf(error);
    if (kind !== 'unclear')
      await run.askPerson('broker_unclear', `Alpaca does not show the account: ${reason}`);
    await run.waitForChange(run.nextPause(), 'Pause before Alpaca is asked again');
    run.hasNews = true;
  }
}

/** Hands in one document, or asks a person and tries again later. */
export async function sendDocument(run: OnboardingRun, documentId: string): Promise<void> {
  const { giveUpAfterSeconds, retryAfterSeconds } = run.policy;
  try {
    run.moveTo(
      await makers(giveUpAfterSeconds).sendKycDocument({ user_id: run.id, document_id: documentId }),
    );
    run.lookUps = 0;
    run.waitedSeconds = 0;
  } catch (error) {
    if (isCancellation(error)) throw error;
    await run.askPerson('document_not_sent', `Alpaca did not take the document: ${troubleOf(error).reason}`);
    await run.waitForRetry(retryAfterSeconds, 'Pause before the document is handed in again');
  }
}

/**
 * Waits for the broker, or for the customer whom the broker asked. Three exits: an event, a look-up after growing
 * pauses (the event may be lost), and a deadline after which a person is told while we go on waiting.
 */
export async function awaitDecision(run: OnboardingRun): Promise<void> {
  const { reviewAfterSeconds, customerReviewAfterSeconds } = run.policy;
  const isCustomers = run.facts.status === 'action_required';
  const summary = isCustomers
    ? 'Wait for the customer, then look the account up'
    : "Wait for Alpaca's event, then look the account up";
  const pause = run.nextPause();
  if (await run.waitForChange(pause, summary)) return;
  run.lookUps += 1;
  run.waitedSeconds += pause;
  run.hasNews = true;
  const limit = isCustomers ? customerReviewAfterSeconds : reviewAfterSeconds;
  const reason = isCustomers ? 'kyc_customer_silent' : 'kyc_overdue';
  if (run.waitedSeconds < limit || run.facts.open_reviews.includes(reason)) return;
  const detail = isCustomers
    ? 'The customer has not sent what Alpaca asked for: remind them, or end the application.'
    : 'Alpaca has not decided about the application in time: ask Alpaca.';
  await run.askPerson(reason, detail);
}
