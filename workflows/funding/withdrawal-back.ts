/** The way back of a withdrawal: who may turn it round, and the journal that brings the dollars back. */
import type { Trouble } from '../runtime/outcome.ts';
import { database, movers } from './withdrawal-activities.ts';
import { cancelJournal, lookUpJournal } from './withdrawal-broker.ts';
import type { WithdrawalMessage } from './withdrawal-messages.ts';
import { DEAD_JOURNAL, either, isJournal, isWish, type JournalNews } from './withdrawal-news.ts';
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
