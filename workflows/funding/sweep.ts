/** Finds what the webhooks did not tell: transfers that nobody reported, and events whose signal never arrived. */
import type { SweepActivities } from '../../activities/funding/sweep.ts';
import { showCard } from '../runtime/card.ts';
import { providerCalls } from '../runtime/proxies.ts';

const GIVE_UP_AFTER_SECONDS = 50;

/** One round; a schedule starts it every minute. */
export async function sweep(): Promise<{ transfers: number; undone: number; signals: number }> {
  const { findUnreportedTransfers, findUndoneTransfers, sendOpenEvents } = providerCalls<SweepActivities>(
    GIVE_UP_AFTER_SECONDS,
    {
      findUnreportedTransfers: 'Circle: inbound transfers since the last round',
      findUndoneTransfers: 'Circle: inbound transfers that failed after they were final',
      sendOpenEvents: 'Send the signals that did not arrive',
    },
  );
  const transfers = await findUnreportedTransfers();
  const undone = await findUndoneTransfers();
  const signals = await sendOpenEvents();
  showCard(
    `Found **${transfers}** transfers without a webhook and **${undone}** that were undone, ` +
      `sent **${signals}** signals again.`,
  );
  return { transfers, undone, signals };
}
