/** Last part of a withdrawal: the USDC goes from our treasury wallet to the address of the customer. */
import { DEAD_TRANSFER } from '../../domain/funding/transfer-report.ts';
import { type Trouble, troubleOf } from '../runtime/outcome.ts';
import { database, lookUps, movers } from './withdrawal-activities.ts';
import { because, type CircleNews, either, isCircle, isCorrection, isWish } from './withdrawal-news.ts';
import { withoutEvent } from './withdrawal-on-ramp.ts';
import type { WithdrawalRun } from './withdrawal-run.ts';
import { isReady, mayOnlyLook, onlyLook, waitFor } from './withdrawal-wait.ts';

/** Circle's reason for too little USDC in the wallet. */
const FLOAT_MISSING = 'INSUFFICIENT_TOKEN';

/** Sends the USDC. */
export async function startTransfer(run: WithdrawalRun): Promise<void> {
  if (run.facts.waiting_for === 'treasury_float') return waitFor(run, 'treasury_float');
  if (!(await isReady(run))) return;
  if (mayOnlyLook(run)) return lookForTransfer(run);
  const { startWithdrawalTransfer } = movers(run.policy.giveUpAfterSeconds);
  const { facts } = run;
  const result = await run.call(() => startWithdrawalTransfer({ withdrawal_id: run.id, facts }));
  if ('trouble' in result) return transferTrouble(run, result.trouble);
  return transferStarted(run, result.answer);
}

async function transferStarted(run: WithdrawalRun, taken: { readonly transfer_id: string }): Promise<void> {
  run.moveTo(await database.recordTransferStarted({ ...run.moneyStep(), ...taken }));
}

function lookForTransfer(run: WithdrawalRun): Promise<void> {
  const find = () => lookUps.findWithdrawalTransfer({ withdrawal_id: run.id, facts: run.facts });
  return onlyLook(run, { effect: 'transfer', company: 'Circle', find }, (taken) =>
    transferStarted(run, taken),
  );
}

async function transferTrouble(run: WithdrawalRun, { kind, reason }: Trouble): Promise<void> {
  if (kind === 'paused') return run.look();
  if (kind === 'refused') {
    const error = `Circle refused the transfer: ${reason}`;
    const isLast = !run.mayTryAgain('transfer');
    await run.note({ waiting_for: null, refused: { effect: 'transfer', facts: run.facts, error } });
    if (isLast) run.back = { by: 'us', reason: error };
    return;
  }
  if (kind === 'defect') {
    return run.askPerson('transfer_defect', `Our request for the transfer was wrong: ${reason}`);
  }
  return run.askPerson('transfer_unclear', `We do not know whether Circle took the transfer: ${reason}`);
}

/** Waits until the transfer is final, or takes it out of the books when it failed. */
export async function awaitTransfer(run: WithdrawalRun): Promise<void> {
  const { circle_transfer_ref } = run.facts;
  if (!circle_transfer_ref) throw new Error('a transfer that Circle accepted has no id');
  const news = await run.inbox.wait(either(isCircle, isWish, isCorrection(run.facts)), {
    summary: 'Look the transfer up at Circle in case its webhook was lost',
    lookUpAfterSeconds: run.policy.lookUpAfterSeconds,
    lookUp: () => lookUp(circle_transfer_ref, run.facts.waiting_for === 'circle_stuck'),
    lasts: () => run.publish(),
    overdueAfterSeconds: run.policy.reviewAfterSeconds,
    overdue: () =>
      run.reportOverdue('transfer_overdue', 'The transfer has not been final for unusually long.'),
  });
  if (news.source === 'alpaca.journal') return run.inbox.receive(withoutEvent(news));
  if (news.source === 'circle.outbound') await circleSaid(run, news);
}

async function circleSaid(run: WithdrawalRun, news: CircleNews): Promise<void> {
  if (news.reference !== run.facts.circle_transfer_ref) return;
  if (news.state === 'complete') {
    const hash = news.tx_hash ? { tx_hash: news.tx_hash } : {};
    const review = news.review_id ? { review_id: news.review_id } : {};
    run.moveTo(await database.recordWithdrawalCompleted({ ...run.moneyStep(), ...hash, ...review }));
  } else if (news.state === 'stuck') {
    await stuck(run, news.reference);
  } else if (DEAD_TRANSFER.includes(news.state)) {
    await transferFailed(run, news);
  }
  // A word on the way, or one that we do not know: it never counts as an outcome.
}

async function transferFailed(run: WithdrawalRun, news: CircleNews): Promise<void> {
  const reason = `Circle reports the transfer as ${news.state}${because(news)}.`;
  const float_missing = news.error_reason === FLOAT_MISSING;
  const review = news.state === 'denied' ? run.review('transfer_denied', reason) : undefined;
  const isLast = !float_missing && !review && !run.mayTryAgain('transfer');
  run.moveTo(
    await database.recordTransferFailed({
      ...run.moneyStep(),
      reason,
      float_missing,
      ...(review && { review }),
    }),
  );
  if (isLast) run.back = { by: 'us', reason };
  if (review || float_missing) run.publish();
}

async function stuck(run: WithdrawalRun, transfer_id: string): Promise<void> {
  if (run.facts.waiting_for === 'circle_stuck') return;
  await run.note({ waiting_for: 'circle_stuck' });
  const { accelerateWithdrawalTransfer } = movers(run.policy.giveUpAfterSeconds);
  const attempt = run.facts.transfer_attempt;
  const result = await run.call(() =>
    accelerateWithdrawalTransfer({ withdrawal_id: run.id, transfer_id, attempt }),
  );
  if (!('trouble' in result)) return;
  await run.reportOverdue(
    'transfer_stuck',
    `Circle did not accelerate the stuck transfer: ${result.trouble.reason}`,
  );
}

async function lookUp(transfer_id: string, isKnownStuck: boolean): Promise<CircleNews | null> {
  try {
    const found = await lookUps.lookUpWithdrawalTransfer({ transfer_id });
    const isNews =
      found.state === 'complete' ||
      DEAD_TRANSFER.includes(found.state) ||
      (found.state === 'stuck' && !isKnownStuck);
    return isNews ? found : null;
  } catch (error) {
    troubleOf(error);
    return null;
  }
}
