/** What the sweep needs of the database. */
import { workflowId } from '../../domain/ids.ts';
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

/** A request that was written down, and whose workflow may know nothing of it. */
export interface UnmovedRequest {
  readonly workflow_id: string;
  readonly user_id: string;
}

/**
 * Withdrawals and addresses that were written down more than `quietSeconds` ago and stand where they began: up to
 * `limit` of them after the workflow id `after`, in the order of those ids.
 */
export function unmovedRequests(
  database: Database,
  quietSeconds: number,
  after: string,
  limit: number,
): Promise<UnmovedRequest[]> {
  return database.query(
    `select workflow_id, user_id from (
       select '${workflowId('withdrawal', '')}' || id as workflow_id, user_id, created_at from withdrawals
         where status in ('pending', 'awaiting_approval')
       union all
       select '${workflowId('address', '')}' || id, user_id, created_at from withdrawal_addresses
         where status = 'cooling_down') x
     where created_at < now() - make_interval(secs => $1) and workflow_id > $2 order by workflow_id limit $3`,
    [quietSeconds, after, limit],
  );
}
