/** First part of a withdrawal: a journal at Alpaca brings the dollars into our firm account. */
import type { Trouble } from '../runtime/outcome.ts';
import { troubleOf } from '../runtime/outcome.ts';
import { database, lookUps, movers } from './withdrawal-activities.ts';
import {
  DEAD_JOURNAL,
  either,
  isCorrection,
  isJournal,
  isWish,
  type JournalNews,
} from './withdrawal-news.ts';
import type { WithdrawalRun } from './withdrawal-run.ts';
import { isReady, mayOnlyLook, onlyLook, waitFor } from './withdrawal-wait.ts';

/** Asks for the journal. */
export async function withdrawFromBroker(run: WithdrawalRun): Promise<void> {
  if (!run.facts.alpaca_account_id) return waitFor(run, 'account');
  if (!(await isReady(run))) return;
  if (mayOnlyLook(run)) return lookForJournal(run);
  const { createWithdrawalJournal } = movers(run.policy.giveUpAfterSeconds);
  const { facts } = run;
  const result = await run.call(() =>
    createWithdrawalJournal({ withdrawal_id: run.id, facts, which: 'journal' }),
  );
  if ('trouble' in result) return journalTrouble(run, result.trouble);
  const { answer } = result;
  if ('cash_missing' in answer) {
    return fail(run, `Alpaca says that the account has not that much free: ${answer.cash_missing}`);
  }
  return journalSaid(run, { source: 'alpaca.journal', state: answer.state, reference: answer.journal_id });
}

function lookForJournal(run: WithdrawalRun): Promise<void> {
  const find = () => lookUps.findWithdrawalJournal({ withdrawal_id: run.id, facts: run.facts });
  return onlyLook(run, { effect: 'journal', company: 'Alpaca', find }, ({ journal_id, state }) =>
    journalSaid(run, { source: 'alpaca.journal', state, reference: journal_id }),
  );
}

/** Only after a clear refusal is there a new key; after several nothing has moved, and the hold is released. */
async function journalTrouble(run: WithdrawalRun, { kind, reason }: Trouble): Promise<void> {
  if (kind === 'paused') return run.look();
  if (kind === 'refused') return refused(run, `Alpaca refused the journal: ${reason}`);
  if (kind === 'defect') {
    return run.askPerson('journal_defect', `Our request for the journal was wrong: ${reason}`);
  }
  return run.askPerson('journal_unclear', `We do not know whether Alpaca took the journal: ${reason}`);
}

async function refused(run: WithdrawalRun, error: string): Promise<void> {
  if (!run.mayTryAgain('journal')) return fail(run, error);
  await run.note({ waiting_for: null, refused: { effect: 'journal', facts: run.facts, error } });
}

async function fail(run: WithdrawalRun, reason: string): Promise<void> {
  run.moveTo(await database.recordWithdrawalEnded({ ...run.moneyStep(), event: 'failed', reason }));
}

/** Waits for a journal that Alpaca has accepted. */
export async function awaitJournal(run: WithdrawalRun): Promise<void> {
  const { journal_word, broker_withdrawal_ref } = run.facts;
  if (!broker_withdrawal_ref) throw new Error('a journal that was accepted has no id');
  const word = journal_word?.state ?? '';
  if (word === 'executed' || DEAD_JOURNAL.includes(word)) {
    return journalSaid(run, { source: 'alpaca.journal', state: word, reference: broker_withdrawal_ref });
  }
  const news = await run.inbox.wait(either(isJournal, isWish, isCorrection(run.facts)), {
    summary: 'Look the journal up at Alpaca in case its event was lost',
    lookUpAfterSeconds: run.policy.lookUpAfterSeconds,
    lookUp: () =>
      lookUpJournal(broker_withdrawal_ref, ({ state }) => run.facts.waiting_for === waitOf(state)),
    lasts: () => run.publish(),
    overdueAfterSeconds: run.policy.reviewAfterSeconds,
    overdue: () =>
      run.reportOverdue('journal_overdue', 'Alpaca has not executed the journal for unusually long.'),
  });
  if (news.source === 'wish') return;
  if (news.reference === broker_withdrawal_ref || news.review_id) await journalSaid(run, news);
}

/** The customer changed their mind while Alpaca holds the journal: it is taken back there. */
export async function cancelJournal(run: WithdrawalRun): Promise<void> {
  const { broker_withdrawal_ref: journal_id } = run.facts;
  if (!journal_id) return;
  const { cancelWithdrawalJournal } = movers(run.policy.giveUpAfterSeconds);
  const result = await run.call(() => cancelWithdrawalJournal({ journal_id }));
  // What Alpaca did not answer clearly it will say by itself, and the journal is waited for as before.
  if ('trouble' in result) {
    run.back = undefined;
    return;
  }
  if (result.answer.state === 'pending') run.back = undefined;
  await journalSaid(run, result.answer);
}

async function journalSaid(run: WithdrawalRun, news: JournalNews): Promise<void> {
  const { state, reference: journal_id } = news;
  const { status } = run.facts;
  if (DEAD_JOURNAL.includes(state)) {
    const reason = `Alpaca reports the journal as ${state}.`;
    if (status === 'pending') return refused(run, reason);
    run.moveTo(await database.recordBrokerWithdrawalFailed({ ...run.moneyStep(), reason }));
    if (!run.back && !run.mayTryAgain('journal')) await fail(run, reason);
    return;
  }
  if (state === 'executed' || status === 'pending') {
    const review = news.review_id ? { review_id: news.review_id } : {};
    run.moveTo(await database.recordBrokerWithdrawal({ ...run.moneyStep(), journal_id, state, ...review }));
  }
  if (state === 'executed') return;
  const waiting_for = waitOf(state);
  if (run.facts.waiting_for !== waiting_for) await run.note({ waiting_for });
}

/** Why the withdrawal waits while its journal is in a state on the way. */
const waitOf = (state: string) => (state === 'pending' ? 'broker_approval' : null);

/**
 * Alpaca's word about a journal; null while there is none. A word on the way that we wait with already is no news:
 * the pauses go on growing, and the wait may become overdue.
 */
export async function lookUpJournal(
  journal_id: string,
  isKnown: (news: JournalNews) => boolean,
): Promise<JournalNews | null> {
  try {
    const news = await lookUps.lookUpWithdrawalJournal({ journal_id });
    const isOutcome = news.state === 'executed' || DEAD_JOURNAL.includes(news.state);
    return !isOutcome && isKnown(news) ? null : news;
  } catch (error) {
    troubleOf(error);
    return null;
  }
}
