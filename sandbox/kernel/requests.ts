/** The log of every request that reached the sandbox, for the control API. */
import type { Clock } from './clock.ts';
import type { Store } from './store.ts';

export type LoggedRequest = {
  at: string;
  company: string;
  method: string;
  path: string;
  operation: string;
  /** 0 when the connection was cut or left hanging by a fault. */
  status: number;
  request_id: string;
  fault?: string;
};

type Note = Omit<LoggedRequest, 'at' | 'request_id'> & { requestId: string };

export type Requests = {
  note(request: Note): void;
  /** Newest first. */
  list(filter: { company?: string; operation?: string; limit?: number }): LoggedRequest[];
  flush(): void;
};

const FLUSH_AT = 200;
const DEFAULT_LIMIT = 100;

/** Opens the log. Rows are written in batches: a crash may lose the last ones, never a payment. */
export function createRequests(store: Store, clock: Clock): Requests {
  store.database.exec(`CREATE TABLE IF NOT EXISTS requests (seq INTEGER PRIMARY KEY AUTOINCREMENT,
    company TEXT NOT NULL, operation TEXT NOT NULL, document TEXT NOT NULL)`);
  const insert = store.database.prepare(
    'INSERT INTO requests (company, operation, document) VALUES (?, ?, ?)',
  );
  const select = store.database.prepare(`SELECT document FROM requests
    WHERE (?1 IS NULL OR company = ?1) AND (?2 IS NULL OR operation = ?2) ORDER BY seq DESC LIMIT ?3`);
  let waiting: LoggedRequest[] = [];
  const flush = (): void => {
    const rows = waiting;
    waiting = [];
    if (rows.length === 0) return;
    store.transaction(() => {
      for (const row of rows) insert.run(row.company, row.operation, JSON.stringify(row));
    });
  };
  return {
    note({ requestId, ...rest }) {
      waiting.push({ at: clock.iso(), ...rest, request_id: requestId });
      if (waiting.length >= FLUSH_AT) flush();
    },
    list({ company, operation, limit = DEFAULT_LIMIT }) {
      flush();
      return select
        .all(company ?? null, operation ?? null, limit)
        .map((row) => JSON.parse(String(row.document)) as LoggedRequest);
    },
    flush,
  };
}
