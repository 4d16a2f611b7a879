/** The same webhooks as Sluice's API takes: verified on the raw body, stored, then told to the workflow. */
import express from 'express';
import { createCircleWebhook } from '../../activities/providers/circle/webhook.ts';
import { createMintAccountWebhook } from '../../activities/providers/mint/webhook.ts';
import type { Config } from '../../config.ts';
import type { Database } from '../../db/client.ts';
import {
  keepEvent,
  receiveCircleReport,
  receiveMintReport,
  type WorkflowSignal,
} from '../../db/platform/inbound-event-queries.ts';

export type Signal = WorkflowSignal;

/** POST /circle and POST /mint. */
export function webhookRouter(
  config: Config,
  database: Database,
  tell: (signal: Signal) => Promise<void>,
): express.Router {
  const circle = createCircleWebhook(config.circle);
  const mint = createMintAccountWebhook(config.mint);
  const router = express.Router();
  router.head(['/circle', '/mint'], (_request, response) => void response.status(200).end());
  const raw = express.raw({ type: () => true, limit: '256kb' });

  router.post('/circle', raw, async (request, response) => {
    const rawBody = request.body as Buffer;
    const signature = request.get('x-circle-signature');
    const notification = await circle.verify({ rawBody, signature, keyId: request.get('x-circle-key-id') });
    const source = { eventId: notification.notificationId, payload: JSON.parse(rawBody.toString('utf8')) };
    if (notification.transaction) {
      const { signals } = await receiveCircleReport(database, source, notification.transaction);
      await Promise.all(signals.map(tell));
    } else await keepEvent(database, { provider: 'circle', kind: notification.type, ...source });
    response.status(200).end();
  });

  router.post('/mint', raw, async (request, response) => {
    const rawBody = request.body as Buffer;
    const message = await mint.verify(rawBody);
    if (message.kind === 'confirmation') await mint.confirm(message);
    else {
      const source = { eventId: message.messageId, payload: JSON.parse(rawBody.toString('utf8')) };
      if (message.transfer?.direction === 'in') {
        const { signals } = await receiveMintReport(database, source, message.transfer);
        await Promise.all(signals.map(tell));
      } else await keepEvent(database, { provider: 'mint', kind: `mint.${message.type}`, ...source });
    }
    response.status(200).end();
  });
  return router;
}
