/**
 * The first try of a provider call, made inside the workflow task that asks for it: a local activity, over before
 * the engine would have handed a regular one out. Only a company that answers at once is worth that; whatever else
 * comes of it is the business of the regular activity that follows (`promptCalls` in workflows/runtime/proxies.ts).
 */
import { activityInfo } from '@temporalio/activity';
import { type Provider, Unavailable, Unclear } from '../domain/provider-error.ts';
import { withinMs } from './providers/deadline.ts';

/** A workflow task that takes longer keeps signals and updates of its workflow waiting. */
const PROMPT_MS = 3_000;
/** For so long after a company was silent or away it is not asked inside workflow tasks. */
const REST_MS = 10_000;

/**
 * Makes one call to a company. Inside a workflow task it is cut off soon, and its answer is written down in the same
 * local activity, which is one step of the workflow less. `written` is what that answered: it is not there after a
 * regular activity, nor when it did not work. Then a step of its own does it, which does no harm when it comes twice.
 */
export type PromptTry = <T, W>(
  operation: string,
  call: () => Promise<T>,
  write: (answer: T) => Promise<W>,
) => Promise<{ readonly answer: T; readonly written?: W }>;

/**
 * Remembers for one process when the company was silent, so that an outage costs the workflow tasks one short wait,
 * and not one for each lifecycle. Calls of regular activities pass as they are.
 */
export function createPromptTry(provider: Provider): PromptTry {
  let restsUntil = 0;
  return async (operation, call, write) => {
    const { isLocal, currentAttemptScheduledTimestampMs: now } = activityInfo();
    if (!isLocal) return { answer: await call() };
    if (now < restsUntil) {
      const message = `${provider} ${operation}: was silent just now, so it is not asked inside a workflow task`;
      throw new Unavailable(message, { provider, operation, code: 'silent_lately' });
    }
    const answer = await withinMs(PROMPT_MS, call).catch((error: unknown) => {
      if (error instanceof Unclear || error instanceof Unavailable) restsUntil = now + PROMPT_MS + REST_MS;
      throw error;
    });
    const written = await write(answer).catch(() => undefined);
    return { answer, ...(written !== undefined && { written }) };
  };
}

/** Whether a call may have been made before, so that it is looked up first; `tried` tells of a prompt try. */
export function isRepeated(tried = false): boolean {
  return tried || activityInfo().attempt > 1;
}
