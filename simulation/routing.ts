/** Which words of the companies a lifecycle must hear, as db/functions/05-inbound.sql decides it. */
import { operationOf } from '../domain/funding/transfer-report.ts';
import type { Operation, Store } from './store.ts';
import type { Word } from './words.ts';

/** Whether the word is news for the deposit; what it tells about the operation is written down. */
export function isNewsFor(store: Store, id: string, { message, name }: Word): boolean {
  const status = store.rows.get(id)?.status;
  const { source, state } = message;
  if (source === 'circle.inbound') {
    if (status === undefined || status === 'pending_confirmation') return true;
    return state !== 'confirmed' && state !== 'complete' && status !== 'failed' && status !== 'refunded';
  }
  const named = operationOf(name);
  const operation = named
    ? store.operations.get(`${named.lifecycle}|${named.subjectId}|${named.step}`)
    : undefined;
  if (source === 'circle.outbound') return isOutboundNews(operation, message);
  if (source === 'alpaca.journal') {
    if (!operation || ['queued', 'sent_to_clearing'].includes(state)) return false;
    const isOnTheWay = state === 'executed' || state === 'pending';
    if (operation.state === 'intended' && isOnTheWay) return false;
    return !(isOnTheWay && status === 'broker_funded') && status !== 'returned';
  }
  return true;
}

function isOutboundNews(
  operation: Operation | undefined,
  { state, reference, tx_hash }: Word['message'],
): boolean {
  if (!operation) return false;
  if (operation.state !== 'failed') {
    if (state === 'complete') operation.state = 'succeeded';
    else if (['intended', 'unknown'].includes(operation.state)) operation.state = 'accepted';
  }
  operation.reference ??= reference;
  operation.tx_hash = tx_hash ?? operation.tx_hash;
  return ['failed', 'denied', 'canceled', 'stuck'].includes(state);
}
