/** What the sweep needs of the database. */
import type { Database } from '../client.ts';

/** How far a stream has been read; null before the first time. */
export async function cursorOf(database: Database, stream: string): Promise<string | null> {
  const [row] = await database.query<{ cursor: string }>(
    'select cursor from event_cursors where stream = $1',
    [stream],
  );
  return row?.cursor ?? null;
}

/** Remembers how far a stream has been read. */
export async function moveCursor(database: Database, stream: string, cursor: string): Promise<void> {
  await database.query(
    `insert into event_cursors (stream, cursor) values ($1, $2)
     on conflict (stream) do update set cursor = excluded.cursor, updated_at = now()`,
    [stream, cursor],
  );
}

/** Those of the given Circle transactions whose deposit has been credited and not been taken back. */
export async function creditedTransactions(database: Database, ids: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `select d.circle_transaction_id as id from deposits d where d.circle_transaction_id = any ($1::text[])
       and d.status not in ('pending_confirmation', 'failed')`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

/** Those of the given Circle transactions that are no deposit of ours yet. */
export async function unknownTransactions(database: Database, ids: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `select reported.id from unnest($1::text[]) as reported(id)
     where not exists (select from deposits d where d.circle_transaction_id = reported.id)`,
    [ids],
  );
  return rows.map(({ id }) => id);
}

/** Withdrawals that were written down a while ago and have not moved since; `user_id` is whose they are. */
export function unmovedWithdrawals(
  database: Database,
  quietSeconds: number,
): Promise<{ readonly id: string; readonly user_id: string }[]> {
  return database.query(
    `select id, user_id from withdrawals where status in ('pending', 'awaiting_approval')
       and created_at between now() - interval '1 day' and now() - make_interval(secs => $1)
     order by created_at limit 200`,
    [quietSeconds],
  );
}
