/** Tries and changes of the passcode. A try is counted before it is checked, so that parallel guesses all count. */
import { PASSCODE_MAX_FAILURES, passcodeLockSeconds } from '../../domain/platform/passcode.ts';
import type { Database } from '../client.ts';

/** Lock times by number of failures, as far as they still grow. */
const LOCK_SECONDS = Array.from({ length: 20 }, (_, index) => passcodeLockSeconds(index + 1));

interface PasscodeTry {
  /** The hash to check against; null when no try was allowed. */
  readonly hash: string | null;
  readonly isSet: boolean;
  /** Seconds until the next try is possible, as if this one were wrong. */
  readonly lockedSeconds: number;
  readonly triesLeft: number;
}

const BEGIN_TRY = `
  with tried as (
    update users
    set passcode_failures = passcode_failures + 1,
        passcode_locked_until = now() + make_interval(secs => ($2::int[])[least(passcode_failures + 1, 20)])
    where id = $1::uuid and passcode_hash is not null
      and (passcode_locked_until is null or passcode_locked_until <= now())
    returning passcode_hash, passcode_failures, passcode_locked_until
  )
  select tried.passcode_hash as hash, users.passcode_hash is not null as is_set,
    greatest(0, extract(epoch from
      coalesce(tried.passcode_locked_until, users.passcode_locked_until) - now()))::float8 as locked_seconds,
    coalesce(tried.passcode_failures, users.passcode_failures) as failures
  from users left join tried on true where users.id = $1::uuid`;

/** Counts a try and gives the hash to check; undefined when there is no such user. */
export async function beginPasscodeTry(database: Database, userId: string): Promise<PasscodeTry | undefined> {
  const [row] = await database.prepared<{
    hash: string | null;
    is_set: boolean;
    locked_seconds: number;
    failures: number;
  }>('passcode-begin-try', BEGIN_TRY, [userId, LOCK_SECONDS]);
  if (!row) return undefined;
  const triesLeft = Math.max(0, PASSCODE_MAX_FAILURES - row.failures);
  return { hash: row.hash, isSet: row.is_set, lockedSeconds: row.locked_seconds ?? 0, triesLeft };
}

/** The try was right: nothing counts any more. */
export async function clearPasscodeFailures(database: Database, userId: string): Promise<void> {
  await database.prepared(
    'passcode-clear',
    'update users set passcode_failures = 0, passcode_locked_until = null where id = $1::uuid',
    [userId],
  );
}

/**
 * Sets the hash if the present one is still `expected` (null: none), and writes the audit log.
 * @returns false when another request was faster.
 */
export async function setPasscodeHash(
  database: Database,
  change: {
    readonly userId: string;
    readonly hash: string;
    readonly expected: string | null;
    readonly requestId: string;
  },
): Promise<boolean> {
  const rows = await database.prepared(
    'passcode-set',
    `with changed as (
       update users set passcode_hash = $2, passcode_failures = 0, passcode_locked_until = null
       where id = $1::uuid and passcode_hash is not distinct from $3
       returning id
     )
     insert into audit_log (actor_id, actor_role, action, subject_kind, subject_id, request_id)
     select id, 'user', 'passcode_set', 'user', id::text, $4 from changed returning id`,
    [change.userId, change.hash, change.expected, change.requestId],
  );
  return rows.length === 1;
}
