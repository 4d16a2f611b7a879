/** Waits for something to become true, with a bound and a message that says what was seen last. */
import { setTimeout as sleep } from 'node:timers/promises';

interface EventuallyOptions {
  /** Longest wait; a minute unless told: it costs nothing where all is well, and the machine may be a busy one. */
  readonly timeoutMs?: number;
  /** Time between two looks; 20 ms unless told. */
  readonly everyMs?: number;
  /** What to say besides when the time is over: where the thing stands. */
  readonly explain?: () => Promise<string>;
}

/**
 * Calls `look` until it returns without throwing (assertions inside are fine) and hands back its result.
 * A result of `undefined` or `false` counts as "not yet".
 *
 * @throws the last error of `look`, its message led by `what` and the time waited.
 */
export async function eventually<Result>(
  what: string,
  look: () => Promise<Result> | Result,
  { timeoutMs = 60_000, everyMs = 20, explain = async () => '' }: EventuallyOptions = {},
): Promise<Exclude<Result, undefined | false>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let reason: unknown;
    try {
      const result = await look();
      if (result !== undefined && result !== false) return result as Exclude<Result, undefined | false>;
      reason = `last seen: ${String(result)}`;
    } catch (error) {
      reason = error instanceof Error ? error.message : error;
    }
    if (performance.now() >= deadline) {
      const more = await explain().catch((error: unknown) => `(${String(error)})`);
      throw new Error(`Not within ${timeoutMs} ms: ${what}. ${String(reason)} ${more}`.trimEnd());
    }
    await sleep(everyMs);
  }
}
