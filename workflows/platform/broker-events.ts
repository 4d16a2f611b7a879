/** Reads one of the broker's event streams for ever: whichever worker lives does the reading. */
import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { BrokerEventActivities } from '../../activities/platform/broker-events.ts';
import type { BrokerEventsInput } from '../../domain/platform/broker-events.ts';
import { showCard } from '../runtime/card.ts';
import { goesAlongWithNewVersions } from '../runtime/versions.ts';

/** Rounds in one run: a run's history stays small enough to be read by people. */
const ROUNDS_PER_RUN = 20;

/**
 * The entity that owns a stream's connection. Fail-over is the engine's: a reader that stops reporting is
 * replaced within the heartbeat's limit, and goes on where the stored cursor stands.
 */
export async function brokerEvents(input: BrokerEventsInput): Promise<never> {
  const { policy, stream } = input;
  const { readBrokerEvents } = proxyActivities<BrokerEventActivities>({
    startToCloseTimeout: policy.roundSeconds * 1000 + 60_000,
    heartbeatTimeout: policy.heartbeatTimeoutSeconds * 1000,
    retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
    summary: `Alpaca, ${stream}: read events and pass them on`,
  });
  for (let round = 1; round <= ROUNDS_PER_RUN && !workflowInfo().continueAsNewSuggested; round += 1) {
    showCard(card(stream, round));
    await readBrokerEvents(input);
  }
  return continueAsNew<typeof brokerEvents>(input);
}

goesAlongWithNewVersions(brokerEvents);

function card(stream: string, round: number): string {
  return [
    `**Listening to Alpaca's ${stream} stream** (round ${round} of this run).`,
    '',
    'Events are stored and passed to the workflow that waits for them. The pending activity shows the worker',
    'that holds the connection and, as its heartbeat, the last event that was stored.',
    '',
    'Who must act: nobody. If the activity keeps failing, Alpaca or the network is down; deposits and',
    'applications then find out by look-ups.',
  ].join('\n');
}
