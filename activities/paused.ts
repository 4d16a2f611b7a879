/** The last look at the switches, inside an activity that is about to move something. */
import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../db/client.ts';
import { lifecyclePausedBy, railsPausedBy } from '../db/platform/switch-queries.ts';
import { isRepeated } from './prompt-try.ts';

/**
 * Ends an activity that is being tried again while staff have stopped what it does. The first try needs no
 * look: the step before it has just told the workflow how the switches stand.
 * @param before runs when it is paused: writes down that the outcome is not known yet.
 * @param isRepeat whether a try came before this one; by default whether Temporal knows of one.
 * @throws {ApplicationFailure} `Paused`, which no retry follows; the workflow waits.
 */
export async function refuseRetryWhilePaused(
  database: Database,
  lifecycle: string,
  id: string,
  before: (words: string) => Promise<void>,
  isRepeat = isRepeated(),
): Promise<void> {
  if (!isRepeat) return;
  const words = await lifecyclePausedBy(database, lifecycle, id);
  if (words === null) return;
  await before(words);
  throw paused(words);
}

/** Ends an activity while staff have stopped one of the rails. @throws {ApplicationFailure} `Paused`. */
export async function refuseWhilePaused(database: Database, rails: readonly string[]): Promise<void> {
  const words = await railsPausedBy(database, rails);
  if (words !== null) throw paused(words);
}

/** Ends an activity that must not go on as things stand by now: the workflow looks at them anew. */
export function standsStill(words: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(words, 'Paused');
}

function paused(words: string): ApplicationFailure {
  return standsStill(`Paused by staff: ${words}`);
}
