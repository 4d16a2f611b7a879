/** The way back of a deposit: a person decided that it goes to its sender, and Circle sends it. */
import { DEAD_TRANSFER } from '../../domain/funding/transfer-report.ts';
import { attempt, type Trouble, troubleOf } from '../runtime/outcome.ts';
import { database, lookUps, rareMovers } from './deposit-activities.ts';
import type { DepositMessage, OutboundTransferMessage } from './deposit-messages.ts';
import { holdWhilePaused, takePause } from './deposit-pause.ts';
import type { DepositRun } from './deposit-run.ts';

const isOutbound = (message: DepositMessage): message is OutboundTransferMessage =>
  message.source === 'circle.outbound';

/** Does the next thing about a refund that was decided. */
export async function refundDeposit(run: DepositRun): Promise<void> {
  if (run.facts.waiting_for === 'review') return run.awaitDecision();
  const reference = run.facts.refund?.reference;
  if (reference) return awaitRefund(run, reference);
  if (run.facts.paused_by) return holdWhilePaused(run);
  const { sendRefund } = rareMovers(run.policy.giveUpAfterSeconds);
  const result = await attempt(sendRefund({ deposit_id: run.id, facts: run.facts }));
  if ('trouble' in result) return refundTrouble(run, result.trouble);
  const { transfer_id } = result.answer;
  run.moveTo(await database.recordRefundSent({ ...run.step(), facts: run.facts, transfer_id }));
  run.publish();
}

/** As with every transfer: only after a clear refusal is the refund over; what is unclear keeps its key. */
async function refundTrouble(run: DepositRun, { kind, reason }: Trouble): Promise<void> {
  if (kind === 'paused') return takePause(run);
  if (kind === 'refused') {
    await refundFailed(run, 'refund_refused', `Circle refused the refund: ${reason}`);
  } else if (kind === 'defect') {
    await run.askPerson('refund_defect', `Our request for the refund was wrong: ${reason}`);
  } else {
    const detail = `We do not know whether Circle took the refund: ${reason}`;
    await run.askPerson('refund_unclear', detail, {}, isOutbound);
  }
}

async function awaitRefund(run: DepositRun, reference: string): Promise<void> {
  const isNews = (message: DepositMessage): message is OutboundTransferMessage =>
    isOutbound(message) && message.reference === reference;
  const news = await run.inbox.wait(isNews, {
    summary: 'Look the refund up at Circle in case its webhook was lost',
    lookUpAfterSeconds: run.policy.lookUpAfterSeconds,
    lookUp: () => lookUp(run, reference),
    overdueAfterSeconds: run.policy.reviewAfterSeconds,
    overdue: () => run.reportOverdue('refund_overdue', 'Circle has not sent the refund for unusually long.'),
  });
  if (news.state === 'complete') {
    const hash = news.tx_hash ? { tx_hash: news.tx_hash } : {};
    run.moveTo(await database.recordRefunded({ ...run.step(), facts: run.facts, ...hash }));
    run.publish();
  } else if (DEAD_TRANSFER.includes(news.state)) {
    const because = news.error_reason ? ` (${news.error_reason})` : '';
    await refundFailed(run, `refund_${news.state}`, `Circle reports the refund as ${news.state}${because}.`);
  } else if (news.state === 'stuck') {
    await accelerate(run, reference);
  }
}

/** Circle sends it anew with a higher fee; where Circle does not, a person is told while we wait on. */
async function accelerate(run: DepositRun, transfer_id: string): Promise<void> {
  if (run.facts.waiting_for === 'circle_stuck') return;
  await run.note({ waiting_for: 'circle_stuck' });
  const { accelerateRefund } = rareMovers(run.policy.giveUpAfterSeconds);
  const attempted = { deposit_id: run.id, transfer_id, attempt: run.facts.refund_attempt };
  const result = await attempt(accelerateRefund(attempted));
  if ('trouble' in result)
    await run.reportOverdue(
      'refund_stuck',
      `Circle did not accelerate the stuck refund: ${result.trouble.reason}`,
    );
}

async function refundFailed(run: DepositRun, reason: string, detail: string): Promise<void> {
  const review = { reason, detail, due_seconds: run.policy.reviewDueSeconds };
  run.moveTo(await database.recordRefundFailed({ ...run.step(), facts: run.facts, reason: detail, review }));
  run.beginReview(detail);
  run.publish();
}

/** That it is stuck still is no news: the pauses go on growing, and the wait may become overdue. */
async function lookUp(run: DepositRun, transfer_id: string): Promise<OutboundTransferMessage | null> {
  try {
    const found = await lookUps.lookUpRefund({ transfer_id });
    return found?.state === 'stuck' && run.facts.waiting_for === 'circle_stuck' ? null : found;
  } catch (error) {
    troubleOf(error);
    return null;
  }
}

/** The broker took the dollars back: a person decides whether they are journalled again or go to the sender. */
export async function decideReturned(run: DepositRun): Promise<void> {
  if (run.facts.waiting_for === 'review') return run.awaitDecision();
  run.moveTo(await database.recordDepositResumed({ ...run.step(), facts: run.facts }));
  run.publish();
}
