/** Outgoing webhooks: a durable queue, delivered at least once, with growing delays and faults on demand. */
import { randomUUID } from 'node:crypto';
import type { CallAnswer, Caller } from './caller.ts';
import type { Clock } from './clock.ts';
import { EVENT_FAULTS, type Faults } from './faults.ts';
import type { Pace, Settings } from './settings.ts';
import type { Store } from './store.ts';

export type OutgoingEvent = {
  company: string;
  /** The company's own type of the event; faults find it as `<company>.event.<type>`. */
  type: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  /** Facts a fault can match, usually the event's content. */
  facts?: unknown;
  /** A copy that must not pass verification, for the fault `forge_event`. */
  forge?: () => { headers: Record<string, string>; body: string };
};

export type Delivery = {
  id: string;
  company: string;
  type: string;
  url: string;
  state: 'waiting' | 'delivered' | 'dropped' | 'given_up';
  attempts: number;
  last_status?: number;
  last_error?: string;
  forged: boolean;
  created_at: string;
};

export type Events = {
  /** Queue one event for one endpoint. Call it inside the transaction of what it reports. */
  send(event: OutgoingEvent): void;
  /** The newest deliveries first. */
  list(filter?: { company?: string; limit?: number }): Delivery[];
  start(): void;
  stop(): Promise<void>;
};

type Row = {
  seq: number;
  id: string;
  company: string;
  type: string;
  url: string;
  headers: string;
  body: string;
  state: Delivery['state'];
  attempts: number;
  due: number;
  forged: number;
  last_status: number | null;
  last_error: string | null;
  created_at: string;
};

const RETRY_SECONDS = [1, 10, 30, 60, 900, 3_600, 10_800, 18_000, 21_600, 36_000, 39_600];
const INSTANT_RETRY_MS = [20, 50, 100, 200, 400, 800, 1_500];
const INSTANT_ATTEMPTS = 200;
const PARALLEL = 32;
const LONGEST_SLEEP_MS = 60_000;
/** How long a reordered event waits for others to overtake it. */
const REORDER_MS = 150;

const SCHEMA = `CREATE TABLE IF NOT EXISTS deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,
  company TEXT NOT NULL, type TEXT NOT NULL, url TEXT NOT NULL, headers TEXT NOT NULL, body TEXT NOT NULL,
  state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL, forged INTEGER NOT NULL,
  last_status INTEGER, last_error TEXT, created_at TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due, seq) WHERE state = 'waiting'`;

function toDelivery(row: Row): Delivery {
  const { id, company, type, url, state, attempts, created_at } = row;
  return {
    id,
    company,
    type,
    url,
    state,
    attempts,
    forged: row.forged === 1,
    created_at,
    ...(row.last_status === null ? {} : { last_status: row.last_status }),
    ...(row.last_error === null ? {} : { last_error: row.last_error }),
  };
}

/** How long to wait before the next attempt; undefined = give up. */
function retryDelay(attempts: number, pace: Pace): number | undefined {
  const isInstant = pace === 'instant';
  const plan = isInstant ? INSTANT_RETRY_MS : RETRY_SECONDS.map((seconds) => seconds * 1_000);
  if (attempts >= (isInstant ? INSTANT_ATTEMPTS : plan.length + 1)) return undefined;
  return plan[Math.min(attempts - 1, plan.length - 1)];
}

/** The statements on the queue's table. */
function openQueue(store: Store) {
  store.database.exec(SCHEMA);
  const prepare = store.database.prepare.bind(store.database);
  const insert = prepare(`INSERT INTO deliveries
    (id, company, type, url, headers, body, state, due, forged, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const due = prepare(
    "SELECT * FROM deliveries WHERE state = 'waiting' AND due <= ? ORDER BY due, seq LIMIT ?",
  );
  const next = prepare("SELECT min(due) AS due FROM deliveries WHERE state = 'waiting' AND due > ?");
  const finish =
    prepare(`UPDATE deliveries SET state = ?, attempts = ?, due = ?, last_status = ?, last_error = ?
    WHERE seq = ?`);
  const newest = prepare(
    'SELECT * FROM deliveries WHERE (?1 IS NULL OR company = ?1) ORDER BY seq DESC LIMIT ?2',
  );
  return { insert, due, next, finish, newest };
}

/** Creates the queue on the store. */
export function createEvents(
  store: Store,
  clock: Clock,
  settings: Settings,
  faults: Faults,
  caller: Caller,
): Events {
  const { insert, due, next, finish, newest } = openQueue(store);
  const inFlight = new Map<number, Promise<void>>();
  let running = false;
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;

  const settle = (row: Row, answer: CallAnswer): void => {
    const attempts = row.attempts + 1;
    const delivered = answer.status >= 200 && answer.status < 300;
    const wait = retryDelay(attempts, settings.pace);
    const state = delivered ? 'delivered' : wait === undefined ? 'given_up' : 'waiting';
    finish.run(state, attempts, clock.millis() + (wait ?? 0), answer.status, answer.error ?? null, row.seq);
  };
  const attempt = async (row: Row): Promise<void> => {
    const answer = await caller.call(
      'POST',
      row.url,
      JSON.parse(row.headers) as Record<string, string>,
      row.body,
    );
    inFlight.delete(row.seq);
    if (!running) return;
    settle(row, answer);
    wake();
  };
  const pump = (): void => {
    immediate = undefined;
    if (!running) return;
    const now = clock.millis();
    for (const found of due.all(now, PARALLEL * 2)) {
      const row = found as unknown as Row;
      if (inFlight.size >= PARALLEL) return;
      if (!inFlight.has(row.seq)) inFlight.set(row.seq, attempt(row));
    }
    clearTimeout(timer);
    const first = next.get(now)?.due;
    if (first !== null && first !== undefined) {
      timer = setTimeout(wake, Math.min(Math.max(1, Number(first) - clock.millis()), LONGEST_SLEEP_MS));
    }
  };
  const wake = (): void => {
    if (running && !immediate) immediate = setImmediate(pump);
  };
  const queue = (event: OutgoingEvent, delay: number, state: Delivery['state'], isForged: boolean): void => {
    const { company, type, url, headers, body } = event;
    const at = clock.millis() + delay;
    const packed = JSON.stringify(headers);
    insert.run(randomUUID(), company, type, url, packed, body, state, at, isForged ? 1 : 0, clock.iso());
  };
  clock.onAdvance(wake);
  return {
    send(event) {
      const operation = `${event.company}.event.${event.type}`;
      const fault = faults.take(event.company, operation, event.facts ?? {}, EVENT_FAULTS);
      const kind = fault?.kind;
      if (kind === 'forge_event' && event.forge) queue({ ...event, ...event.forge() }, 0, 'waiting', true);
      const delay = kind === 'delay_event' || kind === 'reorder_events' ? (fault?.delay_ms ?? REORDER_MS) : 0;
      queue(event, delay, kind === 'drop_event' ? 'dropped' : 'waiting', false);
      if (kind === 'duplicate_event') queue(event, fault?.delay_ms ?? 0, 'waiting', false);
      store.afterCommit(wake);
    },
    list: ({ company, limit = 100 } = {}) =>
      newest.all(company ?? null, limit).map((found) => toDelivery(found as unknown as Row)),
    start() {
      running = true;
      wake();
    },
    async stop() {
      running = false;
      clearTimeout(timer);
      clearImmediate(immediate);
      // What is under way fails now and is sent again after the next start.
      caller.close();
      await Promise.allSettled(inFlight.values());
    },
  };
}
