/** What is taken back from a withdrawal: journals that the broker corrects, final transfers that the chain drops. */
import { DEAD_TRANSFER } from '../../domain/funding/transfer-report.ts';
import { database, movers } from './withdrawal-activities.ts';
import { lookUpJournal } from './withdrawal-broker.ts';
import type { WithdrawalMessage } from './withdrawal-messages.ts';
import {
  DEAD_JOURNAL,
  either,
  isCircle,
  isCorrection,
  isJournal,
  isWish,
  type JournalNews,
} from './withdrawal-news.ts';
import { withoutEvent } from './withdrawal-on-ramp.ts';
import type { WithdrawalRun } from './withdrawal-run.ts';

/** What the broker took back after it had executed; false when there is no such news. */
export async function handleCorrection(run: WithdrawalRun): Promise<boolean> {
  // While the money is on its way back the two could cross: the correction waits until the refund has ended.
  if (run.facts.refund_reason !== null && run.facts.status !== 'refunded') return false;
  // Nor can the withdrawal begin anew while nobody knows whether Mint has made the USDC.
  if (run.facts.status === 'broker_withdrawal_complete' && run.facts.unclear.length > 0) return false;
  // A person is asked about something else: a step now would close that question without an answer.
  if (run.inReview) return false;
  const news = run.inbox.take(isCorrection(run.facts));
  if (!news) return false;
  const which = news.reference === run.facts.refund_ref ? ('refund' as const) : ('journal' as const);
  const correction = { ...run.moneyStep(), which };
  if (run.facts.owed_journal !== null) {
    // The other one was taken back as well, and nobody has made it again: nothing is left to be asked.
    run.answered();
    run.moveTo(await database.recordWithdrawalJournalCorrected(correction));
  } else {
    const review = run.review(
      'journal_corrected',
      which === 'journal'
        ? 'Alpaca took back the executed journal: the dollars are in the customer account again.'
        : 'Alpaca took back the executed journal back: the dollars are in our firm account again.',
    );
    run.moveTo(await database.recordWithdrawalJournalCorrected({ ...correction, review }));
  }
  run.publish();
  return true;
}

/** Makes a journal again that the broker had taken back, once a person says so. */
export async function repeatJournal(run: WithdrawalRun): Promise<void> {
  run.repeatJournal = false;
  const which = run.facts.owed_journal;
  if (which === null) return;
  const { createWithdrawalJournal } = movers(run.policy.giveUpAfterSeconds);
  const { facts } = run;
  const result = await run.call(() => createWithdrawalJournal({ withdrawal_id: run.id, facts, which }));
  const notYet = (why: string) => `The journal could not be made again yet: ${why}`;
  if ('answer' in result) {
    const { answer } = result;
    if ('cash_missing' in answer) return repeatRefused(run, which, notYet(answer.cash_missing));
    return repeatedSaid(run, { source: 'alpaca.journal', state: answer.state, reference: answer.journal_id });
  }
  const { kind, reason } = result.trouble;
  if (kind === 'refused') return repeatRefused(run, which, notYet(reason));
  await run.reportOverdue('journal_corrected', notYet(reason));
}

/** Clearly not made, also where an earlier try was unclear: the next one has a new key, once a person says so. */
async function repeatRefused(run: WithdrawalRun, which: 'journal' | 'refund', error: string): Promise<void> {
  run.closed = false;
  const { facts } = run;
  await run.look();
  const isOfJournal = run.facts.waiting_for === 'broker_answer';
  const review = run.review('journal_corrected', error);
  const waiting_for = isOfJournal ? { waiting_for: null } : {};
  await run.note({ refused: { effect: which, facts, error }, review, ...waiting_for });
}

/** Until the journal that is made again has executed or died, the withdrawal does not end. */
async function repeatedSaid(run: WithdrawalRun, { state, reference }: JournalNews): Promise<void> {
  const which = run.facts.owed_journal;
  if (which === null) return;
  const { facts } = run;
  if (state === 'executed') {
    run.answered();
    run.moveTo(await database.recordWithdrawalJournalRepeated({ ...run.moneyStep(), journal_id: reference }));
    run.publish();
  } else if (DEAD_JOURNAL.includes(state)) {
    await repeatRefused(run, which, `The journal could not be made again: Alpaca reports it as ${state}.`);
  } else if (facts.repeat_ref !== reference) {
    await run.note({ repeat_accepted: { which, facts, reference } });
  }
}

/** What the broker has said about the journal that is made again; false when there is no such news. */
export async function handleRepeated(run: WithdrawalRun): Promise<boolean> {
  const { repeat_ref } = run.facts;
  const news = repeat_ref === null ? undefined : run.inbox.take(isAbout(repeat_ref));
  if (!news) return false;
  await repeatedSaid(run, news);
  return true;
}

const isAbout =
  (reference: string) =>
  (message: WithdrawalMessage): message is JournalNews =>
    isJournal(message) && message.reference === reference;

async function awaitRepeated(run: WithdrawalRun, journalId: string): Promise<void> {
  const news = await run.inbox.wait(either(isAbout(journalId), isCircle, isWish), {
    summary: 'Look the journal that is made again up at Alpaca in case its event was lost',
    lookUpAfterSeconds: run.policy.lookUpAfterSeconds,
    lookUp: () => lookUpJournal(journalId, () => true),
    overdueAfterSeconds: run.policy.reviewAfterSeconds,
    overdue: () =>
      run.reportOverdue('journal_overdue', 'Alpaca has not executed the journal again for unusually long.'),
  });
  // The main loop takes it, after whatever is more urgent.
  if (news.source !== 'wish') run.inbox.receive(withoutEvent(news));
}

/** What may still come to a withdrawal that has ended; false when nothing is left to do. */
export async function afterTheEnd(run: WithdrawalRun): Promise<boolean> {
  const { facts } = run;
  const news = run.inbox.take(isCircle);
  if (news) {
    const isDropped = news.reference === facts.circle_transfer_ref && DEAD_TRANSFER.includes(news.state);
    if (facts.status === 'complete' && isDropped) {
      const detail = `The chain dropped the final transfer: Circle reports it as ${news.state}.`;
      const review = run.review('reorganised', detail);
      run.moveTo(await database.recordWithdrawalReorganised({ ...run.moneyStep(), review }));
      run.publish();
    }
    return true;
  }
  if (facts.owed_journal === null) return false;
  if (facts.repeat_ref !== null) {
    await awaitRepeated(run, facts.repeat_ref);
    return true;
  }
  // A step in between has overtaken the question: it is asked again.
  if (run.askedFor !== 'journal_corrected') {
    await run.reportOverdue('journal_corrected', 'A journal that Alpaca took back has not been made again.');
  }
  await run.inbox.idleUntil(
    () => run.repeatJournal || run.closed || run.inbox.has(isCircle) || run.inbox.has(isCorrection(facts)),
  );
  return !run.closed;
}
