/** Kill switches: what is off, what they hold, who may be told that they are on again. */
import type { Role } from '../../domain/platform/user.ts';
import type { Database } from '../client.ts';
import type { PageRequest } from '../page.ts';

/** What one switch holds of one lifecycle in one state. */
interface HeldRow {
  readonly lifecycle: string;
  readonly state: string;
  readonly count: number;
  /** Dollars and USDC together, decimal string. */
  readonly amount: string;
  readonly oldest_at: string;
}

export interface SwitchRow {
  readonly key: string;
  readonly off: boolean;
  readonly reason: string;
  readonly set_by: string | null;
  readonly set_at: Date | null;
  readonly held: readonly HeldRow[];
}

export interface SwitchChangeRow {
  readonly id: string;
  readonly off: boolean;
  readonly reason: string;
  readonly set_by: string | null;
  readonly request_id: string | null;
  readonly at: Date;
  readonly cursor_at: string;
}

/** A lifecycle that was held and may go on. */
export interface Released {
  readonly lifecycle: string;
  readonly id: string;
  readonly user_id: string | null;
}

const HELD = `coalesce((select jsonb_agg(h order by h.lifecycle, h.state) from (
    select lifecycle, state, count(*)::int as count, sum(amount)::numeric(36, 2)::text as amount,
      to_char(min(since) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as oldest_at
    from held_lifecycles l where k.key = any (l.rails) group by lifecycle, state) h), '[]')`;

/** The given switches and every other one that was ever used, with what each holds. */
export function listSwitches(database: Database, keys: readonly string[]): Promise<SwitchRow[]> {
  return database.query<SwitchRow>(
    `select k.key, coalesce(s.off, false) as off, coalesce(s.reason, '') as reason, s.set_by, s.set_at,
       case when s.off then ${HELD} else '[]' end as held
     from (select key, place from unnest($1::text[]) with ordinality as x(key, place)
           union all select key, 1000 from switches where key <> all ($1)) k
     left join switches s on s.key = k.key order by k.place, k.key`,
    [keys],
  );
}

/** One switch; one that was never used is on. */
export async function findSwitch(database: Database, key: string): Promise<SwitchRow> {
  const found = (await listSwitches(database, [key])).find((row) => row.key === key);
  if (!found) throw new Error('the switches answered nothing');
  return found;
}

/** Sets a switch, audited. @returns whether anything changed; null when the key names nobody. */
export async function setSwitch(
  database: Database,
  change: {
    readonly key: string;
    readonly off: boolean;
    readonly reason: string;
    readonly by: string;
    readonly role: Role;
    readonly request_id: string;
  },
): Promise<boolean | null> {
  const [row] = await database.query<{ changed: boolean | null }>('select set_switch($1) as changed', [
    JSON.stringify(change),
  ]);
  return row?.changed ?? null;
}

/** The history of a switch, newest first. */
export function listSwitchChanges(
  database: Database,
  key: string,
  page: PageRequest,
): Promise<SwitchChangeRow[]> {
  return database.query<SwitchChangeRow>(
    `select id::text, off, reason, set_by, request_id, at,
       to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at
     from switch_changes where key = $1 and id < coalesce($2::bigint, 9223372036854775807)
     order by id desc limit $3`,
    [key, page.id, page.limit],
  );
}

/** Held lifecycles that nothing holds any more, oldest first, after the given place. */
export function listReleased(
  database: Database,
  after: { readonly lifecycle: string; readonly id: string } | null,
  limit: number,
): Promise<Released[]> {
  return database.query<Released>(
    `select lifecycle, id, user_id from held_lifecycles
     where switched_off(rails) = '{}' and ($1::text is null or (lifecycle, id) > ($1, $2::uuid))
     order by lifecycle, id limit $3`,
    [after?.lifecycle ?? null, after?.id ?? null, limit],
  );
}

/** Why a lifecycle may not take its next step now, in words; null when it may. */
export async function lifecyclePausedBy(
  database: Database,
  lifecycle: string,
  id: string,
): Promise<string | null> {
  const [row] = await database.query<{ words: string | null }>(
    'select lifecycle_paused_by($1, $2::uuid) as words',
    [lifecycle, id],
  );
  return row?.words ?? null;
}

/** Which of the rails are stopped, in words; null when none is. */
export async function railsPausedBy(database: Database, rails: readonly string[]): Promise<string | null> {
  const [row] = await database.query<{ words: string | null }>('select paused_by($1::text[]) as words', [
    rails,
  ]);
  return row?.words ?? null;
}
