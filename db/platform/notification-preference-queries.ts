/** What a customer has chosen about notices. */
import type { Channel } from '../../domain/platform/notification.ts';
import type { Database } from '../client.ts';

/** One choice: whether notices of a kind are wanted over a channel. */
export interface PreferenceRow {
  readonly kind: string;
  readonly channel: Channel;
  readonly wanted: boolean;
}

/** Everything that a customer has ever chosen. */
export function listPreferences(database: Database, userId: string): Promise<PreferenceRow[]> {
  return database.prepared<PreferenceRow>(
    'notification-preferences',
    'select kind, channel, wanted from notification_preferences where user_id = $1::uuid',
    [userId],
  );
}

/** Writes choices; those that are not named stay. */
export async function keepPreferences(
  database: Database,
  userId: string,
  choices: readonly PreferenceRow[],
): Promise<void> {
  await database.prepared(
    'notification-preferences-keep',
    `insert into notification_preferences (user_id, kind, channel, wanted)
     select $1::uuid, x.kind, x.channel, x.wanted
     from jsonb_to_recordset($2::jsonb) as x(kind text, channel text, wanted boolean)
     on conflict (user_id, kind, channel) do update set wanted = excluded.wanted, updated_at = now()`,
    [userId, JSON.stringify(choices)],
  );
}
