/** First part of a deposit: the transfer becomes final on chain and is credited. */

import { DEAD_TRANSFER } from '../../domain/funding/transfer-report.ts';
import { troubleOf } from '../runtime/outcome.ts';
import { database, lookUps } from './deposit-activities.ts';
import type { DepositMessage, InboundTransferMessage } from './deposit-messages.ts';
import { type DepositRun, isInbound } from './deposit-run.ts';

/** Circle's word that USDC is there for good. */
export const isFinal = (message: DepositMessage): message is InboundTransferMessage =>
  isInbound(message) && message.state === 'complete' && message.token === 'USDC';

/** Waits until Circle says COMPLETE and credits the transfer, or closes the deposit when it never will be. */
export async function awaitFinality(run: DepositRun): Promise<void> {
  const news = await run.inbox.wait(isInbound, {
    summary: 'Look the transfer up at Circle in case its webhook was lost',
    lookUpAfterSeconds: run.policy.lookUpAfterSeconds,
    lookUp: () => lookUp(run),
    overdueAfterSeconds: run.policy.reviewAfterSeconds,
    overdue: () =>
      run.reportOverdue(
        'confirmation_overdue',
        'Circle has not reported this transfer as final for unusually long.',
      ),
  });
  run.transfer = news;
  if (news.state === 'complete' && news.token !== 'USDC') {
    const reason = `The token is not USDC (Circle token ${news.token}). It was not credited.`;
    run.moveTo(await database.recordDepositFailed({ ...run.step(), event: 'rejected', reason }));
    run.publish();
  } else if (news.state === 'complete') {
    const hash = news.tx_hash ? { tx_hash: news.tx_hash } : {};
    run.moveTo(await database.recordDepositConfirmed({ ...run.step(), ...hash }));
  } else if (DEAD_TRANSFER.includes(news.state)) {
    const reason = `Circle reports the transfer as ${news.state}: the network dropped it.`;
    run.moveTo(await database.recordDepositFailed({ ...run.step(), event: 'dropped', reason }));
    run.publish();
  }
  // Anything else (confirmed, a word we do not know) is news on the way: we go on waiting.
}

async function lookUp(run: DepositRun): Promise<InboundTransferMessage | null> {
  const { transfer } = run;
  if (!transfer) return null;
  try {
    const found = await lookUps.lookUpInboundTransfer({
      circle_transaction_id: transfer.circle_transaction_id,
      circle_wallet_id: transfer.circle_wallet_id,
      token: transfer.token,
      amount: transfer.amount,
    });
    return found.state === transfer.state ? null : found;
  } catch (error) {
    // Also a refusal to be asked, or "no such transfer", is no word that the chain dropped it: Circle says that itself.
    troubleOf(error);
    return null;
  }
}
