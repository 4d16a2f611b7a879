/** Notifications of Circle's wallets. */
import { keepEvent, receiveCircleReport } from '../../db/platform/inbound-event-queries.ts';
import { type Endpoint, rejected, tellAll, type WebhookDeps } from './delivery.ts';

/** Verifies, stores, signals. A forged or damaged delivery changes nothing and is answered 401. */
export function circleEndpoint(deps: WebhookDeps): Endpoint {
  return async (request, response) => {
    const rawBody = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
    const notification = await deps.circle
      .verify({
        rawBody,
        signature: request.get('x-circle-signature'),
        keyId: request.get('x-circle-key-id'),
      })
      .catch(rejected);
    const source = { eventId: notification.notificationId, payload: JSON.parse(rawBody.toString('utf8')) };
    if (notification.transaction) {
      const { signals } = await receiveCircleReport(deps.database, source, notification.transaction);
      await tellAll(deps, signals);
    } else {
      await keepEvent(deps.database, { provider: 'circle', kind: notification.type, ...source });
    }
    response.status(200).end();
  };
}
