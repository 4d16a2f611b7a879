/** Reads of reviews. */
import type { Database } from '../client.ts';
import { chosen, limitOf } from '../conditions.ts';
import type { PageRequest } from '../page.ts';

export interface ReviewRow {
  readonly id: string;
  readonly lifecycle: string;
  readonly subject_id: string;
  readonly user_id: string | null;
  readonly reason: string;
  readonly detail: string;
  readonly evidence: unknown;
  readonly opened_at: Date;
  readonly due_at: Date;
  readonly owner_id: string | null;
  readonly claimed_at: Date | null;
  readonly level: number;
  readonly age_seconds: number;
  readonly overdue: boolean;
  readonly decision: string | null;
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
  readonly decision_note: string | null;
  readonly decision_evidence: unknown;
  readonly proposed_decision: string | null;
  readonly proposed_by: string | null;
  readonly proposed_at: Date | null;
  readonly proposed_note: string | null;
  readonly proposed_evidence: unknown;
  readonly cursor_at: string;
}

const COLUMNS = `id, lifecycle, subject_id, user_id, reason, detail, evidence, opened_at, due_at, owner_id, claimed_at,
  level, extract(epoch from coalesce(decided_at, now()) - opened_at)::int as age_seconds,
  coalesce(decided_at, now()) > due_at as overdue,
  decision, decided_by, decided_at, decision_note, decision_evidence,
  proposed_decision, proposed_by, proposed_at, proposed_note, proposed_evidence`;

const placeOf = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at`;

/** Reviews, newest first. */
export function listReviews(
  database: Database,
  page: PageRequest,
  filter: {
    readonly open?: boolean | undefined;
    readonly lifecycle?: string | undefined;
    readonly userId?: string | undefined;
  },
): Promise<ReviewRow[]> {
  const asked = chosen(3, [
    { name: 'open', sql: '(decided_at is null) = ?::boolean', value: filter.open },
    { name: 'lifecycle', sql: 'lifecycle = ?::text', value: filter.lifecycle },
    { name: 'user', sql: 'user_id = ?::uuid', value: filter.userId },
  ]);
  return database.prepared<ReviewRow>(
    `review-list${asked.name}`,
    `select ${COLUMNS}, ${placeOf('opened_at')} from reviews
     where (opened_at, id) <
         (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
       ${asked.sql}
     order by opened_at desc, id desc ${limitOf(3)}`,
    [page.at, page.id, page.limit, ...asked.values],
  );
}

/** Open reviews, the one that is due first in front. `ownerId` null: those that nobody owns. */
export function listReviewQueue(
  database: Database,
  page: PageRequest,
  filter: {
    readonly ownerId?: string | null | undefined;
    readonly lifecycle?: string | undefined;
    readonly reason?: string | undefined;
    readonly overdue?: boolean | undefined;
  },
): Promise<ReviewRow[]> {
  const asked = chosen(3, [
    { name: 'owner', sql: 'owner_id is not distinct from ?::uuid', value: filter.ownerId },
    { name: 'lifecycle', sql: 'lifecycle = ?::text', value: filter.lifecycle },
    { name: 'reason', sql: 'reason = ?::text', value: filter.reason },
    { name: 'overdue', sql: '(due_at < now()) = ?::boolean', value: filter.overdue },
  ]);
  return database.prepared<ReviewRow>(
    `review-queue${asked.name}`,
    `select ${COLUMNS}, ${placeOf('due_at')} from reviews
     where decided_at is null and (due_at, id) >
         (coalesce($1::timestamptz, '-infinity'), coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'))
       ${asked.sql}
     order by due_at, id ${limitOf(3)}`,
    [page.at, page.id, page.limit, ...asked.values],
  );
}

/** One review. */
export async function findReview(database: Database, id: string): Promise<ReviewRow | undefined> {
  const sql = `select ${COLUMNS}, ${placeOf('opened_at')} from reviews where id = $1::uuid`;
  const [row] = await database.prepared<ReviewRow>('review-find', sql, [id]);
  return row;
}

/** Reviews by their ids, newest first. */
export function findReviews(database: Database, ids: readonly string[]): Promise<ReviewRow[]> {
  return database.prepared<ReviewRow>(
    'review-find-many',
    `select ${COLUMNS}, ${placeOf('opened_at')} from reviews where id = any($1::uuid[]) order by opened_at desc, id`,
    [ids],
  );
}
