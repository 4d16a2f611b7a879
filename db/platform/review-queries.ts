/** Reads of reviews. */
import type { Database } from '../client.ts';
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
  return database.prepared<ReviewRow>(
    'review-list',
    `select ${COLUMNS}, ${placeOf('opened_at')} from reviews
     where (opened_at, id) <
         (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
       and ($4::boolean is null or (decided_at is null) = $4) and ($5::text is null or lifecycle = $5)
       and ($6::uuid is null or user_id = $6)
     order by opened_at desc, id desc limit $3`,
    [page.at, page.id, page.limit, filter.open ?? null, filter.lifecycle ?? null, filter.userId ?? null],
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
  return database.prepared<ReviewRow>(
    'review-queue',
    `select ${COLUMNS}, ${placeOf('due_at')} from reviews
     where decided_at is null and (due_at, id) >
         (coalesce($1::timestamptz, '-infinity'), coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'))
       and ($4::boolean is false or owner_id is not distinct from $5::uuid)
       and ($6::text is null or lifecycle = $6) and ($7::text is null or reason = $7)
       and ($8::boolean is null or (due_at < now()) = $8)
     order by due_at, id limit $3`,
    [
      page.at,
      page.id,
      page.limit,
      filter.ownerId !== undefined,
      filter.ownerId ?? null,
      filter.lifecycle ?? null,
      filter.reason ?? null,
      filter.overdue ?? null,
    ],
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
