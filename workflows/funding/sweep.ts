/** Finds what the webhooks did not tell: transfers that nobody reported, and events whose signal never arrived. */
import type { LostRequestActivities } from '../../activities/funding/lost-requests.ts';
import type { SweepActivities } from '../../activities/funding/sweep.ts';
import type { StuckRunActivities } from '../../activities/platform/stuck-runs.ts';
import { showCard } from '../runtime/card.ts';
import { providerCalls } from '../runtime/proxies.ts';

const GIVE_UP_AFTER_SECONDS = 50;

/** One round; a schedule starts it every minute. */
export async function sweep(): Promise<{
  transfers: number;
  undone: number;
  begun: number;
  stuck: number;
  signals: number;
}> {
  const sweeping = providerCalls<SweepActivities & LostRequestActivities & StuckRunActivities>(
    GIVE_UP_AFTER_SECONDS,
    {
      findUnreportedTransfers: 'Circle: inbound transfers since the last round',
      findUndoneTransfers: 'Circle: inbound transfers that failed after they were final',
      beginLostRequests: 'Begin withdrawals and addresses whose request was lost',
      endStuckRuns: 'End runs that cannot go on',
      sendOpenEvents: 'Send the signals that did not arrive',
    },
  );
  const transfers = await sweeping.findUnreportedTransfers();
  const undone = await sweeping.findUndoneTransfers();
  const begun = await sweeping.beginLostRequests();
  // What these were told last is open then, and sent with the rest: it begins another run.
  const stuck = await sweeping.endStuckRuns();
  const signals = await sweeping.sendOpenEvents();
  showCard(
    `Found **${transfers}** transfers without a webhook and **${undone}** that were undone, ` +
      `let **${begun}** requests begin that were lost, ` +
      `ended **${stuck}** runs that could not go on, sent **${signals}** signals again.`,
  );
  return { transfers, undone, begun, stuck, signals };
}
