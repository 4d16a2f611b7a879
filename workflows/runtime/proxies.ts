/** Named profiles of activity options, so that no workflow invents its own. */
import { ApplicationFailure } from '@temporalio/common';
import {
  type ActivityOptions,
  isCancellation,
  type LocalActivityOptions,
  proxyActivities,
  proxyLocalActivities,
  sleep,
} from '@temporalio/workflow';

/** An activity as workflows call it. */
// biome-ignore lint/suspicious/noExplicitAny: arguments of an arbitrary activity
type Activity = (...args: any[]) => Promise<unknown>;
/** One line for each activity: what the Temporal Web UI shows beside it. */
type Summaries<A> = { readonly [Name in keyof A]: string };

const DATABASE: LocalActivityOptions = {
  startToCloseTimeout: '15 seconds',
  localRetryThreshold: '1 minute',
  retry: { initialInterval: '100 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
};

const PROVIDER: ActivityOptions = {
  startToCloseTimeout: '30 seconds',
  // A worker that died is noticed after this, not after the whole time that a slow call may take.
  heartbeatTimeout: '6 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '1 minute' },
};

/**
 * Database steps: local activities, one SQL round trip each. They are tried until they succeed, because
 * a workflow without its database can do nothing better than wait; what the database refuses is final.
 */
export function databaseSteps<A extends Record<keyof A, Activity>>(summaries: Summaries<A>): A {
  return perActivity(
    summaries,
    (summary) => proxyLocalActivities<A>({ ...DATABASE, summary }) as unknown as A,
  );
}

/**
 * Calls to a provider: tried again with growing pauses until `giveUpAfterSeconds`, the state's limit.
 * Reaching it means that we do not know, never that the call failed.
 */
export function providerCalls<A extends Record<keyof A, Activity>>(
  giveUpAfterSeconds: number,
  summaries: Summaries<A>,
): A {
  const scheduleToCloseTimeout = giveUpAfterSeconds * 1000;
  return perActivity(
    summaries,
    (summary) => proxyActivities<A>({ ...PROVIDER, scheduleToCloseTimeout, summary }) as unknown as A,
  );
}

const PROMPT: LocalActivityOptions = {
  // The call itself is cut off sooner (activities/prompt-try.ts); this catches what hangs elsewhere.
  startToCloseTimeout: '8 seconds',
  retry: { maximumAttempts: 1 },
};

/** Before the regular activity asks a company again that has just said no or nothing. */
const PROMPT_PAUSE_MS = 500;

/**
 * Calls to a provider that usually answers at once: one try inside the workflow task, which saves the engine four
 * writes and six events. A clear answer, yes or no, is final. After anything else the regular activity goes on as
 * in `providerCalls`, told by `tried` that it must look first. Not for lifecycles that people wait on or talk to
 * while a call is under way: until the try is over their updates are not heard.
 */
export function promptCalls<A extends Record<keyof A, Activity>>(
  giveUpAfterSeconds: number,
  summaries: Summaries<A>,
): A {
  const regular = providerCalls<A>(giveUpAfterSeconds, summaries);
  const prompt = perActivity<A>(
    summaries,
    (summary) => proxyLocalActivities<A>({ ...PROMPT, summary }) as unknown as A,
  );
  const names = Object.keys(summaries) as (keyof A)[];
  const calls = names.map((name) => {
    const call = async (input: object): Promise<unknown> => {
      try {
        return await prompt[name](input);
      } catch (error) {
        if (isCancellation(error) || isClear(error)) throw error;
        await sleep(pauseAfter(error), { summary: 'Before the company is asked again' });
        return regular[name]({ ...input, tried: true });
      }
    };
    return [name, call];
  });
  return Object.fromEntries(calls) as A;
}

/** What is not tried again: a no, a fault of ours, a switch that is off. */
function isClear(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.nonRetryable === true;
}

/** As long as the company asked for (activities/failure.ts), in milliseconds. */
function pauseAfter(error: unknown): number {
  const [facts] = error instanceof ApplicationFailure ? (error.details ?? []) : [];
  const { retryAfterMs = 0 } = (facts ?? {}) as { readonly retryAfterMs?: number };
  return Math.max(retryAfterMs, PROMPT_PAUSE_MS);
}

/**
 * Work that takes minutes: whole lists, heavy statements. It reports as it goes; one that is silent for a minute has
 * died and is begun anew elsewhere.
 */
export function longWork<A extends Record<keyof A, Activity>>(
  giveUpAfterSeconds: number,
  summaries: Summaries<A>,
): A {
  const limit = giveUpAfterSeconds * 1000;
  const options = {
    ...PROVIDER,
    startToCloseTimeout: limit,
    scheduleToCloseTimeout: limit,
    heartbeatTimeout: '1 minute',
  } as const;
  return perActivity(summaries, (summary) => proxyActivities<A>({ ...options, summary }) as unknown as A);
}

function perActivity<A>(summaries: Summaries<A>, proxy: (summary: string) => A): A {
  const names = Object.keys(summaries) as (keyof A)[];
  return Object.fromEntries(names.map((name) => [name, proxy(summaries[name])[name]])) as A;
}
