/** Turns a refusal of a lifecycle into the problem that the API answers with. */
import type { Refusal } from '../../domain/funding/address-facts.ts';
import { PROBLEM_CODES } from '../../domain/problem.ts';
import { ProblemError } from '../problem.ts';

/** Where the figures say when it is possible, Retry-After says so too. */
export function refused({ code, detail, figures = {} }: Refusal): Error {
  const known = PROBLEM_CODES.find((each) => each === code);
  if (!known) return new Error(`a request was refused for a reason that the API does not know: ${code}`);
  const at = figures.resets_at ?? figures.usable_at;
  return new ProblemError(known, detail, {
    ...(Object.keys(figures).length > 0 && { figures }),
    ...(at && { retryAfterSeconds: Math.max(1, (Date.parse(at) - Date.now()) / 1000) }),
  });
}
