/** Second part of a withdrawal: Mint makes USDC of our dollars and sends it to our treasury wallet. */
import { type Trouble, troubleOf } from '../runtime/outcome.ts';
import { database, lookUps, movers } from './withdrawal-activities.ts';
import { because, either, isCorrection, isMint, isWish, type MintNews } from './withdrawal-news.ts';
import type { WithdrawalRun } from './withdrawal-run.ts';
import { isReady, waitFor } from './withdrawal-wait.ts';

/** Mint's code for too few dollars in our account. */
const FLOAT_MISSING = 'insufficient_funds';
/** Mint's code for a transfer that its own rules forbid. */
const DENIED = 'transfer_denied';

/** Asks Mint for the transfer. */
export async function startOnRamp(run: WithdrawalRun): Promise<void> {
  if (run.facts.waiting_for === 'mint_float') return waitFor(run, 'mint_float');
  if (!run.facts.treasury_wallet?.mint_recipient_id) return waitFor(run, 'wallet');
  if (!(await isReady(run))) return;
  const { startOnRamp: start } = movers(run.policy.giveUpAfterSeconds);
  const { facts } = run;
  const result = await run.call(() => start({ withdrawal_id: run.id, facts }));
  if ('trouble' in result) return onRampTrouble(run, result.trouble);
  const { transfer_id } = result.answer;
  run.moveTo(await database.recordOnRampStarted({ ...run.moneyStep(), transfer_id }));
}

async function onRampTrouble(run: WithdrawalRun, { kind, reason }: Trouble): Promise<void> {
  if (kind === 'paused') return run.look();
  if (kind === 'refused') {
    const error = `Mint refused the transfer: ${reason}`;
    const isLast = !run.mayTryAgain('on_ramp');
    await run.note({ waiting_for: null, refused: { effect: 'on_ramp', facts: run.facts, error } });
    if (isLast) run.back = { by: 'us', reason: error };
    return;
  }
  if (kind === 'defect') {
    return run.askPerson('on_ramp_defect', `Our request to Mint was wrong: ${reason}`);
  }
  return run.askPerson('on_ramp_unclear', `We do not know whether Mint took the transfer: ${reason}`);
}

/** Waits until the USDC is in the treasury wallet, or takes the transfer out of the books when it failed. */
export async function awaitOnRamp(run: WithdrawalRun): Promise<void> {
  const { on_ramp_word: word, circle_on_ramp_ref } = run.facts;
  if (!circle_on_ramp_ref) throw new Error('a transfer that Mint accepted has no id');
  if (word && (word.state === 'complete' || word.state === 'failed')) {
    return mintSaid(run, { source: 'mint.transfer', amount: run.facts.net_usd, ...word });
  }
  const news = await run.inbox.wait(either(isMint, isWish, isCorrection(run.facts)), {
    summary: 'Look the transfer up at Mint in case its webhook was lost',
    lookUpAfterSeconds: run.policy.lookUpAfterSeconds,
    lookUp: () => lookUp(circle_on_ramp_ref),
    lasts: () => run.publish(),
    overdueAfterSeconds: run.policy.reviewAfterSeconds,
    overdue: () =>
      run.reportOverdue('on_ramp_overdue', 'Mint has not completed this transfer for unusually long.'),
  });
  // A correction stays for the main loop, which takes it between two steps.
  if (news.source === 'alpaca.journal') return run.inbox.receive(withoutEvent(news));
  if (news.source === 'mint.transfer') await mintSaid(run, news);
}

async function mintSaid(run: WithdrawalRun, news: MintNews): Promise<void> {
  // An earlier attempt's late news is about a transfer that we have booked back already.
  if (news.reference !== run.facts.circle_on_ramp_ref) return;
  if (news.state === 'complete') {
    const hash = news.tx_hash ? { tx_hash: news.tx_hash } : {};
    const review = news.review_id ? { review_id: news.review_id } : {};
    run.moveTo(await database.recordOnRampCompleted({ ...run.moneyStep(), ...hash, ...review }));
  } else if (news.state === 'failed') {
    await onRampFailed(run, news);
  }
  // A word on the way, or one that we do not know: it never counts as an outcome.
}

async function onRampFailed(run: WithdrawalRun, news: MintNews): Promise<void> {
  const reason = `Mint reports the transfer as failed${because(news)}.`;
  const float_missing = news.error_reason === FLOAT_MISSING;
  const review = news.error_reason === DENIED ? run.review('on_ramp_denied', reason) : undefined;
  const isLast = !float_missing && !review && !run.mayTryAgain('on_ramp');
  run.moveTo(
    await database.recordOnRampFailed({
      ...run.moneyStep(),
      reason,
      float_missing,
      ...(review && { review }),
    }),
  );
  if (isLast) run.back = { by: 'us', reason };
  if (review || float_missing) run.publish();
}

async function lookUp(transfer_id: string): Promise<MintNews | null> {
  try {
    const found = await lookUps.lookUpOnRamp({ transfer_id });
    return found.state === 'complete' || found.state === 'failed' ? found : null;
  } catch (error) {
    troubleOf(error);
    return null;
  }
}

/** A message that is put back has been counted as received. */
export function withoutEvent<M extends { readonly event_id?: string }>({ event_id: _used, ...message }: M) {
  return message;
}
