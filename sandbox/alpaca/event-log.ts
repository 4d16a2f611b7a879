/** The durable log of everything Alpaca tells its partner: one growing ULID per event, kept for replay. */
import type { Kernel } from '../kernel/kernel.ts';
import { ulidGenerator } from './ulid.ts';

export type StreamName = 'accounts' | 'journals' | 'funding' | 'trades';

/**
 * One event as it lies in the log; `data` lacks the ids and the time, which each stream renders its own way.
 */
export interface LoggedEvent {
  /** The integer id of the older streams. */
  number: number;
  ulid: string;
  stream: StreamName;
  /** RFC 3339, when it happened. */
  at: string;
  /** What the `id` filter of a stream compares with: the account or the journal. */
  subject: string;
  data: Record<string, unknown>;
}

export interface EventRange {
  stream: StreamName;
  /** Exclusive lower and inclusive upper bounds. */
  afterUlid: string;
  throughUlid: string;
  limit: number;
}

export interface EventLog {
  /** Appends inside the transaction of what it reports; readers hear of it once that is durable. */
  append: (stream: StreamName, subject: string, data: Record<string, unknown>) => LoggedEvent;
  read: (range: EventRange) => LoggedEvent[];
  /** The ULID of the event with this integer id, or of the next one of the stream. */
  ulidOfNumber: (stream: StreamName, number: number) => string | undefined;
  newest: () => string;
  onAppend: (listener: (event: LoggedEvent) => void) => void;
}

const SCHEMA = `CREATE TABLE IF NOT EXISTS alpaca_events (number INTEGER PRIMARY KEY AUTOINCREMENT,
  ulid TEXT NOT NULL UNIQUE, stream TEXT NOT NULL, at TEXT NOT NULL, subject TEXT NOT NULL,
  data TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS alpaca_events_stream ON alpaca_events (stream, ulid)`;

/** Opens the log. Event ids go on growing where they stood before a restart. */
export function createEventLog(kernel: Kernel): EventLog {
  const { database } = kernel.store;
  database.exec(SCHEMA);
  const insert = database.prepare(
    'INSERT INTO alpaca_events (ulid, stream, at, subject, data) VALUES (?, ?, ?, ?, ?)',
  );
  const range = database.prepare(
    'SELECT * FROM alpaca_events WHERE stream = ? AND ulid > ? AND ulid <= ? ORDER BY ulid LIMIT ?',
  );
  const atNumber = database.prepare(
    'SELECT ulid FROM alpaca_events WHERE stream = ? AND number >= ? ORDER BY number LIMIT 1',
  );
  const last = database.prepare('SELECT max(ulid) AS ulid FROM alpaca_events').get()?.ulid;
  let newest = typeof last === 'string' ? last : '';
  const nextUlid = ulidGenerator(newest || undefined);
  const listeners: ((event: LoggedEvent) => void)[] = [];
  return {
    append(stream, subject, data) {
      const ulid = nextUlid(kernel.clock.millis());
      const at = kernel.clock.iso();
      const number = Number(insert.run(ulid, stream, at, subject, JSON.stringify(data)).lastInsertRowid);
      const event: LoggedEvent = { number, ulid, stream, at, subject, data };
      kernel.store.afterCommit(() => {
        newest = ulid;
        for (const listener of listeners) listener(event);
      });
      return event;
    },
    read: ({ stream, afterUlid, throughUlid, limit }) =>
      range.all(stream, afterUlid, throughUlid, limit).map((row) => ({
        number: Number(row.number),
        ulid: String(row.ulid),
        stream,
        at: String(row.at),
        subject: String(row.subject),
        data: JSON.parse(String(row.data)) as Record<string, unknown>,
      })),
    ulidOfNumber: (stream, number) => {
      const ulid = atNumber.get(stream, number)?.ulid;
      return typeof ulid === 'string' ? ulid : undefined;
    },
    newest: () => newest,
    onAppend: (listener) => void listeners.push(listener),
  };
}
