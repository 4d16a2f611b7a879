/** Wakes what staff have held, after a switch is on again or a customer is active again. */
import type { ReleaseActivities } from '../../activities/platform/release.ts';
import { showCard } from '../runtime/card.ts';
import { providerCalls } from '../runtime/proxies.ts';

/** What is not woken by then finds out by its own look-ups. */
const GIVE_UP_AFTER_SECONDS = 600;

/** Runs once for each release; answers how many lifecycles were told. */
export async function release(): Promise<{ woken: number }> {
  const { wakeReleased } = providerCalls<ReleaseActivities>(GIVE_UP_AFTER_SECONDS, {
    wakeReleased: 'Tell held lifecycles that they may go on',
  });
  const woken = await wakeReleased();
  showCard(`Told **${woken}** held lifecycles that they may go on. Who must act: nobody.`);
  return { woken };
}
