/** The stored value of one setting, as lifecycles read it. */
import type { Database } from '../client.ts';

/** Null when nothing is stored: the defaults hold. */
export async function findSettingValue(
  database: Database,
  key: string,
): Promise<Readonly<Record<string, unknown>> | null> {
  const sql = 'select value from settings where key = $1';
  const [row] = await database.prepared<{ value: Readonly<Record<string, unknown>> }>('setting-value', sql, [
    key,
  ]);
  return row?.value ?? null;
}
