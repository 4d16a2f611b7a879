/** Alpaca's stream events as they are stored. */
import type { BrokerEventRow } from '../../db/platform/broker-event-queries.ts';
import type { AlpacaEvent } from '../providers/alpaca/events.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The row of a journal's, an account's or a transfer's event; undefined for anything else, which is skipped and
 * counted.
 * An account's findings are personal: they are read by look-up when they are needed, and not kept here.
 */
export function toBrokerEventRow(event: AlpacaEvent): BrokerEventRow | undefined {
  if (event.kind === 'journal') {
    const { eventId, at, journalId, providerState, idempotencyKey } = event;
    const row = rowOf('alpaca.journal', { eventId, at, reference: journalId, providerState });
    // Somebody else's journal may carry a key of any shape.
    const isOurs = idempotencyKey !== null && UUID.test(idempotencyKey);
    return isOurs ? { ...row, idempotency_key: idempotencyKey.toLowerCase() } : row;
  }
  if (event.kind === 'account' && event.providerState) {
    const { eventId, at, accountId, providerState } = event;
    return rowOf('alpaca.account', { eventId, at, reference: accountId, providerState });
  }
  // Transfers of customers' own accounts are not ours to move; the database finds which wire one is about.
  if (event.kind === 'funding' && event.entityType === 'Transfer') {
    const { eventId, at, entityId, providerState } = event;
    return rowOf('alpaca.transfer', { eventId, at, reference: entityId, providerState });
  }
  return undefined;
}

function rowOf(
  kind: BrokerEventRow['kind'],
  facts: { eventId: string; at: string; reference: string; providerState: string },
): BrokerEventRow {
  const { eventId, at, reference, providerState } = facts;
  return {
    provider: 'alpaca',
    provider_event_id: eventId,
    kind,
    reference,
    payload: { event_id: eventId, at, id: reference, status_to: providerState },
    message: { source: kind, state: providerState.toLowerCase(), reference, at },
  };
}
