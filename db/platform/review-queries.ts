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
  readonly decision: string | null;
  readonly decided_by: string | null;
  readonly decided_at: Date | null;
  readonly decision_note: string | null;
  readonly cursor_at: string;
}

const COLUMNS = `id, lifecycle, subject_id, user_id, reason, detail, evidence, opened_at, due_at, owner_id, decision,
  decided_by, decided_at, decision_note,
  to_char(opened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at`;

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
    `select ${COLUMNS} from reviews
     where (opened_at, id) <
         (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
       and ($4::boolean is null or (decided_at is null) = $4) and ($5::text is null or lifecycle = $5)
       and ($6::uuid is null or user_id = $6)
     order by opened_at desc, id desc limit $3`,
    [page.at, page.id, page.limit, filter.open ?? null, filter.lifecycle ?? null, filter.userId ?? null],
  );
}

/** One review. */
export async function findReview(database: Database, id: string): Promise<ReviewRow | undefined> {
  const sql = `select ${COLUMNS} from reviews where id = $1::uuid`;
  const [row] = await database.prepared<ReviewRow>('review-find', sql, [id]);
  return row;
}
