/** What a tester may do to Circle wallets. */
import { randomUUID } from 'node:crypto';
import { Refusal, type Route, route } from '../kernel/http.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Notifier } from './notifications.ts';
import { transactionOf } from './transfers.ts';
import { walletOf } from './wallets.ts';
import type { CircleWorld, Subscription } from './world.ts';

/** States a tester may set by hand; they need not follow from the present one. */
const STATES = [
  'INITIATED',
  'CLEARED',
  'QUEUED',
  'SENT',
  'STUCK',
  'CONFIRMED',
  'COMPLETE',
  'FAILED',
  'DENIED',
  'CANCELLED',
  'WAITING',
];

const refuse = (message: string): Refusal => new Refusal(400, { error: { status: 400, message } });

function eventRoutes(world: CircleWorld, notifier: Notifier): Route[] {
  const typeOf = (transaction: { transactionType: string }): string =>
    transaction.transactionType === 'INBOUND' ? 'transactions.inbound' : 'transactions.outbound';
  return [
    route('POST', '/control/circle/events/send', 'control.sendCircleEvent', ({ body }) => {
      const notificationId = typeof body.notification_id === 'string' ? body.notification_id : randomUUID();
      const type = typeof body.type === 'string' ? body.type : 'transactions.inbound';
      notifier.notify(type, body.notification ?? {}, { notificationId });
      return { status: 202, body: { notification_id: notificationId } };
    }),
    route('POST', '/control/circle/events/duplicate', 'control.duplicateCircleEvent', ({ body }) => {
      const kept = world.transactions.get(String(body.transaction_id));
      if (!kept) throw refuse('transaction_id must name a transaction');
      const notificationId = randomUUID();
      const times = typeof body.times === 'number' ? body.times : 2;
      for (let time = 0; time < times; time += 1)
        notifier.notify(typeOf(kept.wire), kept.wire, { notificationId });
      return { status: 202, body: { notification_id: notificationId, times } };
    }),
    route('POST', '/control/circle/events/forge', 'control.forgeCircleEvent', ({ body }) => {
      const type = typeof body.type === 'string' ? body.type : 'transactions.inbound';
      const sent: string[] = [];
      for (const subscription of world.subscriptions.list() as Subscription[]) {
        const content = JSON.stringify({
          subscriptionId: subscription.id,
          notificationId: randomUUID(),
          notificationType: type,
          notification: body.notification ?? {},
          timestamp: world.kernel.clock.iso(),
          version: 2,
        });
        const headers = {
          'content-type': 'application/json',
          'x-circle-signature': Buffer.from(`forged ${randomUUID()}`).toString('base64'),
          'x-circle-key-id': typeof body.key_id === 'string' ? body.key_id : randomUUID(),
        };
        const { endpoint: url } = subscription;
        world.kernel.events.send({ company: 'circle', type: `forged.${type}`, url, headers, body: content });
        sent.push(url);
      }
      return { status: 202, body: { sent } };
    }),
    route('POST', '/control/circle/events/rotate_key', 'control.rotateCircleKey', () => ({
      status: 200,
      body: { key_id: notifier.rotate() },
    })),
  ];
}

/** Control routes of Circle wallets. */
export function circleControl(world: CircleWorld, lifecycle: Lifecycle, notifier: Notifier): Route[] {
  return [
    ...eventRoutes(world, notifier),
    route('POST', '/control/circle/transactions/:id/state', 'control.setCircleState', ({ params, body }) => {
      const kept = transactionOf(world, params);
      const { state, error_reason } = body;
      if (typeof state !== 'string' || !STATES.includes(state))
        throw refuse(`state must be one of ${STATES.join(', ')}`);
      const wasHeld = kept.wire.state === 'INITIATED' && state === 'QUEUED';
      const reason = typeof error_reason === 'string' ? { errorReason: error_reason } : {};
      const moved = lifecycle.move(kept, state, reason);
      // A transfer that was left pending goes on by itself once a tester queues it.
      if (wasHeld) world.kernel.scheduler.after('circle.send', 'circle.send', { id: kept.wire.id });
      return { status: 200, body: { transaction: moved.wire } };
    }),
    route('POST', '/control/circle/wallets/:id/state', 'control.setWalletState', ({ params, body }) => {
      const wallet = walletOf(world, params.id);
      if (body.state !== 'LIVE' && body.state !== 'FROZEN') throw refuse('state must be LIVE or FROZEN');
      return { status: 200, body: { wallet: world.wallets.put({ ...wallet, state: body.state }) } };
    }),
    route('POST', '/control/circle/entity_secret/unset', 'control.unsetEntitySecret', () => {
      world.keys.unset();
      return { status: 204 };
    }),
  ];
}
