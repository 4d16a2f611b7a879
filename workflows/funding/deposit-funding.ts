/** Third part of a deposit: a journal at Alpaca makes the dollars buying power. */
import { condition } from '@temporalio/workflow';
import type { DepositFacts } from '../../domain/funding/deposit-facts.ts';
import { attempt, type Trouble, troubleOf } from '../runtime/outcome.ts';
import { database, lookUps, movers } from './deposit-activities.ts';
import type { DepositMessage, FloatMessage, JournalMessage } from './deposit-messages.ts';
import { holdWhilePaused, takePause } from './deposit-pause.ts';
import { type DepositRun, isJournal } from './deposit-run.ts';

const isFloat = (message: DepositMessage): message is FloatMessage => message.source === 'treasury.float';
/** Words of Alpaca after which a journal will never execute. */
const DEAD = ['rejected', 'refused', 'canceled', 'deleted', 'correct'];

/** What two persons vouch for in Alpaca's place. */
const isForced = (message: DepositMessage): message is JournalMessage =>
  isJournal(message) && message.forced_by_review !== undefined;

/** Asks for the journal and sees it through. */
export async function fundBroker(run: DepositRun): Promise<void> {
  const forced = run.inbox.take(isForced);
  if (forced) return journalSaid(run, forced);
  if (run.facts.waiting_for === 'review') return run.awaitDecision();
  if (run.facts.broker_journal_ref) return awaitJournal(run, run.facts.broker_journal_ref);
  if (!run.facts.alpaca_account_id) return waitAndAskAgain(run, 'account');
  if (run.facts.paused_by) return holdWhilePaused(run);
  const { createFundingJournal } = movers(run.policy.giveUpAfterSeconds);
  const result = await attempt(createFundingJournal({ deposit_id: run.id, facts: run.facts }));
  if ('trouble' in result) return journalTrouble(run, result.trouble);
  const { answer } = result;
  if ('float_missing' in answer) return waitAndAskAgain(run, 'float');
  if (answer.facts) return funded(run, answer.facts);
  return journalSaid(run, { source: 'alpaca.journal', state: answer.state, reference: answer.journal_id });
}

/** The dollars are buying power, and that is written down. */
function funded(run: DepositRun, facts: DepositFacts): void {
  run.moveTo(facts);
  run.publish();
}

/** As with the off-ramp: a new key only after a clear refusal. */
async function journalTrouble(run: DepositRun, { kind, reason }: Trouble): Promise<void> {
  if (kind === 'paused') return takePause(run);
  if (kind === 'refused') {
    await newJournalAfterReview(run, 'journal_refused', `Alpaca refused the journal: ${reason}`);
  } else if (kind === 'defect') {
    await run.askPerson('journal_defect', `Our request for the journal was wrong: ${reason}`);
  } else {
    const detail = `We do not know whether Alpaca took the journal: ${reason}`;
    await run.askPerson('journal_unclear', detail, {}, isJournal);
  }
}

/** Waits for a journal that Alpaca has accepted. */
async function awaitJournal(run: DepositRun, journalId: string): Promise<void> {
  const { journal_state } = run.facts;
  // Its event may have come before we knew whose journal it was: the word is on record then.
  if (journal_state === 'executed' || DEAD.includes(journal_state ?? '')) {
    return journalSaid(run, { source: 'alpaca.journal', state: journal_state ?? '', reference: journalId });
  }
  const news = await run.inbox.wait(isJournal, {
    summary: 'Look the journal up at Alpaca in case its event was lost',
    lookUpAfterSeconds: run.policy.lookUpAfterSeconds,
    lookUp: () => lookUp(run, journalId),
    lasts: () => run.publish(),
    overdueAfterSeconds: run.policy.reviewAfterSeconds,
    overdue: () =>
      run.reportOverdue('journal_overdue', 'Alpaca has not executed the journal for unusually long.'),
  });
  if (news.reference === journalId || news.forced_by_review) await journalSaid(run, news);
}

