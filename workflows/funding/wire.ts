/** A wire: our own money from one of our places to another. */
import { ApplicationFailure } from '@temporalio/common';
import { allHandlersFinished, condition, setHandler } from '@temporalio/workflow';
import { troubleOf } from '../runtime/outcome.ts';
import { goesAlongWithNewVersions } from '../runtime/versions.ts';
import { database } from './wire-activities.ts';
import { awaitArrival, watchForReturn } from './wire-arrival.ts';
import {
  cancelWire,
  decideWireReview,
  voteOnWire,
  type WireInput,
  type WireResult,
  wireEvent,
} from './wire-messages.ts';
import { WireRun } from './wire-run.ts';
import { awaitApproval, send } from './wire-sending.ts';

/** The whole life of a wire; the row is there before it starts, and it can be taken up again anywhere. */
export async function wire(input: WireInput): Promise<WireResult> {
  const run = new WireRun(input.wire_id);
  setHandlers(run);
  run.begin(await database.noteWire(run.step()));
  while (await advanceOrAsk(run)) {
    // Each step reports what happened; the database says where the wire stands now.
  }
  await condition(allHandlersFinished);
  run.publish();
  await run.inbox.flush();
  return { status: run.facts.status };
}

// Banks take days, and may send a wire back days later.
goesAlongWithNewVersions(wire);

function setHandlers(run: WireRun): void {
  setHandler(wireEvent, (message) => run.inbox.receive(message), {
    description: 'A company or our staff say that something changed; the wire looks up what.',
  });
  setHandler(
    voteOnWire,
    async (vote) => {
      await condition(() => run.isOpen);
      return run.vote(vote);
    },
    { description: 'One person approves or rejects a wire that needs approval.' },
  );
  setHandler(
    cancelWire,
    async (cancel) => {
      await condition(() => run.isOpen);
      return run.cancel(cancel);
    },
    { description: 'Calls off a wire that has not been ordered yet.' },
  );
  setHandler(decideWireReview, (decision) => run.decide(decision), {
    description: 'What a person decided about an open review: retry, reject, force_complete or close.',
    validator: (decision) => {
      if (!run.isOpen) throw ApplicationFailure.nonRetryable('The wire is just starting.', 'DecisionRefused');
      const reason = run.refuseDecision(decision);
      if (reason) throw ApplicationFailure.nonRetryable(reason, 'DecisionRefused');
    },
  });
}

/** A step that the database refuses is our fault: a person looks, and the wire goes on from where it stands. */
async function advanceOrAsk(run: WireRun): Promise<boolean> {
  try {
    return await advance(run);
  } catch (error) {
    run.busy = false;
    const { reason } = troubleOf(error);
    await run.reportOverdue('wire_defect', `A step of this wire cannot be recorded: ${reason}`);
    await run.pause(run.policy.overdueAfterSeconds, 'Until somebody has looked');
    await run.look();
    return true;
  }
}

/** Does the next thing; false when nothing is left to do. */
async function advance(run: WireRun): Promise<boolean> {
  switch (run.facts.status) {
    case 'planned':
      await send(run);
      return true;
    case 'awaiting_approval':
      await awaitApproval(run);
      return true;
    case 'initiated':
    case 'sent':
      await awaitArrival(run);
      return true;
    case 'complete':
      return watchForReturn(run);
    default:
      return false;
  }
}
