/** Finds what the webhooks did not tell: transfers that nobody reported, and events whose signal never arrived. */
import type { SweepActivities } from '../../activities/funding/sweep.ts';
import type { StuckRunActivities } from '../../activities/platform/stuck-runs.ts';
import { showCard } from '../runtime/card.ts';
import { providerCalls } from '../runtime/proxies.ts';

const GIVE_UP_AFTER_SECONDS = 50;

/** One round; a schedule starts it every minute. */
export async function sweep(): Promise<{
  transfers: number;
  undone: number;
  stuck: number;
  signals: number;
}> {
  const { findUnreportedTransfers, findUndoneTransfers, endStuckRuns, sendOpenEvents } = providerCalls<
    SweepActivities & StuckRunActivities
  >(GIVE_UP_AFTER_SECONDS, {
    findUnreportedTransfers: 'Circle: inbound transfers since the last round',
    findUndoneTransfers: 'Circle: inbound transfers that failed after they were final',
    endStuckRuns: 'End runs that cannot go on',
    sendOpenEvents: 'Send the signals that did not arrive',
  });
  const transfers = await findUnreportedTransfers();
  const undone = await findUndoneTransfers();
  // What these were told last is open then, and sent with the rest: it begins another run.
  const stuck = await endStuckRuns();
  const signals = await sendOpenEvents();
  showCard(
    `Found **${transfers}** transfers without a webhook and **${undone}** that were undone, ` +
      `ended **${stuck}** runs that could not go on, sent **${signals}** signals again.`,
  );
  return { transfers, undone, stuck, signals };
}
