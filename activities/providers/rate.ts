/** Keeps one process under a company's documented request rate, so that it is not turned away with 429. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable } from '../../domain/provider-error.ts';
import type { CallFacts } from './classify.ts';

/** Requests per second, and how many may leave at once after a pause. */
interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Lets a call through now, later, or not at all. */
export type RateGate = (call: CallFacts) => Promise<void>;

/** Longer than this a caller is better served by Temporal's own timer than by a held activity slot. */
const MAX_WAIT_MS = 2_000;

/**
 * A gate of `rate`; `undefined` lets everything through. It knows this process only: with several workers the
 * company's 429 stays the last word.
 * @throws Unavailable with the time to wait when the queue is longer than two seconds.
 */
export function createRateGate(rate: Rate | undefined): RateGate {
  if (rate === undefined) return async () => undefined;
  const spacingMs = 1000 / rate.perSecond;
  const toleranceMs = spacingMs * (rate.burst - 1);
  let nextFreeAt = 0;
  return async (call) => {
    const now = Date.now();
    const waitMs = Math.max(0, nextFreeAt - toleranceMs - now);
    if (waitMs > MAX_WAIT_MS) {
      throw new Unavailable(`${call.provider} ${call.operation}: our own rate limit`, {
        provider: call.provider,
        operation: call.operation,
        code: 'own_rate_limit',
        retryAfterMs: Math.ceil(waitMs),
      });
    }
    nextFreeAt = Math.max(nextFreeAt, now) + spacingMs;
    if (waitMs > 0) await sleep(waitMs);
  };
}
