/** The waits of a withdrawal that are not for a company's word: switches, float, set-up, people. */
import { condition } from '@temporalio/workflow';
import type { WithdrawalFacts, WithdrawalWait } from '../../domain/funding/withdrawal-facts.ts';
import { database } from './withdrawal-activities.ts';
import type { WithdrawalMessage } from './withdrawal-messages.ts';
import { isCircle, isGoOn, isJournal, isMint } from './withdrawal-news.ts';
import type { WithdrawalRun } from './withdrawal-run.ts';

/** What we must provide, or switch on again, before the next call. */
type Missing = Extract<
  WithdrawalWait,
  'paused' | 'account' | 'wallet' | 'mint_float' | 'treasury_float' | 'broker_float'
>;

const UNTIL: Readonly<Record<Missing, string>> = {
  paused: 'Until staff switch on again what this withdrawal needs',
  account: 'Until the customer has an account at Alpaca',
  wallet: 'Until our treasury wallet on this chain is set up',
  mint_float: 'Until Mint has dollars enough',
  treasury_float: 'Until our treasury wallet has USDC enough',
  broker_float: 'Until the firm account has cash enough',
};

/** Whether what was missing is there now. Of a float only the company knows: the step is tried again. */
function isThere(missing: Missing, facts: WithdrawalFacts): boolean {
  switch (missing) {
    case 'paused':
      return facts.paused_by === null;
    case 'account':
      return facts.alpaca_account_id !== null;
    case 'wallet':
      return Boolean(facts.treasury_wallet?.mint_recipient_id);
    default:
      return true;
  }
}

/**
 * Says why the withdrawal waits, and looks again: when somebody says so, or after a while by itself. After long a
 * person is told, while waiting goes on.
 */
export async function waitFor(run: WithdrawalRun, missing: Missing): Promise<void> {
  if (run.facts.waiting_for !== missing) await run.note({ waiting_for: missing });
  if (run.waited.reason !== missing) run.waited = { reason: missing, seconds: 0, rounds: 0, told: false };
  run.isScreened = false;
  const { waited } = run;
  const pauses = run.policy.retryAfterSeconds;
  const pause = pauses[Math.min(waited.rounds, pauses.length - 1)] ?? 60;
  const isOver = () => run.inbox.has(isGoOn) || run.back !== undefined;
  await condition(isOver, pause * 1000, { summary: UNTIL[missing] });
  while (run.inbox.take(isGoOn)) {
    // One look answers every word that has come.
  }
  if (run.back) return;
  waited.seconds += pause;
  waited.rounds += 1;
  const isFloat = missing.endsWith('_float');
  run.moveTo(await database.noteWithdrawal({ ...run.step(), ...(isFloat && { waiting_for: null }) }));
  if (!isThere(missing, run.facts)) return reportLong(run, missing);
  if (isFloat) return waited.seconds >= run.policy.reviewAfterSeconds ? reportLong(run, missing) : undefined;
  run.answered();
  await run.note({ waiting_for: null });
}

async function reportLong(run: WithdrawalRun, missing: Missing): Promise<void> {
  const { waited } = run;
  if (waited.told || waited.seconds < run.policy.reviewAfterSeconds) return;
  waited.told = true;
  const why = run.facts.paused_by ? `: ${run.facts.paused_by}` : '';
  await run.reportOverdue(
    'waits_long',
    `This withdrawal has waited for unusually long (${missing.replaceAll('_', ' ')}${why}).`,
  );
}

/** Whether this message may answer by itself what a person was asked, because the outcome was not known. */
function answers({
  status,
  unclear,
  refund_reason,
  broker_withdrawal_ref,
}: WithdrawalFacts): (message: WithdrawalMessage) => boolean {
  if (unclear.length === 0) return () => false;
  if (status === 'pending' || refund_reason !== null) {
    // What is said of the journal out is a correction: it is not about the one back, and waits for its turn.
    return (message) => isJournal(message) && message.reference !== broker_withdrawal_ref;
  }
  return status === 'broker_withdrawal_complete' ? isMint : isCircle;
}

/** Waits for the decision of the review that is open, or for the news that makes it needless. */
async function awaitPerson(run: WithdrawalRun): Promise<void> {
  const news = answers(run.facts);
  const { status } = run.facts;
  await run.inbox.idleUntil(
    () =>
      run.retry !== undefined ||
      run.neverMade ||
      run.back !== undefined ||
      run.facts.status !== status ||
      run.inbox.has(news),
  );
  if (run.back || run.facts.status !== status) return;
  if (run.retry === 'sanctions_hit' && run.hit) run.cleared.add(run.hit);
  run.retry = undefined;
  run.isScreened = false;
  // The news itself is looked up by the step that is taken again.
  while (run.inbox.take((message): message is WithdrawalMessage => news(message))) {
    // Taken out, so that it does not end the next wait.
  }
  run.answered();
  await run.note({ waiting_for: null });
}

