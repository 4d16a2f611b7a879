/** Notifications of Circle Mint, which come through Amazon SNS. */
import { receiveMintWireReport } from '../../db/funding/wire-news-queries.ts';
import { keepEvent, receiveMintReport } from '../../db/platform/inbound-event-queries.ts';
import { type Endpoint, rejected, tellAll, type WebhookDeps } from './delivery.ts';

/** Confirms our subscription, and verifies, stores and signals what comes by it. */
export function mintEndpoint(deps: WebhookDeps): Endpoint {
  return async (request, response) => {
    const rawBody = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
    const message = await deps.mint.verify(rawBody).catch(rejected);
    if (message.kind === 'confirmation') {
      await deps.mint.confirm(message);
      deps.log.info({ topic: message.topicArn }, 'Mint subscription confirmed');
      response.status(200).end();
      return;
    }
    const source = { eventId: message.messageId, payload: JSON.parse(rawBody.toString('utf8')) };
    const direction = message.transfer?.direction;
    if (message.transfer && (direction === 'in' || direction === 'out')) {
      const { signals } = await receiveMintReport(deps.database, source, message.transfer);
      await tellAll(deps, signals);
    } else if (message.payout) {
      const { signals } = await receiveMintWireReport(deps.database, source, 'mint.payout', message.payout);
      await tellAll(deps, signals);
    } else if (message.deposit) {
      const { signals } = await receiveMintWireReport(deps.database, source, 'mint.deposit', message.deposit);
      await tellAll(deps, signals);
    } else {
      await keepEvent(deps.database, { provider: 'mint', kind: `mint.${message.type}`, ...source });
    }
    response.status(200).end();
  };
}
