/** Decisions that were written down, and whose workflow did not come to act upon them. */
import type { Database } from '../client.ts';

/** Lifecycles that wait for people, by the first part of their workflows' ids. */
const TABLES: Readonly<Record<string, string>> = {
  deposit: 'deposits',
  withdrawal: 'withdrawals',
  wire: 'wires',
};

/**
 * A lifecycle that waits for a review of which none is open waits no more: whoever takes it up looks at where it stands
 * and goes on. Does nothing to what waits for something else.
 */
export async function forgetAnsweredReview(database: Database, kind: string, id: string): Promise<void> {
  const table = TABLES[kind];
  if (table === undefined) return;
  await database.query(
    `update ${table} set waiting_for = null where id = $1 and waiting_for = 'review'
       and not exists (select from reviews where subject_id = $1 and lifecycle = $2 and decided_at is null)`,
    [id, kind],
  );
}
