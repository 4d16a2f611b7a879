/** First part of a wire: approvals, bank hours, switches, and the one order. */
import { condition } from '@temporalio/workflow';
import { attempt, type Trouble } from '../runtime/outcome.ts';
import { database, movers } from './wire-activities.ts';
import type { WireRun } from './wire-run.ts';

/** Waits for the people, until the time for it is over. */
export async function awaitApproval(run: WireRun): Promise<void> {
  const { approval_expires_at } = run.facts;
  const leftSeconds = approval_expires_at
    ? run.secondsUntil(approval_expires_at)
    : run.policy.approvalExpiresAfterSeconds;
  if (leftSeconds > 0) {
    await run.pause(leftSeconds, 'Until enough people have approved, or the time is over');
    if (run.facts.status === 'awaiting_approval') await run.look();
    return;
  }
  const reason = 'Nobody approved it in time.';
  run.movedTo(await database.recordWireCanceled({ ...run.step(), event: 'approval_expired', reason }));
}

/** Orders the transfer as soon as banks and switches allow it. */
export async function send(run: WireRun): Promise<void> {
  if (run.facts.waiting_for === 'review') return awaitDecision(run);
  if (run.facts.paused_by) return hold(run);
  await condition(() => !run.busy);
  if (run.facts.status !== 'planned') return;
  run.busy = true;
  const { sendWire } = movers(run.policy.giveUpAfterSeconds);
  const result = await attempt(sendWire({ wire_id: run.id, facts: run.facts, policy: run.policy }));
  if ('trouble' in result) {
    run.busy = false;
    return sendTrouble(run, result.trouble);
  }
  const { answer } = result;
  if ('wait_until' in answer) {
    run.busy = false;
    const { why, wait_until, wait_seconds, expected_at } = answer;
    if (run.facts.waiting_for !== why)
      await run.note({ waiting_for: why, sends_at: wait_until, expected_at });
    if (why === 'bank_link') await awaitLink(run);
    else await run.pause(wait_seconds, 'Until the banks open');
    // Switches may have changed meanwhile, and somebody may have called it off.
    if (run.facts.status === 'planned') await run.look();
    return;
  }
  const { reference, expected_at } = answer;
  run.movedTo(await database.recordWireInitiated({ ...run.moneyStep(), reference, expected_at }));
  run.busy = false;
}

/** Asks again with growing pauses; when that takes too long a person is told, and we go on asking. */
async function awaitLink(run: WireRun): Promise<void> {
  const { lookUpAfterSeconds: pauses, overdueAfterSeconds } = run.policy;
  const seconds = pauses[Math.min(run.link.rounds, pauses.length - 1)] ?? 60;
  await run.pause(seconds, 'Until the bank account is linked');
  const before = run.link.seconds;
  run.link.rounds += 1;
  run.link.seconds += seconds;
  if (before >= overdueAfterSeconds || run.link.seconds < overdueAfterSeconds) return;
  const detail = 'The receiving bank account is not linked at the sending company, or not configured.';
  await run.reportOverdue('wire_bank_link', detail);
}

/** A new number only after a clear no; what is unclear, or our own fault, keeps its number and is looked up first. */
async function sendTrouble(run: WireRun, { kind, reason }: Trouble): Promise<void> {
  if (kind === 'paused') return run.look();
  if (kind === 'refused') {
    const { attempt: number } = run.facts;
    await run.askPerson('wire_refused', `The order was refused: ${reason}`, {
      attempt: number + 1,
      failed_operation: { attempt: number, error: reason },
    });
  } else if (kind === 'defect') {
    await run.askPerson('wire_defect', `Our order was wrong: ${reason}`);
  } else {
    await run.askPerson('wire_unclear', `We do not know whether the order was taken: ${reason}`);
  }
}

async function awaitDecision(run: WireRun): Promise<void> {
  const decision = await run.decided();
  if (run.facts.status !== 'planned') return;
  if (decision?.decision === 'reject') await run.callOff('canceled', decision.note);
  else await run.note({ waiting_for: null });
}

/** Waits while a switch is off: for the word, for a look after growing pauses, and after a while a person is told. */
async function hold(run: WireRun): Promise<void> {
  const { lookUpAfterSeconds: pauses, overdueAfterSeconds } = run.policy;
  if (run.facts.waiting_for !== 'paused') await run.note({ waiting_for: 'paused' });
  let waitedSeconds = 0;
  let told = false;
  for (let round = 0; run.facts.paused_by && run.facts.status === 'planned'; round += 1) {
    const pause = pauses[Math.min(round, pauses.length - 1)] ?? 60;
    await run.pause(pause, 'Until staff switch on again what this wire needs');
    waitedSeconds += pause;
    await run.look();
    if (told || !run.facts.paused_by || waitedSeconds < overdueAfterSeconds) continue;
    told = true;
    await run.reportOverdue('wire_paused_long', `This wire is held for long: ${run.facts.paused_by}.`);
  }
  if (run.facts.status === 'planned') await run.note({ waiting_for: null });
}
