/** The paths whose every step is a crash point: a lifecycle joins by a line here. */
import type { Cast } from './cast.ts';
import { depositEntries } from './deposit.ts';
import type { CrashEntry } from './entry.ts';
import { peopleEntries } from './people.ts';
import { platformEntries } from './platform.ts';
import { wireEntries } from './wire.ts';
import { withdrawalEntries } from './withdrawal.ts';

/** The trunk of a lifecycle stands before its ways back: what both pass counts for the trunk. */
export function crashEntries(cast: Cast): CrashEntry[] {
  const all = [depositEntries, withdrawalEntries, peopleEntries, wireEntries, platformEntries];
  const entries = all.flatMap((entriesOf) => entriesOf(cast));
  return [...entries.filter(({ isTrunk }) => isTrunk), ...entries.filter(({ isTrunk }) => !isTrunk)];
}
