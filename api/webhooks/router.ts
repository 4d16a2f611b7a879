/** Where providers send events: verified on the raw body, stored before the answer, then signalled. */
import express, { type NextFunction, type Request, type Response } from 'express';
import { ProblemError } from '../problem.ts';
import { circleEndpoint } from './circle.ts';
import type { Endpoint, WebhookDeps } from './delivery.ts';
import { mintEndpoint } from './mint.ts';

/** Largest body that a provider's event may have; theirs are a few kilobytes. */
const BODY_LIMIT = '256kb';

/** The router that `createApp` mounts at /v1/webhooks. */
export function createWebhooks(deps: WebhookDeps): express.Router {
  const router = express.Router();
  // Circle asks with HEAD whether an endpoint is there when a subscription is made.
  router.head(['/circle', '/mint'], (_request, response) => void response.status(200).end());
  const raw = express.raw({ type: () => true, limit: BODY_LIMIT });
  router.post('/circle', raw, endpoint(circleEndpoint(deps)));
  router.post('/mint', raw, endpoint(mintEndpoint(deps)));
  router.use(unreadable);
  return router;
}

function endpoint(handle: Endpoint) {
  return (request: Request, response: Response, next: NextFunction): void => {
    handle(request, response).catch(next);
  };
}

/** Problems of the body itself, as the reader of raw bodies reports them by status. */
const UNREADABLE = {
  400: 'malformed_request',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
} as const;

/** A body that could not be read is the sender's problem, not ours. */
function unreadable(error: unknown, _request: Request, _response: Response, next: NextFunction): void {
  const status = (error as { status?: unknown } | null)?.status;
  const code = error instanceof ProblemError ? undefined : UNREADABLE[status as keyof typeof UNREADABLE];
  next(code === undefined ? error : new ProblemError(code));
}
