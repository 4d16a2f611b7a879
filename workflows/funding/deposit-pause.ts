/** A deposit that staff hold up: it waits before its next provider call, and goes on by itself. */
import { condition } from '@temporalio/workflow';
import { RELEASED } from '../../domain/platform/switch.ts';
import { database } from './deposit-activities.ts';
import type { DepositMessage, ReleasedMessage } from './deposit-messages.ts';
import type { DepositRun } from './deposit-run.ts';

const isRelease = (message: DepositMessage): message is ReleasedMessage => message.source === RELEASED.source;

/**
 * Waits while a switch is off that the next call needs. Three exits: the word that it is on again, a look
 * after growing pauses (the word may be lost), and a deadline after which a person is told while we wait on.
 */
export async function holdWhilePaused(run: DepositRun): Promise<void> {
  const { retryAfterSeconds: pauses, reviewAfterSeconds } = run.policy;
  if (run.facts.waiting_for !== 'paused') await run.note({ waiting_for: 'paused' });
  let waitedSeconds = 0;
  let told = false;
  for (let round = 0; run.facts.paused_by; round += 1) {
    const pause = pauses[Math.min(round, pauses.length - 1)] ?? 60;
    const summary = 'Until staff switch on again what this deposit needs';
    const isWoken = () => run.inbox.peek(isRelease) !== undefined || run.mayBeUndone();
    await condition(isWoken, pause * 1000, { summary });
    // What the chain took back is looked at first; the deposit comes back here if it stays.
    if (run.mayBeUndone()) return;
    while (run.inbox.take(isRelease)) {
      // One look answers every word that has come.
    }
    waitedSeconds += pause;
    await takePause(run);
    if (told || !run.facts.paused_by || waitedSeconds < reviewAfterSeconds) continue;
    told = true;
    await run.reportOverdue(
      'paused_long',
      `This deposit has been held for unusually long: ${run.facts.paused_by}.`,
    );
  }
  run.beginReview(undefined);
  await run.note({ waiting_for: null });
}

/** Reads how the switches stand now. */
export async function takePause(run: DepositRun): Promise<void> {
  run.moveTo(await database.noteDeposit(run.step()));
}
