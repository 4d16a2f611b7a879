/** Named profiles of activity options, so that no workflow invents its own. */
import {
  type ActivityOptions,
  type LocalActivityOptions,
  proxyActivities,
  proxyLocalActivities,
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
