/** Durable JSON documents on SQLite: everything the sandbox knows survives `kill -9`. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** What a document table needs to know: its key and the fields that are looked up. */
export type TableOptions<T> = {
  id: (document: T) => string;
  /** Indexed look-ups, by name. Undefined leaves the document out of that index. */
  indexes?: Record<string, (document: T) => string | undefined>;
};

export type ListOptions = {
  /** Only documents whose index holds exactly this value. */
  where?: { index: string; value: string };
  order?: 'asc' | 'desc';
  limit?: number;
  /** Start behind (in the chosen order) the document with this id. */
  after?: string;
};

export type Table<T> = {
  get(id: string): T | undefined;
  /** Insert or replace; a replaced document keeps its place in the order. */
  put(document: T): T;
  /** Insert; throws if the id exists. */
  insert(document: T): T;
  delete(id: string): boolean;
  /** The oldest document whose index holds this value. */
  find(index: string, value: string): T | undefined;
  /** Documents in order of first insertion. */
  list(options?: ListOptions): T[];
  count(): number;
};

export type Store = {
  readonly database: DatabaseSync;
  table<T>(name: string, options: TableOptions<T>): Table<T>;
  /** Run `work` atomically. Inside another transaction it joins that one. `work` must be synchronous. */
  transaction<R>(work: () => R): R;
  /** Run once the current transaction is durable (at once when there is none); dropped on rollback. */
  afterCommit(action: () => void): void;
  /** A named value, made once and kept for ever (keys, credentials). */
  keep<V>(name: string, make: () => V): V;
  /** Replace a value of `keep`. */
  replace<V>(name: string, value: V): void;
  close(): void;
};

/** Compiles each SQL text once. */
function statementCache(database: DatabaseSync): (sql: string) => StatementSync {
  const cache = new Map<string, StatementSync>();
  return (sql) => {
    const known = cache.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    cache.set(sql, statement);
    return statement;
  };
}

/** Creates the SQL table, and adds and fills index columns that an older file does not have yet. */
function ensureTable<T>(database: DatabaseSync, name: string, options: TableOptions<T>): void {
  const indexes = Object.entries(options.indexes ?? {});
  database.exec(
    `CREATE TABLE IF NOT EXISTS "${name}"
     (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, document TEXT NOT NULL)`,
  );
  const columns = new Set(
    database
      .prepare(`SELECT name FROM pragma_table_info('${name}')`)
      .all()
      .map((row) => String(row.name)),
  );
  for (const [index, read] of indexes) {
    if (columns.has(`by_${index}`)) continue;
    database.exec(`ALTER TABLE "${name}" ADD COLUMN "by_${index}" TEXT`);
    database.exec(`CREATE INDEX IF NOT EXISTS "${name}_${index}" ON "${name}" ("by_${index}", seq)`);
    const update = database.prepare(`UPDATE "${name}" SET "by_${index}" = ? WHERE id = ?`);
    for (const row of database.prepare(`SELECT id, document FROM "${name}"`).all()) {
      update.run(read(JSON.parse(String(row.document)) as T) ?? null, String(row.id));
    }
  }
}

function createTable<T>(
  sql: (text: string) => StatementSync,
  name: string,
  { id, indexes = {} }: TableOptions<T>,
): Table<T> {
  const names = Object.keys(indexes);
  const columns = ['id', 'document', ...names.map((index) => `"by_${index}"`)];
  const marks = columns.map(() => '?').join(', ');
  const insert = `INSERT INTO "${name}" (${columns.join(', ')}) VALUES (${marks})`;
  const upsert = `${insert} ON CONFLICT (id) DO UPDATE SET ${columns
    .slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`;
  const values = (document: T): (string | null)[] => [
    id(document),
    JSON.stringify(document),
    ...names.map((index) => indexes[index]?.(document) ?? null),
  ];
  const parse = (row: Record<string, unknown> | undefined): T | undefined =>
    row ? (JSON.parse(String(row.document)) as T) : undefined;
  return {
    get: (key) => parse(sql(`SELECT document FROM "${name}" WHERE id = ?`).get(key)),
    put(document) {
      sql(upsert).run(...values(document));
      return document;
    },
    insert(document) {
      sql(insert).run(...values(document));
      return document;
    },
    delete: (key) => sql(`DELETE FROM "${name}" WHERE id = ?`).run(key).changes > 0,
    find: (index, value) =>
      parse(sql(`SELECT document FROM "${name}" WHERE "by_${index}" = ? ORDER BY seq LIMIT 1`).get(value)),
    list({ where, order = 'asc', limit = -1, after } = {}) {
      const conditions: string[] = [];
      const bound: (string | number)[] = [];
      if (where) {
        conditions.push(`"by_${where.index}" = ?`);
        bound.push(where.value);
      }
      if (after !== undefined) {
        conditions.push(`seq ${order === 'asc' ? '>' : '<'} (SELECT seq FROM "${name}" WHERE id = ?)`);
        bound.push(after);
      }
      const filter = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
      const text = `SELECT document FROM "${name}" ${filter} ORDER BY seq ${order} LIMIT ?`;
      return sql(text)
        .all(...bound, limit)
        .map((row) => JSON.parse(String(row.document)) as T);
    },
    count: () => Number(sql(`SELECT count(*) AS n FROM "${name}"`).get()?.n),
  };
}

/** Opens (or creates) the sandbox's one database file; `:memory:` keeps it in memory. */
export function openStore(path: string): Store {
  const database = new DatabaseSync(path);
  // With WAL and NORMAL a killed process loses nothing and a commit costs no fsync.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000');
  // Fewer, larger checkpoints: each one costs an fsync.
  database.exec('PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -32000');
  database.exec('CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL)');
  const sql = statementCache(database);
  let depth = 0;
  let committed: (() => void)[] = [];
  const replace = (name: string, value: unknown): void => {
    sql('INSERT INTO kept VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value').run(
      name,
      JSON.stringify(value),
    );
  };
  return {
    database,
    table(name, options) {
      ensureTable(database, name, options);
      return createTable(sql, name, options);
    },
    transaction(work) {
      if (depth > 0) return work();
      sql('BEGIN IMMEDIATE').run();
      depth = 1;
      try {
        const result = work();
        sql('COMMIT').run();
        depth = 0;
        const actions = committed;
        committed = [];
        for (const action of actions) action();
        return result;
      } catch (error) {
        if (depth > 0) sql('ROLLBACK').run();
        depth = 0;
        committed = [];
        throw error;
      }
    },
    afterCommit(action) {
      if (depth > 0) committed.push(action);
      else action();
    },
    keep<V>(name: string, make: () => V): V {
      const row = sql('SELECT value FROM kept WHERE name = ?').get(name);
      if (row) return JSON.parse(String(row.value)) as V;
      const value = make();
      replace(name, value);
      return value;
    },
    replace,
    close: () => database.close(),
  };
}
