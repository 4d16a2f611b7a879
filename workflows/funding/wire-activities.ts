/** The activities of a wire with their options and the lines that the Temporal Web UI shows beside them. */
import type { WireActivities } from '../../activities/funding/wire.ts';
import type { WireMoneyActivities } from '../../activities/funding/wire-money.ts';
import type { WireOrderActivities } from '../../activities/funding/wire-order.ts';
import type { WireTrackingActivities } from '../../activities/funding/wire-tracking.ts';
import type { ReviewActivities } from '../../activities/platform/review.ts';
import { databaseSteps, providerCalls } from '../runtime/proxies.ts';

export const database = databaseSteps<WireActivities & WireMoneyActivities & ReviewActivities>({
  noteWire: 'Read the wire, or write down why it waits',
  recordWireInitiated: 'The order is with the sending company: the money has left its place',
  recordWireSent: 'The money has left the sending company',
  recordWireCompleted: 'The money is at the other end',
  recordWireFailed: 'The money did not leave: it stands where it was',
  recordWireReturned: 'The bank sent the money back',
  recordWireCanceled: 'Nothing is sent',
  recordWireVote: 'Write down who approves',
  recordReviewDecision: 'Write down what a person decided',
});

/** Moves money; at the limit a person is asked. */
export function movers(giveUpAfterSeconds: number) {
  return providerCalls<WireOrderActivities>(giveUpAfterSeconds, {
    sendWire: 'Order the transfer, inside bank hours',
  });
}

/** Look-ups change nothing; one that finds no answer in time is simply asked again later. */
const LOOK_UP_GIVES_UP_AFTER_SECONDS = 60;

export const lookUps = providerCalls<WireTrackingActivities>(LOOK_UP_GIVES_UP_AFTER_SECONDS, {
  trackWire: 'Ask both companies where the wire is',
});
