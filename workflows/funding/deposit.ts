/** A deposit: USDC that arrived in a customer's wallet becomes buying power at the broker. */
import { ApplicationFailure } from '@temporalio/common';
import { allHandlersFinished, condition, setHandler } from '@temporalio/workflow';
import type { DepositFacts, OpenedDeposit } from '../../domain/funding/deposit-facts.ts';
import { troubleOf } from '../runtime/outcome.ts';
import { database } from './deposit-activities.ts';
import { awaitFinality, isFinal } from './deposit-confirmation.ts';
import { fundBroker, handleCorrection } from './deposit-funding.ts';
import {
  type DepositInput,
  type DepositMessage,
  type DepositResult,
  decideDepositReview,
  type InboundTransferMessage,
  providerEvent,
} from './deposit-messages.ts';
import { awaitMintCredit, startOffRamp } from './deposit-off-ramp.ts';
import { decideReturned, refundDeposit } from './deposit-refund.ts';
import { checkReorganisation } from './deposit-reorganisation.ts';
import { DepositRun, isInbound } from './deposit-run.ts';

/**
 * The whole life of a deposit. Each round looks at where the database says the deposit stands and does
 * the next thing, so that a deposit can be taken up again anywhere, by a new run as well.
 */
export async function deposit(input: DepositInput): Promise<DepositResult> {
  const run = new DepositRun(input.deposit_id);
  const receive = (...messages: DepositMessage[]) => {
    for (const message of messages) run.inbox.receive(message);
  };
  setHandler(providerEvent, receive, {
    description: 'What Circle, Mint, Alpaca or the treasury said; repeats and any order are fine.',
  });
  setHandler(decideDepositReview, (decision) => run.decide(decision), {
    description: 'What a person decided about an open review: retry, refund, force_complete or close.',
    validator: (decision) => {
      const reason = run.refuseDecision(decision);
      if (reason) throw ApplicationFailure.nonRetryable(reason, 'DecisionRefused');
    },
  });

  const opened = await open(run);
  if (!opened) return { status: 'unknown_wallet' };
  run.begin(opened);
  for (;;) {
    while (await advanceOrAsk(run)) {
      // Each step reports what happened; the database says where the deposit stands now.
    }
    await condition(allHandlersFinished);
    // What was taken without a database step after it counts as well: an event left open is signalled for ever.
    // And what comes in while that is written is looked at too, before the run ends.
    if (run.inbox.isAcknowledged()) break;
    await run.inbox.flush();
  }
  run.conclude();
  return { status: run.facts.status };
}

/** The first message tells which transfer it is; a run that begins with another message finds the row. */
async function open(run: DepositRun): Promise<OpenedDeposit | null> {
  await condition(() => !run.inbox.isEmpty());
  const final = run.inbox.peek(isFinal);
  const first = final ?? run.inbox.peek(isInbound);
  if (!first) return database.noteDeposit(run.step());
  const seen = await database.recordDepositSeen({
    ...run.step(),
    ...transferOf(first),
    ...(final && { is_final: true }),
  });
  return 'unknown_wallet' in seen ? null : seen;
}

function transferOf(message: InboundTransferMessage) {
  const { source: _source, event_id: _event, state: _state, ...transfer } = message;
  return transfer;
}

/** A step that the database refuses is our fault: a person looks, and the deposit goes on from where it stands. */
async function advanceOrAsk(run: DepositRun): Promise<boolean> {
  try {
    return await advance(run);
  } catch (error) {
    const { reason } = troubleOf(error);
    await run.askPerson('defect', `A step of this deposit cannot be recorded: ${reason}`);
    return true;
  }
}

/** Does the next thing; false when nothing is left to do. */
async function advance(run: DepositRun): Promise<boolean> {
  const before: DepositFacts = run.facts;
  if (run.mayBeUndone()) {
    await checkReorganisation(run);
    return true;
  }
  if (before.refund && before.status !== 'refunded') {
    await refundDeposit(run);
    return true;
  }
  switch (before.status) {
    case 'pending_confirmation':
      await awaitFinality(run);
      return true;
    case 'confirmed_on_chain':
      // Dust waits for the next deposit, which carries it along: nothing is left to do here.
      if (before.waiting_for === 'next_deposit' || before.waiting_for === 'carrier') return false;
      await startOffRamp(run);
      return true;
    case 'off_ramp_initiated':
      await awaitMintCredit(run);
      return true;
    case 'off_ramp_complete':
      await fundBroker(run);
      return true;
    case 'broker_funded':
    case 'failed':
      return handleCorrection(run);
    case 'returned':
      await decideReturned(run);
      return true;
    default:
      return false;
  }
}
