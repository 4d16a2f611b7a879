/** Outgoing webhooks: what can be subscribed to, when a delivery is tried again, and who drives it. */
import type { StateSpec } from '../lifecycle.ts';
import { LIFECYCLES } from '../lifecycles.ts';
import type { WebhookPolicy } from './webhook-policy.ts';

/** Lifecycles of ours alone are told to nobody outside. */
const INTERNAL: readonly string[] = ['wire'];

/** Every type of event: each state of each lifecycle of a customer, every notice, and a test. */
export const EVENT_TYPES: readonly string[] = [
  ...Object.entries(LIFECYCLES)
    .filter(([name]) => !INTERNAL.includes(name))
    .flatMap(([name, { lifecycle }]) =>
      Object.keys(lifecycle.states as Record<string, StateSpec>).map((state) => `${name}.${state}`),
    ),
  'notification.created',
];

/** The type of the event that an endpoint is tested with; it needs no subscription. */
export const TEST_EVENT = 'webhook.test';

/** Subscribes to everything, also to what is added later. */
export const EVERYTHING = '*';

/** How the announcing of new deliveries is run: a long-running activity that one worker holds. */
export interface WebhookDispatchInput {
  /** One activity looks this long and then ends by itself, so that its workflow's history stays short. */
  readonly roundSeconds: number;
  /** Pause between two looks. */
  readonly pollSeconds: number;
  /** A delivery that is due for this long was forgotten: its workflow is started again. */
  readonly forgottenAfterSeconds: number;
}

export const DEFAULT_WEBHOOK_DISPATCH: WebhookDispatchInput = {
  roundSeconds: 30 * 60,
  pollSeconds: 0.3,
  forgottenAfterSeconds: 120,
};

/** What one turn of an endpoint's deliveries did. */
export interface DeliveryTurn {
  /** Its origin alone: the rest may hold a token. */
  readonly url: string;
  readonly delivered: number;
  readonly failed: number;
  /** Deliveries that are still to be made. */
  readonly pending: number;
  /** Until the next one is due; null when none is left, or the endpoint is off. */
  readonly next_in_seconds: number | null;
  /** Why the last try failed; null when it did not. */
  readonly trouble: string | null;
}

/**
 * Seconds until the next try: doubling pauses, give or take a fifth, so that many deliveries do not come back in
 * one wave. An endpoint's own Retry-After counts where it is longer.
 * @param attempt number of the try that failed, from 1 on.
 * @param chance from 0 to 1.
 */
export function retryAfterSeconds(
  policy: Pick<WebhookPolicy, 'firstRetrySeconds' | 'longestRetrySeconds'>,
  attempt: number,
  chance: number,
  askedSeconds = 0,
): number {
  const doubled = policy.firstRetrySeconds * 2 ** Math.min(attempt - 1, 40);
  const pause = Math.min(doubled, policy.longestRetrySeconds) * (0.8 + 0.4 * chance);
  return Math.max(pause, Math.min(askedSeconds, policy.longestRetrySeconds));
}
