/** A transfer that the chain took back after it had been credited. */

import { sleep } from '@temporalio/workflow';
import { DEAD_TRANSFER } from '../../domain/funding/transfer-report.ts';
import { attempt } from '../runtime/outcome.ts';
import { database, lookUps } from './deposit-activities.ts';
import { type DepositRun, isUndone } from './deposit-run.ts';

/**
 * Looks the transfer up before anything is taken back: webhooks come late and in any order, and only what Circle
 * says now counts. While Circle gives no answer the deposit stands still.
 */
export async function checkReorganisation(run: DepositRun): Promise<void> {
  const news = run.inbox.take(isUndone);
  if (!news) return;
  const { circle_transaction_id, circle_wallet_id, token, amount } = news;
  const asked = { circle_transaction_id, circle_wallet_id, token, amount };
  const { lookUpAfterSeconds: pauses, reviewDueSeconds } = run.policy;
  for (let round = 0; ; round += 1) {
    const result = await attempt(lookUps.lookUpInboundTransfer(asked));
    // Circle says that there is no such transfer: it is as gone as one that failed.
    const isGone = 'trouble' in result && result.trouble.kind === 'refused';
    if ('answer' in result && !DEAD_TRANSFER.includes(result.answer.state)) return;
    if ('answer' in result || isGone) break;
    await run.reportOverdue(
      'reorganisation_unclear',
      `Circle reported the transfer as ${news.state} after it was final, and does not answer: ${result.trouble.reason}`,
    );
    const pause = pauses[Math.min(round, pauses.length - 1)] ?? 60;
    await sleep(pause * 1000, { summary: 'Pause before Circle is asked again whether the transfer is gone' });
  }
  const where = run.facts.status.replaceAll('_', ' ');
  const reason = `Circle reports the transfer as ${news.state} after it had been final: the chain took it back.`;
  const detail = `${reason} The deposit was ${where}.`;
  run.moveTo(
    await database.recordDepositReorganised({
      ...run.step(),
      reason,
      review: { reason: 'reorganised', detail, due_seconds: reviewDueSeconds },
    }),
  );
  run.publish();
}
