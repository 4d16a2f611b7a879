/** Second part of a deposit: the USDC goes to Circle Mint and becomes dollars. */
import { attempt, type Trouble, troubleOf } from '../runtime/outcome.ts';
import { database, lookUps, movers, rareMovers } from './deposit-activities.ts';
import type { MintTransferMessage, OutboundTransferMessage } from './deposit-messages.ts';
import { holdWhilePaused, takePause } from './deposit-pause.ts';
import { type DepositRun, isOffRampNews } from './deposit-run.ts';

/** Sends the transfer to Mint. */
export async function startOffRamp(run: DepositRun): Promise<void> {
  if (run.facts.waiting_for === 'review') return run.awaitDecision();
  if (run.facts.paused_by) return holdWhilePaused(run);
  const { startOffRampTransfer } = movers(run.policy.giveUpAfterSeconds);
  const result = await attempt(startOffRampTransfer({ deposit_id: run.id, facts: run.facts }));
  if ('trouble' in result) return offRampTrouble(run, result.trouble);
  const { transfer_id, facts } = result.answer;
  run.moveTo(
    facts ?? (await database.recordOffRampStarted({ ...run.step(), facts: run.facts, transfer_id })),
  );
}

/**
 * Only after a clear refusal is the transfer sent under a new key. What is unclear, or our own fault, keeps
 * its key and is looked up first, however often a person says retry.
 */
async function offRampTrouble(run: DepositRun, { kind, reason }: Trouble): Promise<void> {
  if (kind === 'paused') return takePause(run);
  if (kind === 'refused') {
    const step = `off_ramp:${run.facts.off_ramp_attempt}`;
    await run.askPerson('off_ramp_refused', `Circle refused the transfer to Mint: ${reason}`, {
      off_ramp_attempt: run.facts.off_ramp_attempt + 1,
      failed_operation: { provider: 'circle', step, error: reason },
    });
  } else if (kind === 'defect') {
    await run.askPerson('off_ramp_defect', `Our request for the transfer to Mint was wrong: ${reason}`);
  } else {
    const detail = `We do not know whether Circle took the transfer: ${reason}`;
    await run.askPerson('off_ramp_unclear', detail, {}, isOffRampNews);
  }
}

/** Waits until Mint has credited the dollars, or takes the transfer back into the books when it failed. */
export async function awaitMintCredit(run: DepositRun): Promise<void> {
  const news = await run.inbox.wait(isOffRampNews, {
    summary: 'Look the transfer up at Circle and Mint in case a webhook was lost',
    lookUpAfterSeconds: run.policy.lookUpAfterSeconds,
    lookUp: () => lookUp(run),
    lasts: () => run.publish(),
    overdueAfterSeconds: run.policy.reviewAfterSeconds,
    overdue: () =>
      run.reportOverdue('mint_credit_overdue', 'Mint has not credited this transfer for unusually long.'),
  });
  if (news.source === 'mint.transfer') return mintSaid(run, news);
  return circleSaid(run, news);
}

async function mintSaid(run: DepositRun, news: MintTransferMessage): Promise<void> {
  if (news.state !== 'complete') {
    await run.askPerson(
      'mint_transfer_failed',
      `The USDC reached our Mint address, but Mint reports the transfer as ${news.state}${because(news)}.`,
    );
    return;
  }
  if (Number(news.amount) !== Number(run.facts.amount_usd)) {
    await run.askPerson(
      'mint_amount_mismatch',
      `Mint credited ${news.amount} USD for a transfer of ${run.facts.amount_usd}. Nothing was posted.`,
    );
    return;
  }
  const { tx_hash, forced_by_review } = news;
  const hash = { ...(tx_hash && { tx_hash }), ...(forced_by_review && { forced_by_review }) };
  run.moveTo(
    await database.recordOffRampCompleted({
      ...run.step(),
      facts: run.facts,
      mint_transfer_id: news.reference,
      ...hash,
    }),
  );
}

async function circleSaid(run: DepositRun, news: OutboundTransferMessage): Promise<void> {
  // An earlier attempt's late news is about a transfer that we have booked back already.
  if (news.reference !== run.facts.circle_transfer_ref) return;
  const { off_ramp_attempt } = run.facts;
  switch (news.state) {
    case 'stuck': {
      if (run.facts.waiting_for === 'circle_stuck') return;
      await run.note({ waiting_for: 'circle_stuck' });
      const { accelerateOffRamp } = rareMovers(run.policy.giveUpAfterSeconds);
      try {
        await accelerateOffRamp({
          deposit_id: run.id,
          transfer_id: news.reference,
          attempt: off_ramp_attempt,
        });
      } catch (error) {
        await run.reportOverdue(
          'off_ramp_stuck',
          `Circle did not accelerate the stuck transfer: ${troubleOf(error).reason}`,
        );
      }
      return;
    }
    case 'failed':
    case 'canceled':
    case 'denied': {
      const askPerson = news.state === 'denied' || off_ramp_attempt >= run.policy.offRampAttempts;
      const reason = `Circle reports the transfer to Mint as ${news.state}${because(news)}.`;
      const review = {
        reason: `off_ramp_${news.state}`,
        detail: reason,
        due_seconds: run.policy.reviewDueSeconds,
      };
      run.moveTo(
        await database.recordOffRampFailed({
          ...run.step(),
          facts: run.facts,
          reason,
          ...(askPerson && { review }),
        }),
      );
      run.beginReview(askPerson ? reason : undefined);
      run.publish();
      return;
    }
    default:
      // A word on the way, or one that we do not know: it never counts as an outcome.
      return;
  }
}

function because(news: { readonly error_reason?: string }): string {
  return news.error_reason ? ` (${news.error_reason})` : '';
}

/** That the transfer is stuck still is no news: the pauses go on growing, and the wait may become overdue. */
async function lookUp(run: DepositRun): Promise<MintTransferMessage | OutboundTransferMessage | null> {
  const { circle_transfer_ref, amount_usd, waiting_for } = run.facts;
  if (!circle_transfer_ref || !amount_usd) return null;
  try {
    const found = await lookUps.lookUpOffRamp({ transfer_id: circle_transfer_ref, amount_usd });
    return found?.state === 'stuck' && waiting_for === 'circle_stuck' ? null : found;
  } catch (error) {
    troubleOf(error);
    return null;
  }
}
