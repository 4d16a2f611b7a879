/** Phone codes and refresh tokens: made, used once, revoked. Only hashes come here. */
import type { Role } from '../../domain/platform/user.ts';
import type { Database } from '../client.ts';

/** A code is good for this long. */
export const CODE_MINUTES = 10;
/** Tries of one code. */
const CODE_MAX_TRIES = 5;
/** Codes that one number is sent within an hour. */
const CODES_PER_HOUR = 5;
/** Time between two codes to one number. */
export const RESEND_SECONDS = 30;
const REFRESH_TOKEN_DAYS = 30;

export interface SignedIn {
  readonly userId: string;
  readonly role: Role;
  readonly familyId: string;
}

interface SignedInRow {
  readonly user_id: string;
  readonly role: Role;
  readonly family_id: string;
}

function signedIn(row: SignedInRow | undefined): SignedIn | undefined {
  return row && { userId: row.user_id, role: row.role, familyId: row.family_id };
}

/**
 * Registers a new code for a number unless it got too many. Requests for one number wait for each other.
 * @returns 0 when registered, else the seconds after which the next code is possible.
 */
export async function registerPhoneCode(
  database: Database,
  code: { readonly id: string; readonly phoneNumber: string; readonly codeHash: string },
): Promise<number> {
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [code.phoneNumber]);
    const { rows } = await client.query<{ wait: number }>(REGISTER_CODE, [
      code.phoneNumber,
      code.id,
      code.codeHash,
    ]);
    await client.query('commit');
    return rows[0]?.wait ?? 0;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

const REGISTER_CODE = `
  with sent as (
    select count(*) as codes, min(created_at) as first, max(created_at) as latest
    from phone_verifications
    where phone_number = $1 and id <> $2::uuid and created_at > now() - interval '1 hour'
  ), due as (
    select greatest(
      0,
      case when codes >= ${CODES_PER_HOUR} then extract(epoch from first + interval '1 hour' - now()) else 0 end,
      coalesce(extract(epoch from latest + interval '${RESEND_SECONDS} seconds' - now()), 0)
    )::float8 as wait
    from sent
  ), made as (
    insert into phone_verifications (id, phone_number, code_hash, expires_at)
    select $2::uuid, $1, $3, now() + interval '${CODE_MINUTES} minutes' from due where wait = 0
    on conflict (id) do update set code_hash = excluded.code_hash
  )
  select wait from due`;

const USE_CODE = `
  with latest as (
    select id from phone_verifications
    where phone_number = $1 and consumed_at is null and expires_at > now()
    order by created_at desc limit 1
  ), tried as (
    update phone_verifications as v
    set tries = v.tries + 1, consumed_at = case when v.code_hash = $2 then now() end
    from latest where v.id = latest.id and v.tries < ${CODE_MAX_TRIES} and v.consumed_at is null
    returning v.code_hash = $2 as right_code
  ), member as (
    insert into users (id, auth_provider_id, phone_number, last_login)
    select $3::uuid, 'phone:' || $3::text, $1, now() from tried where right_code
    on conflict (phone_number) do update set last_login = now()
    returning id, role
  ), session as (
    insert into refresh_tokens (user_id, family_id, token_hash, expires_at)
    select id, $4::uuid, $5, now() + interval '${REFRESH_TOKEN_DAYS} days' from member
    returning user_id, family_id
  )
  select member.role, session.user_id, session.family_id from member, session`;

/**
 * Tries a code. The right one signs in: the user is found or made, and a session with its refresh token begins.
 * @returns undefined when there is no such code, it is wrong, used, expired, or was tried too often.
 */
export async function usePhoneCode(
  database: Database,
  attempt: {
    readonly phoneNumber: string;
    readonly codeHash: string;
    readonly newUserId: string;
    readonly familyId: string;
    readonly refreshTokenHash: string;
  },
): Promise<SignedIn | undefined> {
  const { phoneNumber, codeHash, newUserId, familyId, refreshTokenHash } = attempt;
  const values = [phoneNumber, codeHash, newUserId, familyId, refreshTokenHash];
  const [row] = await database.prepared<SignedInRow>('auth-use-code', USE_CODE, values);
  return signedIn(row);
}

const ROTATE = `
  with found as (
    select id, family_id, used_at from refresh_tokens where token_hash = $1 for update
  ), used as (
    update refresh_tokens as t set used_at = now()
    from found
    where t.id = found.id and t.used_at is null and t.revoked_at is null and t.expires_at > now()
      and not exists (
        select from refresh_tokens as kin where kin.family_id = found.family_id and kin.revoked_at is not null)
    returning t.user_id, t.family_id
  ), revoked as (
    update refresh_tokens as t set revoked_at = now()
    from found
    where t.family_id = found.family_id and found.used_at is not null and t.revoked_at is null
  ), next as (
    insert into refresh_tokens (user_id, family_id, token_hash, expires_at)
    select user_id, family_id, $2, now() + interval '${REFRESH_TOKEN_DAYS} days' from used
    returning user_id, family_id
  )
  select next.user_id, next.family_id, users.role from next join users on users.id = next.user_id`;

/**
 * Exchanges a refresh token for the next one. A token that was used before ends its whole family, because one of the
 * two who hold it must have stolen it (RFC 9700, section 4.14).
 * @returns undefined when the token is unknown, used, expired or revoked.
 */
export async function rotateRefreshToken(
  database: Database,
  tokenHash: string,
  nextHash: string,
): Promise<SignedIn | undefined> {
  const [row] = await database.prepared<SignedInRow>('auth-rotate', ROTATE, [tokenHash, nextHash]);
  return signedIn(row);
}

/** Ends a session: its refresh tokens are worth nothing from now on. */
export async function revokeSession(database: Database, userId: string, familyId: string): Promise<void> {
  await database.prepared(
    'auth-revoke',
    `update refresh_tokens set revoked_at = now()
     where user_id = $1::uuid and family_id = $2::uuid and revoked_at is null`,
    [userId, familyId],
  );
}
