/** Where providers send events: verified on the raw body, stored before the answer, then signalled. */
import type { Client } from '@temporalio/client';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { Logger } from 'pino';
import type { CircleWebhook } from '../../activities/providers/circle/webhook.ts';
import type { MintWebhook } from '../../activities/providers/mint/webhook.ts';
import type { Database } from '../../db/client.ts';
import type { WorkflowSignal } from '../../db/platform/inbound-event-queries.ts';
import { signalDeposit } from '../../temporal/signal-deposit.ts';
import { circleEndpoint } from './circle.ts';
import { mintEndpoint } from './mint.ts';

/** Largest body that a provider's event may have; theirs are a few kilobytes. */
const BODY_LIMIT = '256kb';

export interface WebhookDeps {
  readonly database: Database;
  readonly temporal: Client;
  readonly taskQueue: string;
  readonly circle: CircleWebhook;
  readonly mint: MintWebhook;
  readonly log: Logger;
}

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

/** A webhook's work; what it throws becomes a problem answer. */
export type Endpoint = (request: Request, response: Response) => Promise<void>;

function endpoint(handle: Endpoint) {
  return (request: Request, response: Response, next: NextFunction): void => {
    handle(request, response).catch(next);
  };
}

/**
 * Sends the signals of a stored event. One that does not arrive is no reason to ask the provider for a
 * repeat: the event is stored, and the sweep sends it again.
 */
export async function sendSignals(deps: WebhookDeps, signals: readonly WorkflowSignal[]): Promise<void> {
  await Promise.all(
    signals.map(async (signal) => {
      try {
        await signalDeposit(deps.temporal, deps.taskQueue, signal);
      } catch (error) {
        const { workflow_id, message } = signal;
        deps.log.warn(
          { workflow_id, event_id: message.event_id, error: String(error) },
          'signal is left to the sweep',
        );
      }
    }),
  );
}
