/** Reads and changes of users, as the API needs them. */
import type { KycState } from '../../domain/funding/kyc.ts';
import type { Role, UserStatus } from '../../domain/platform/user.ts';
import type { Database } from '../client.ts';
import { chosen, limitOf } from '../conditions.ts';
import type { PageRequest } from '../page.ts';

export interface UserRow {
  readonly id: string;
  readonly email: string | null;
  readonly phone_number: string | null;
  readonly full_name: string | null;
  readonly role: Role;
  readonly status: UserStatus;
  readonly kyc_status: KycState;
  readonly kyc_results: unknown;
  readonly alpaca_account_id: string | null;
  readonly has_passcode: boolean;
  readonly last_login: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly cursor_at: string;
}

const COLUMNS = `id, email, phone_number, full_name, role, status, kyc_status, kyc_results, alpaca_account_id,
  passcode_hash is not null as has_passcode, last_login, created_at, updated_at,
  to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at`;

/** One user. */
export async function findUser(database: Database, id: string): Promise<UserRow | undefined> {
  const sql = `select ${COLUMNS} from users where id = $1::uuid`;
  const [row] = await database.prepared<UserRow>('user-find', sql, [id]);
  return row;
}

/** Users, newest first; `search` is a whole e-mail address, phone number or brokerage account id. */
export function listUsers(
  database: Database,
  page: PageRequest,
  filter: {
    readonly status?: UserStatus | undefined;
    readonly kycStatus?: KycState | undefined;
    readonly search?: string | undefined;
  },
): Promise<UserRow[]> {
  const asked = chosen(3, [
    { name: 'status', sql: 'status = ?::user_status', value: filter.status },
    { name: 'kyc', sql: 'kyc_status = ?::kyc_status', value: filter.kycStatus },
    {
      name: 'search',
      sql: '(email = lower(?::text) or phone_number = ?::text or alpaca_account_id = ?::text)',
      value: filter.search,
    },
  ]);
  return database.prepared<UserRow>(
    `user-list${asked.name}`,
    `select ${COLUMNS} from users
     where (created_at, id) <
         (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
       ${asked.sql}
     order by created_at desc, id desc ${limitOf(3)}`,
    [page.at, page.id, page.limit, ...asked.values],
  );
}

/**
 * Changes what the user may change; absent fields stay, null clears.
 * @throws the database's unique violation (23505) when the e-mail address belongs to somebody else.
 */
export async function updateProfile(
  database: Database,
  id: string,
  change: { readonly email?: string | null | undefined; readonly full_name?: string | null | undefined },
): Promise<UserRow | undefined> {
  const [row] = await database.prepared<UserRow>(
    'user-update-profile',
    `update users set email = case when $2 then $3 else email end, full_name = case when $4 then $5 else full_name end
     where id = $1::uuid returning ${COLUMNS}`,
    [
      id,
      change.email !== undefined,
      change.email ?? null,
      change.full_name !== undefined,
      change.full_name ?? null,
    ],
  );
  return row;
}

/** Suspends or activates a user and writes the audit log; a repetition changes and writes nothing. */
export async function setUserStatus(
  database: Database,
  change: {
    readonly id: string;
    readonly status: Exclude<UserStatus, 'erased'>;
    readonly reason: string;
    readonly actorId: string;
    readonly actorRole: Role;
    readonly requestId: string;
  },
): Promise<UserRow | undefined> {
  const { id, status, reason, actorId, actorRole, requestId } = change;
  const [row] = await database.prepared<UserRow>(
    'user-set-status',
    `with changed as (
       update users set status = $2::user_status where id = $1::uuid and status not in ($2::user_status, 'erased')
       returning *
     ), logged as (
       insert into audit_log (actor_id, actor_role, action, subject_kind, subject_id, request_id, detail)
       select $4::uuid, $5, case $2 when 'active' then 'user_activated' else 'user_suspended' end, 'user', id::text, $6,
         jsonb_build_object('reason', $3::text)
       from changed
     )
     select ${COLUMNS} from changed
     union all
     select ${COLUMNS} from users where id = $1::uuid and not exists (select from changed)`,
    [id, status, reason, actorId, actorRole, requestId],
  );
  return row;
}

/** The user whom an outside identity provider knows by this `sub`; made at the first sight. */
export async function userOfOutsideSubject(
  database: Database,
  subject: string,
): Promise<{ readonly id: string; readonly role: Role }> {
  const [row] = await database.prepared<{ id: string; role: Role }>(
    'user-outside-subject',
    `with known as (select id, role from users where auth_provider_id = $1),
     made as (
       insert into users (auth_provider_id, last_login) select $1, now() where not exists (select from known)
       on conflict (auth_provider_id) do update set last_login = now() returning id, role
     )
     select id, role from known union all select id, role from made`,
    [subject],
  );
  if (!row) throw new Error('a user could be neither found nor made');
  return row;
}
