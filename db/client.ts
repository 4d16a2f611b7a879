/** The connection pool. Every query of the product goes through `Database.query`. */
import pg from 'pg';

/** What queries need: one round trip, counted. */
export interface Database {
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  /** A named statement is prepared once per connection. */
  prepared<Row extends pg.QueryResultRow>(name: string, text: string, values?: unknown[]): Promise<Row[]>;
  /** Round trips so far: what the tests and the benchmark count. */
  roundTrips(): number;
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly maxConnections?: number;
  readonly statementTimeoutMs?: number;
  readonly applicationName?: string;
}

/** Opens a pool. Connections are made on first use; a lost one is replaced. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 20,
    statement_timeout: options.statementTimeoutMs ?? 10_000,
    application_name: options.applicationName ?? 'sluice',
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 5_000,
  });
  // A connection that breaks while idle is dropped by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  let roundTrips = 0;
  return {
    pool,
    async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
      roundTrips += 1;
      return (await pool.query<Row>(text, values)).rows;
    },
    async prepared<Row extends pg.QueryResultRow>(
      name: string,
      text: string,
      values: unknown[] = [],
    ): Promise<Row[]> {
      roundTrips += 1;
      return (await pool.query<Row>({ name, text, values })).rows;
    },
    roundTrips: () => roundTrips,
    close: () => pool.end(),
  };
}
