/** Stand in for lifecycles that no worker runs yet: requests are refused as not available, nothing is lost. */
import type { ReviewPort } from './platform/review-port.ts';
import { ProblemError } from './problem.ts';

function notWired(what: string): never {
  throw new ProblemError('service_unavailable', `${what} is not connected in this process.`, {
    retryAfterSeconds: 60,
  });
}

/** Reviews that cannot be decided. */
export const unwiredReviews: ReviewPort = {
  decide: async () => notWired('The decision of reviews'),
};
