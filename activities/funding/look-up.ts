/** How an effect that may have happened is looked up at a provider. */
import type { Database } from '../../db/client.ts';
import { isOperationUnknown, type OperationName } from '../../db/platform/operation-steps.ts';
import { Defect, Refused, Unclear } from '../../domain/provider-error.ts';

const DAY_MS = 24 * 3600 * 1000;
/** A lifecycle that is older is in review since long. */
const LOOK_UP_DAYS = 30;

/** RFC 3339 time from which on a look-up lists. */
export function lookUpSince(): string {
  return new Date(Date.now() - LOOK_UP_DAYS * DAY_MS).toISOString();
}

/**
 * What an error of a request means where asking again under the same key is the only look-up. A no to the repeated
 * request says nothing about the first one, which may have had its effect: it is as unclear as before.
 */
export async function asAnswerToRepeat(
  database: Database,
  operation: OperationName,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof Refused) || !(await isOperationUnknown(database, operation))) return error;
  return asStillUnclear(error);
}

/** What an error of a look-up means, when only its answer tells what a write before it has done: ask again. */
export function asStillUnclear(error: unknown): unknown {
  if (!(error instanceof Refused || error instanceof Defect)) return error;
  const { provider, operation, code, httpStatus } = error;
  const facts = { provider, operation, code, httpStatus };
  return new Unclear(`not told what became of an earlier request: ${error.message}`, facts);
}