/**
 * Whether the next call may be made. Where it may not, whatever stood in the way has been waited for, and the main
 * loop looks anew.
 */
export async function isReady(run: WithdrawalRun): Promise<boolean> {
  const { facts } = run;
  await run.handlersRest();
  if (run.facts !== facts || run.back) return false;
  if (facts.waiting_for === 'review') {
    await awaitPerson(run);
    return false;
  }
  if (facts.paused_by !== null) {
    await waitFor(run, 'paused');
    return false;
  }
  if (facts.waiting_for === 'paused') await run.note({ waiting_for: null });
  // What may have happened is settled first: whoever is asked about a hit may want the money back.
  if (facts.unclear.length === 0 && (await asksAboutHit(run))) return false;
  // Once the dollars have left, the people are known to be clean; the address is asked about before each step.
  return facts.status !== 'pending' || run.isScreened || screenPeople(run);
}

/** The first hit that no person has cleared; the way back to the customer is open to everybody. */
function openHit({ facts, cleared, peopleHit }: WithdrawalRun): string | undefined {
  if (facts.refund_reason !== null) return undefined;
  const hits = Object.entries({
    'The address': facts.sanctions_hit,
    'The customer or the beneficiary': peopleHit,
  }).flatMap(([who, list]) => (list === null ? [] : [`${who} stands on the sanctions list ${list}.`]));
  return hits.find((hit) => !cleared.has(hit));
}

/** Asks a person about a hit, unless one has cleared it; `more` says what else there is to know. */
async function asksAboutHit(run: WithdrawalRun, more = ''): Promise<boolean> {
  const hit = openHit(run);
  if (hit === undefined) return false;
  run.hit = hit;
  await run.askPerson('sanctions_hit', `${hit}${more}`);
  return true;
}

/** Asks the lists about customer and beneficiary, right before the money begins to leave. */
async function screenPeople(run: WithdrawalRun): Promise<boolean> {
  const { facts } = run;
  const { hit } = await database.screenWithdrawal({ withdrawal_id: run.id });
  run.isScreened = true;
  run.peopleHit = hit;
  if (facts.unclear.length === 0 && (await asksAboutHit(run))) return false;
  // Whoever spoke meanwhile is heard before the call is made.
  await run.handlersRest();
  return run.facts === facts && run.back === undefined;
}

/**
 * Whether it must be found out what the call before has done, without making it again: two people say that it did
 * nothing, or there is a hit that nobody has cleared.
 */
export function mayOnlyLook(run: WithdrawalRun): boolean {
  return run.neverMade || (run.facts.unclear.length > 0 && openHit(run) !== undefined);
}

/**
 * Finds out whether a company has made what nobody knows of, and asks for nothing. Where it lists none, and two people
 * have said so, it was never made; else a person is asked about the hit.
 */
export async function onlyLook<T>(
  run: WithdrawalRun,
  {
    effect,
    company,
    find,
  }: { effect: 'journal' | 'transfer'; company: string; find: () => Promise<T | null> },
  found: (made: T) => Promise<void>,
): Promise<void> {
  const { neverMade } = run;
  run.neverMade = false;
  const result = await run.call(find);
  if ('trouble' in result) {
    return run.askPerson(`${effect}_unclear`, `${company} cannot be asked now: ${result.trouble.reason}`);
  }
  if (result.answer !== null) return found(result.answer);
  if (neverMade) {
    const error = `Two people say, on evidence, that the ${effect} was never made, and it is not listed.`;
    return run.note({ waiting_for: null, refused: { effect, facts: run.facts, error } });
  }
  await asksAboutHit(run, ` Nobody knows whether the ${effect} was made: it is not listed.`);
}

/** Staff must release the withdrawal; after its time it is canceled. */
export async function awaitApproval(run: WithdrawalRun): Promise<void> {
  const left = run.facts.approval_left_seconds ?? run.policy.approvalExpiresSeconds;
  const isPending = () => run.facts.status === 'awaiting_approval';
  run.publish();
  const isOver = () => !isPending() || run.back !== undefined;
  await condition(isOver, Math.max(left * 1000, 1), {
    summary: 'Until two people have approved, or it expires',
  });
  await run.handlersRest();
  if (!isPending()) return run.publish();
  if (run.back) return;
  const reason = 'It was not approved in time.';
  run.moveTo(await database.recordWithdrawalEnded({ ...run.moneyStep(), event: 'approval_expired', reason }));
}