async function journalSaid(run: DepositRun, news: JournalMessage): Promise<void> {
  if (news.state === 'executed') {
    const { reference, forced_by_review } = news;
    return funded(
      run,
      await database.recordBrokerFunded({
        ...run.step(),
        facts: run.facts,
        journal_id: reference,
        ...(forced_by_review && { forced_by_review }),
      }),
    );
  }
  if (DEAD.includes(news.state)) {
    await newJournalAfterReview(run, `journal_${news.state}`, `Alpaca reports the journal as ${news.state}.`);
    return;
  }
  if (isKnown(run, news)) return;
  const waiting_for = waitOf(news);
  const journal = { attempt: run.facts.journal_attempt, reference: news.reference };
  await run.note({ waiting_for, journal });
}

/** Why the deposit waits while its journal is in that state. */
const waitOf = ({ state }: JournalMessage) => (state === 'pending' ? 'broker_approval' : 'broker_answer');

/** Whether the word is on the way, and no other than the one that we wait with already. */
function isKnown({ facts }: DepositRun, news: JournalMessage): boolean {
  if (news.state === 'executed' || DEAD.includes(news.state)) return false;
  return facts.broker_journal_ref === news.reference && facts.waiting_for === waitOf(news);
}

/** A dead journal is never asked for again under its own key: after a person's retry there is a new one. */
async function newJournalAfterReview(run: DepositRun, reason: string, detail: string): Promise<void> {
  const { journal_attempt } = run.facts;
  await run.askPerson(reason, detail, {
    journal_attempt: journal_attempt + 1,
    failed_operation: { provider: 'alpaca', step: `journal:${journal_attempt}`, error: detail },
  });
}

/** Says why the deposit waits, then asks again: when the treasury says so, or after a while by itself. */
async function waitAndAskAgain(run: DepositRun, reason: 'float' | 'account'): Promise<void> {
  if (run.facts.waiting_for !== reason) await run.note({ waiting_for: reason });
  const pauses = run.policy.retryAfterSeconds;
  const pause = pauses[Math.min(run.pauses, pauses.length - 1)] ?? 60;
  run.pauses += 1;
  const summary =
    reason === 'float' ? 'Until the firm account has float' : "Until the customer's account is open";
  await condition(() => run.inbox.peek(isFloat) !== undefined, pause * 1000, { summary });
  run.inbox.take(isFloat);
  run.moveTo(await database.noteDeposit(run.step()));
}

/** An unchanged word is no news: the pauses go on growing, and the wait may become overdue. */
async function lookUp(run: DepositRun, journalId: string): Promise<JournalMessage | null> {
  try {
    const found = await lookUps.lookUpJournal({ journal_id: journalId });
    return isKnown(run, found) ? null : found;
  } catch (error) {
    troubleOf(error);
    return null;
  }
}

/** A journal that Alpaca takes back after it had executed; false when no such message is there. */
export async function handleCorrection(run: DepositRun): Promise<boolean> {
  const news = run.inbox.take(isJournal);
  if (!news) return false;
  const { status, broker_journal_ref, journal_attempt } = run.facts;
  if (news.state !== 'correct' || news.reference !== broker_journal_ref) return true;
  const correction = { ...run.step(), journal_id: news.reference, journal_attempt };
  const due_seconds = run.policy.reviewDueSeconds;
  if (status === 'failed') {
    const detail =
      'Alpaca corrected the journal of a deposit that the chain had taken back: the customer owes nothing for it.';
    const review = { reason: 'reorganised', detail, due_seconds };
    run.moveTo(await database.recordUndoneCorrected({ ...correction, review }));
  } else {
    const detail =
      'Alpaca corrected the journal after it had executed. Decide how the customer gets the money.';
    const review = { reason: 'journal_corrected', detail, due_seconds };
    run.moveTo(await database.recordJournalCorrected({ ...correction, review }));
    run.beginReview(detail);
  }
  run.publish();
  return true;
}
