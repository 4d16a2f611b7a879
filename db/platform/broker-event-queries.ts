/** Stores batches of the broker's stream events together with how far the stream was read. */
import type { BrokerStream } from '../../domain/platform/broker-events.ts';
import type { Database } from '../client.ts';

/** An event as `inbound_events` keeps it. */
export interface BrokerEventRow {
  readonly provider: 'alpaca';
  /** The ULID: the same however often the stream repeats the event. */
  readonly provider_event_id: string;
  readonly kind: 'alpaca.journal' | 'alpaca.account' | 'alpaca.transfer';
  /** The journal, the account or the transfer that it is about. */
  readonly reference: string;
  readonly idempotency_key?: string;
  /** Without personal data: what we need of it and no more. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly message: {
    readonly source: BrokerEventRow['kind'];
    readonly state: string;
    readonly reference: string;
    readonly at: string;
  };
}

/** A workflow that must hear of an event, and what to tell it. */
export interface EventSignal {
  readonly workflow_id: string;
  readonly user_id: string | null;
  readonly message: BrokerEventRow['message'] & { readonly event_id: string };
}

const STORE: Record<BrokerStream, string> = {
  journals: 'select receive_journal_events($1, $2, $3) as result',
  accounts: 'select receive_account_events($1, $2, $3) as result',
  funding: 'select receive_funding_events($1, $2, $3) as result',
};

/** Stores a batch and moves the cursor, in one round trip. @returns who must be told. */
export async function receiveBrokerEvents(
  database: Database,
  stream: BrokerStream,
  cursor: string,
  events: readonly BrokerEventRow[],
): Promise<readonly EventSignal[]> {
  const [row] = await database.prepared<{ result: { signals: EventSignal[] } }>(
    `receive-${stream}`,
    STORE[stream],
    [stream, cursor, JSON.stringify(events)],
  );
  return row?.result.signals ?? [];
}

/** How far a stream was read: the ULID of the newest stored event; undefined before the first. */
export async function findCursor(database: Database, stream: BrokerStream): Promise<string | undefined> {
  const sql = 'select cursor from event_cursors where stream = $1';
  const [row] = await database.prepared<{ cursor: string }>('event-cursor-find', sql, [stream]);
  return row?.cursor;
}
