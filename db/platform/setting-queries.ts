/** Settings and their history. */
import type { Role } from '../../domain/platform/user.ts';
import type { Database } from '../client.ts';
import type { PageRequest } from '../page.ts';

export interface SettingRow {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly updated_by: string | null;
  readonly updated_at: Date;
}

export interface SettingChangeRow {
  readonly id: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly reason: string;
  readonly changed_by: string | null;
  readonly request_id: string | null;
  readonly at: Date;
  readonly cursor_at: string;
}

/** What is stored under the keys; a key that nobody has set has no row. */
export function findSettings(database: Database, keys: readonly string[]): Promise<SettingRow[]> {
  return database.prepared<SettingRow>(
    'settings-find',
    'select key, value, updated_by, updated_at from settings where key = any ($1::text[])',
    [keys],
  );
}

/** Sets a setting, audited. @returns false when it had this value. */
export async function changeSetting(
  database: Database,
  change: {
    readonly key: string;
    readonly value: Readonly<Record<string, unknown>>;
    readonly reason: string;
    readonly by: string;
    readonly role: Role;
    readonly request_id: string;
  },
): Promise<boolean> {
  const [row] = await database.query<{ changed: boolean }>('select set_setting($1) as changed', [
    JSON.stringify(change),
  ]);
  return row?.changed ?? false;
}

/** The history of a setting, newest first. */
export function listSettingChanges(
  database: Database,
  key: string,
  page: PageRequest,
): Promise<SettingChangeRow[]> {
  return database.prepared<SettingChangeRow>(
    'setting-changes',
    `select id::text, before, after, reason, changed_by, request_id, at,
       to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at
     from setting_changes where key = $1 and id < coalesce($2::bigint, 9223372036854775807)
     order by id desc limit $3`,
    [key, page.id, page.limit],
  );
}
