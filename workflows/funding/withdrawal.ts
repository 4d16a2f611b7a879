/** A withdrawal: dollars at the broker become USDC at an address of the customer's choice. */
import { ApplicationFailure } from '@temporalio/common';
import { allHandlersFinished, condition, setHandler } from '@temporalio/workflow';
import { troubleOf } from '../runtime/outcome.ts';
import { database } from './withdrawal-activities.ts';
import { refund, turnBack } from './withdrawal-back.ts';
import { awaitJournal, withdrawFromBroker } from './withdrawal-broker.ts';
import {
  cancelWithdrawal,
  decideApproval,
  decideWithdrawalReview,
  requestWithdrawal,
  type WithdrawalInput,
  type WithdrawalResult,
  withdrawalEvent,
} from './withdrawal-messages.ts';
import { isWish } from './withdrawal-news.ts';
import { awaitOnRamp, startOnRamp } from './withdrawal-on-ramp.ts';
import { WithdrawalRun } from './withdrawal-run.ts';
import { afterTheEnd, handleCorrection, handleRepeated, repeatJournal } from './withdrawal-taken-back.ts';
import { awaitTransfer, startTransfer } from './withdrawal-transfer.ts';
import { awaitApproval } from './withdrawal-wait.ts';
import { approve, cancel, decide, refuseDecision, request } from './withdrawal-wishes.ts';

/**
 * The whole life of a withdrawal. Each round looks at where the database says the withdrawal stands and does the
 * next thing, so that it can be taken up again anywhere, by a new run as well.
 */
export async function withdrawal(input: WithdrawalInput): Promise<WithdrawalResult> {
  const run = new WithdrawalRun(input.withdrawal_id);
  listen(run);
  await condition(() => run.isOpen || run.refused || !run.inbox.isEmpty());
  if (run.refused) {
    await condition(allHandlersFinished);
    if (!run.isOpen) return { status: 'refused' };
  }
  if (!run.isOpen) run.begin(await database.noteWithdrawal(run.step()));
  for (;;) {
    while (await advanceOrAsk(run)) {
      // Each step reports what happened; the database says where the withdrawal stands now.
    }
    await condition(allHandlersFinished);
    // What was taken without a database step after it counts as well: an event left open is signalled for ever.
    // And what comes in while that is written is looked at too, before the run ends.
    if (run.inbox.isAcknowledged()) break;
    await run.inbox.flush();
  }
  run.publish();
  return { status: run.facts.status };
}

function listen(run: WithdrawalRun): void {
  setHandler(withdrawalEvent, (message) => run.inbox.receive(message), {
    description: 'What Circle, Mint, Alpaca, the treasury or staff said; repeats and any order are fine.',
  });
  setHandler(requestWithdrawal, (wanted) => run.handle(() => request(run, wanted)), {
    description: 'Takes the request: writes the row and holds the money, or says why not.',
  });
  setHandler(decideApproval, (decision) => run.handle(() => approve(run, decision)), {
    description: 'What a member of staff says about a withdrawal that must be approved.',
  });
  setHandler(cancelWithdrawal, (wish) => cancel(run, wish), {
    description: 'Cancels the withdrawal where that is still possible, and says why where it is not.',
  });
  setHandler(decideWithdrawalReview, (decision) => run.handle(() => decide(run, decision)), {
    description:
      'What a person decided about an open review: retry, refund, force_complete, force_fail or close.',
    validator: (decision) => {
      const reason = refuseDecision(run, decision);
      if (reason) throw ApplicationFailure.nonRetryable(reason, 'DecisionRefused');
    },
  });
}

/** A step that the database refuses is our fault: a person looks, and it goes on from where it stands. */
async function advanceOrAsk(run: WithdrawalRun): Promise<boolean> {
  try {
    return await advance(run);
  } catch (error) {
    const { reason } = troubleOf(error);
    await run.askPerson('defect', `A step of this withdrawal cannot be recorded: ${reason}`);
    return true;
  }
}

/** Does the next thing; false when nothing is left to do. */
async function advance(run: WithdrawalRun): Promise<boolean> {
  while (run.inbox.take(isWish)) {
    // It has woken us; what is wished stands at the run.
  }
  if (await handleRepeated(run)) return true;
  if (await handleCorrection(run)) return true;
  if (run.repeatJournal) {
    await repeatJournal(run);
    return true;
  }
  if (await turnBack(run)) return true;
  return nextStep(run);
}

async function nextStep(run: WithdrawalRun): Promise<boolean> {
  const isBack = run.facts.refund_reason !== null;
  switch (run.facts.status) {
    case 'awaiting_approval':
      await awaitApproval(run);
      return true;
    case 'pending':
      await withdrawFromBroker(run);
      return true;
    case 'broker_withdrawal_initiated':
      await awaitJournal(run);
      return true;
    case 'broker_withdrawal_complete':
      await (isBack ? refund(run) : startOnRamp(run));
      return true;
    case 'on_ramp_initiated':
      await awaitOnRamp(run);
      return true;
    case 'on_ramp_complete':
      await (isBack ? refund(run) : startTransfer(run));
      return true;
    case 'transfer_initiated':
      await awaitTransfer(run);
      return true;
    case 'complete':
    case 'refunded':
      return afterTheEnd(run);
    default:
      return false;
  }
}
