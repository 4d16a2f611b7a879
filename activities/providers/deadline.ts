/** A time limit that a caller sets for every provider call below it, whatever the client's own limits are. */
import { AsyncLocalStorage } from 'node:async_hooks';

const deadlines = new AsyncLocalStorage<number>();

/** Runs `work`; a provider call inside it that has no answer `ms` from now is cut off, and counts as unanswered. */
export function withinMs<T>(ms: number, work: () => Promise<T>): Promise<T> {
  return deadlines.run(performance.now() + ms, work);
}

/** What a call may take at most: its own limit, or what is left of its caller's, in milliseconds. */
export function timeLeft(ownLimitMs: number): number {
  const deadline = deadlines.getStore();
  if (deadline === undefined) return ownLimitMs;
  return Math.max(1, Math.min(ownLimitMs, Math.round(deadline - performance.now())));
}
