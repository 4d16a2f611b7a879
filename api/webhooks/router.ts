/** Where providers send events: verified on the raw body, stored before the answer, then signalled. */
import express, { type NextFunction, type Request, type Response } from 'express';
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
  return router;
}

function endpoint(handle: Endpoint) {
  return (request: Request, response: Response, next: NextFunction): void => {
    handle(request, response).catch(next);
  };
}
