/** Claims an Idempotency-Key, keeps the answer that was given to it, and gives it free again. */
import type { KycState } from '../../domain/funding/kyc.ts';
import type { UserStatus } from '../../domain/platform/user.ts';
import type { Database } from '../client.ts';

/** A process that answers has this long; then another one may take the key over. */
const LEASE_SECONDS = 60;
/** How long an answer is kept. */
const KEPT_HOURS = 24;

interface Claim {
  readonly caller: string;
  readonly key: string;
  readonly requestDigest: string;
  /** The signed-in user; null for public endpoints. */
  readonly userId: string | null;
  /** Claim only for a user who is active. */
  readonly onlyActive: boolean;
  /** Claim only for a user whose KYC is approved. */
  readonly onlyApproved: boolean;
}

/** What was found: `claimed`, or why not. */
export interface ClaimOutcome {
  readonly claimed: boolean;
  /** The key's row as it stood before; all null when there was none. */
  readonly requestDigest: string | null;
  readonly status: number | null;
  readonly body: unknown;
  readonly userStatus: UserStatus | null;
  readonly kycStatus: KycState | null;
}

const CLAIM = `
  with asking as (
    select status, kyc_status from users where id = $4::uuid
  ), claimed as (
    insert into idempotency_keys as held (caller, key, request_digest, leased_until, expires_at)
    select $1, $2, $3, now() + make_interval(secs => ${LEASE_SECONDS}), now() + make_interval(hours => ${KEPT_HOURS})
    where (not $5::boolean or exists (select 1 from asking where status = 'active'))
      and (not $6::boolean or exists (select 1 from asking where kyc_status = 'approved'))
    on conflict (caller, key) do update
      set request_digest = excluded.request_digest, leased_until = excluded.leased_until,
          expires_at = excluded.expires_at, status = null, body = null
      where held.expires_at < now()
         or (held.status is null and held.leased_until < now() and held.request_digest = $3)
    returning 1
  )
  select exists (select 1 from claimed) as claimed, held.request_digest, held.status, held.body,
         asking.status as user_status, asking.kyc_status
  from (select 1) as always
  left join idempotency_keys as held on held.caller = $1 and held.key = $2
  left join asking on true`;

interface ClaimRow {
  readonly claimed: boolean;
  readonly request_digest: string | null;
  readonly status: number | null;
  readonly body: unknown;
  readonly user_status: UserStatus | null;
  readonly kyc_status: KycState | null;
}

/** Claims a key for one request in one round trip, and tells what is known of the caller. */
export async function claimIdempotencyKey(database: Database, claim: Claim): Promise<ClaimOutcome> {
  const { caller, key, requestDigest, userId, onlyActive, onlyApproved } = claim;
  const [row] = await database.prepared<ClaimRow>('idempotency-claim', CLAIM, [
    caller,
    key,
    requestDigest,
    userId,
    onlyActive,
    onlyApproved,
  ]);
  if (!row) throw new Error('the claim of an Idempotency-Key answered nothing');
  return {
    claimed: row.claimed,
    requestDigest: row.request_digest,
    status: row.status,
    body: row.body,
    userStatus: row.user_status,
    kycStatus: row.kyc_status,
  };
}

/** Keeps the answer. Nothing happens when another process took the key over in the meantime and answered. */
export async function keepAnswer(
  database: Database,
  answer: { readonly caller: string; readonly key: string; readonly status: number; readonly body: unknown },
): Promise<void> {
  await database.prepared(
    'idempotency-keep',
    `update idempotency_keys set status = $3, body = $4, leased_until = null
           where caller = $1 and key = $2 and status is null`,
    [answer.caller, answer.key, answer.status, JSON.stringify(answer.body)],
  );
}

/** Gives a key free whose request changed nothing, so that it can be sent again. */
export async function releaseIdempotencyKey(database: Database, caller: string, key: string): Promise<void> {
  await database.prepared(
    'idempotency-release',
    'delete from idempotency_keys where caller = $1 and key = $2 and status is null',
    [caller, key],
  );
}

/** Deletes answers whose time is over, at most `limit` of them; gives their number. */
export async function deleteExpiredKeys(database: Database, limit: number): Promise<number> {
  const rows = await database.prepared(
    'idempotency-expire',
    `delete from idempotency_keys where (caller, key) in (
       select caller, key from idempotency_keys where expires_at < now() limit $1 for update skip locked)
     returning 1`,
    [limit],
  );
  return rows.length;
}
