/** The way back of a withdrawal, and what the world takes back from one: refunds, corrections, reorganisations. */
import type { Trouble } from '../runtime/outcome.ts';
import { database, movers } from './withdrawal-activities.ts';
import { cancelJournal, lookUpJournal } from './withdrawal-broker.ts';
import type { WithdrawalMessage } from './withdrawal-messages.ts';
import {
  DEAD_JOURNAL,
  DEAD_TRANSFER,
  either,
  isCircle,
  isCorrection,
  isJournal,
  isWish,
  type JournalNews,
} from './withdrawal-news.ts';
import { withoutEvent } from './withdrawal-on-ramp.ts';
import type { WithdrawalRun } from './withdrawal-run.ts';
import { isReady, waitFor } from './withdrawal-wait.ts';

/** Turns the withdrawal back where somebody wishes it and it can be; false when there is nothing to turn. */
export async function turnBack(run: WithdrawalRun): Promise<boolean> {
  const wish = run.back;
  if (!wish) return false;
  const { status, refund_reason } = run.facts;
  if (status === 'broker_withdrawal_initiated' && wish.by === 'customer') {
    await cancelJournal(run);
    return true;
  }
  try {
    if (status === 'pending' || status === 'awaiting_approval') {
      const event = wish.by === 'customer' || status === 'awaiting_approval' ? 'canceled' : 'failed';
      run.moveTo(await database.recordWithdrawalEnded({ ...run.moneyStep(), event, reason: wish.reason }));
      return true;
    }
    const isHere = status === 'broker_withdrawal_complete' || status === 'on_ramp_complete';
    if (!isHere || refund_reason !== null) return false;
    run.answered();
    await run.note({ refund_reason: wish.reason, waiting_for: 'refund' });
    return true;
  } finally {
    // Only now: whoever wished it waits until the wish is gone, and reads then what became of it.
    run.back = undefined;
  }
}

/** Brings the dollars back to the customer by a journal. */
export async function refund(run: WithdrawalRun): Promise<void> {
  if (run.facts.refund_ref) return awaitRefund(run, run.facts.refund_ref);
  if (run.facts.waiting_for === 'broker_float') return waitFor(run, 'broker_float');
  if (!(await isReady(run))) return;
  const { createWithdrawalJournal } = movers(run.policy.giveUpAfterSeconds);
  const { facts } = run;
  const result = await run.call(() =>
    createWithdrawalJournal({ withdrawal_id: run.id, facts, which: 'refund' }),
  );
  if ('trouble' in result) return refundTrouble(run, result.trouble);
  const { answer } = result;
  if ('cash_missing' in answer) return run.note({ waiting_for: 'broker_float' });
  return refundSaid(run, { source: 'alpaca.journal', state: answer.state, reference: answer.journal_id });
}

async function refundTrouble(run: WithdrawalRun, { kind, reason }: Trouble): Promise<void> {
  if (kind === 'paused') return run.look();
  if (kind === 'refused') return refundDead(run, 'refused', `Alpaca refused the journal back: ${reason}`);
  if (kind === 'defect') {
    return run.askPerson('refund_defect', `Our request for the journal back was wrong: ${reason}`);
  }
  return run.askPerson('refund_unclear', `We do not know whether Alpaca took the journal back: ${reason}`);
}

/** A dead journal is never asked for again under its own key: after a person's retry there is a new one. */
function refundDead(run: WithdrawalRun, word: string, detail: string): Promise<void> {
  const refused = { effect: 'refund', facts: run.facts, error: detail } as const;
  return run.askPerson(`refund_${word}`, detail, { refused });
}

async function awaitRefund(run: WithdrawalRun, journalId: string): Promise<void> {
  const word = run.facts.journal_word?.state ?? '';
  if (word === 'executed' || DEAD_JOURNAL.includes(word)) {
    return refundSaid(run, { source: 'alpaca.journal', state: word, reference: journalId });
  }
  const isOurs = (message: WithdrawalMessage): message is JournalNews =>
    isJournal(message) && (message.reference === journalId || message.review_id !== undefined);
  const news = await run.inbox.wait(either(isOurs, isWish, isWish), {
    summary: 'Look the journal back up at Alpaca in case its event was lost',
    lookUpAfterSeconds: run.policy.lookUpAfterSeconds,
    lookUp: () => lookUpJournal(journalId, ({ state }) => run.facts.waiting_for === waitOf(state)),
    lasts: () => run.publish(),
    overdueAfterSeconds: run.policy.reviewAfterSeconds,
    overdue: () =>
      run.reportOverdue('refund_overdue', 'Alpaca has not executed the journal back for unusually long.'),
  });
  if (news.source === 'alpaca.journal') await refundSaid(run, news);
}

/** Why the withdrawal waits while its journal back is in a state on the way. */
const waitOf = (state: string) => (state === 'pending' ? 'broker_approval' : 'refund');

async function refundSaid(run: WithdrawalRun, news: JournalNews): Promise<void> {
  const { state, reference: journal_id } = news;
  if (state === 'executed') {
    const review = news.review_id ? { review_id: news.review_id } : {};
    run.moveTo(await database.recordWithdrawalRefunded({ ...run.moneyStep(), journal_id, ...review }));
    return;
  }
  if (DEAD_JOURNAL.includes(state)) {
    return refundDead(run, state, `Alpaca reports the journal back as ${state}.`);
  }
  const waiting_for = waitOf(state);
  if (run.facts.refund_ref === journal_id && run.facts.waiting_for === waiting_for) return;
  await run.note({ waiting_for, refund_accepted: { facts: run.facts, reference: journal_id } });
}

/** What the broker took back after it had executed; false when there is no such news. */
export async function handleCorrection(run: WithdrawalRun): Promise<boolean> {
  // While the money is on its way back the two could cross: the correction waits until the refund has ended.
  if (run.facts.refund_reason !== null && run.facts.status !== 'refunded') return false;
  // Nor can the withdrawal begin anew while nobody knows whether Mint has made the USDC.
  if (run.facts.status === 'broker_withdrawal_complete' && run.facts.unclear.length > 0) return false;
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
  const answer = 'trouble' in result ? { why: result.trouble.reason } : result.answer;
  if ('journal_id' in answer) {
    return repeatedSaid(run, { source: 'alpaca.journal', state: answer.state, reference: answer.journal_id });
  }
  const why = 'why' in answer ? answer.why : answer.cash_missing;
  await run.reportOverdue('journal_corrected', `The journal could not be made again yet: ${why}`);
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
    run.closed = false;
    const error = `The journal could not be made again: Alpaca reports it as ${state}.`;
    const review = run.review('journal_corrected', error);
    await run.note({ refused: { effect: which, facts, error }, review });
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
