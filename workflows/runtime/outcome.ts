/** What became of a provider call that did not return: the classes of the error translator, in the workflow. */
import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';

export type Trouble =
  /** A clear no: nothing happened. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The limit was reached without a clear answer: it may have happened. */
  | { readonly kind: 'unclear'; readonly reason: string }
  /** Staff have stopped this: nothing was asked for now, and it is asked for when they release it. */
  | { readonly kind: 'paused'; readonly reason: string }
  /** Our own fault: a person must look. */
  | { readonly kind: 'defect'; readonly reason: string };

/**
 * Reads a failed activity. Anything that is no clear refusal counts as unclear, never as failed.
 * @throws the error itself when no activity failed: a bug pauses the workflow instead of losing it.
 */
export function troubleOf(error: unknown): Trouble {
  const cause = failureOf(error);
  const reason = cause.message;
  if (cause instanceof ApplicationFailure && cause.nonRetryable) {
    if (cause.type === 'Paused') return { kind: 'paused', reason };
    return { kind: cause.type === 'Refused' ? 'refused' : 'defect', reason };
  }
  return { kind: 'unclear', reason };
}

/** A local activity hands its failure over as it is; any other activity wraps it in an ActivityFailure. */
function failureOf(error: unknown): Error {
  if (error instanceof ActivityFailure) return error.cause ?? error;
  if (error instanceof ApplicationFailure || error instanceof TimeoutFailure) return error;
  throw error;
}

/** The answer of a provider call, or why there is none. Only the call itself is judged, nothing after it. */
export async function attempt<T>(
  call: Promise<T>,
): Promise<{ readonly answer: T } | { readonly trouble: Trouble }> {
  try {
    return { answer: await call };
  } catch (error) {
    return { trouble: troubleOf(error) };
  }
}
