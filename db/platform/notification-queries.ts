/** Reads of notices, and their being read. */
import type { Database } from '../client.ts';
import type { PageRequest } from '../page.ts';

export interface NotificationRow {
  readonly id: string;
  readonly kind: string;
  readonly subject_id: string;
  readonly body: string;
  readonly read_at: Date | null;
  readonly created_at: Date;
  readonly cursor_at: string;
}

const COLUMNS = `id, kind, subject_id, body, read_at, created_at,
  to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at`;

/** A user's notices, newest first. */
export function listNotifications(
  database: Database,
  userId: string,
  page: PageRequest,
  onlyUnread: boolean,
): Promise<NotificationRow[]> {
  return database.prepared<NotificationRow>(
    'notification-list',
    `select ${COLUMNS} from notifications
     where user_id = $1::uuid and 'in_app' = any (channels) and (created_at, id) <
         (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
       and (not $5::boolean or read_at is null)
     order by created_at desc, id desc limit $4`,
    [userId, page.at, page.id, page.limit, onlyUnread],
  );
}

/** Marks a notice as read; the first time counts. */
export async function markNotificationRead(
  database: Database,
  userId: string,
  id: string,
): Promise<NotificationRow | undefined> {
  const [row] = await database.prepared<NotificationRow>(
    'notification-read',
    `update notifications set read_at = coalesce(read_at, now())
     where user_id = $1::uuid and id = $2::uuid returning ${COLUMNS}`,
    [userId, id],
  );
  return row;
}
