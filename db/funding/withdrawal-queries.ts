/** Reads of withdrawals, and what a request and a quote have to know beforehand. */
import type { Chain } from '../../domain/funding/chain.ts';
import type { WithdrawalStanding } from '../../domain/funding/withdrawable.ts';
import type { WithdrawalState } from '../../domain/funding/withdrawal.ts';
import type { MeasuredEta } from '../../domain/funding/withdrawal-eta.ts';
import type { WithdrawalLimits } from '../../domain/funding/withdrawal-limits.ts';
import type { WithdrawalPolicy } from '../../domain/funding/withdrawal-rules.ts';
import type { Database } from '../client.ts';
import { chosen, limitOf } from '../conditions.ts';
import type { PageRequest } from '../page.ts';
import type { SealedCustomerKey } from './customer-key.ts';
import type { TimelineRow } from './deposit-queries.ts';

export interface WithdrawalRow {
  readonly id: string;
  readonly user_id: string;
  readonly chain: Chain;
  readonly address_id: string | null;
  readonly destination_address: string;
  readonly amount_usd: string;
  readonly fee_usd: string;
  readonly net_usd: string;
  readonly status: WithdrawalState;
  readonly waiting_for: string | null;
  readonly failure_reason: string | null;
  readonly broker_withdrawal_ref: string | null;
  readonly circle_on_ramp_ref: string | null;
  readonly circle_transfer_ref: string | null;
  readonly tx_hash: string | null;
  readonly eta_seconds: number | null;
  readonly approval_expires_at: Date | null;
  readonly completed_at: Date | null;
  readonly ended_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly cursor_at: string;
}

/** What a member of staff said about it. */
export interface ApprovalRow {
  readonly staff_id: string;
  readonly decision: 'approve' | 'reject';
  readonly note: string;
  readonly at: string;
}

const COLUMNS = `w.id, w.user_id, w.chain, w.address_id, w.destination_address, w.amount_usd, w.fee_usd, w.net_usd,
  w.status, w.waiting_for, w.failure_reason, w.broker_withdrawal_ref, w.circle_on_ramp_ref, w.circle_transfer_ref,
  w.tx_hash, w.eta_seconds, w.approval_expires_at, w.completed_at, w.ended_at, w.created_at, w.updated_at,
  to_char(w.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at`;

/** Events that move nothing (a journal made again behind the scenes) are not the customer's to read. */
const TIMELINE = `coalesce((
  select json_agg(json_build_object('id', e.id::text, 'event', e.event, 'from_state', e.from_state,
    'to_state', e.to_state, 'tx_hash', e.evidence ->> 'tx_hash',
    'at', to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by e.id)
  from lifecycle_events as e where e.subject_id = w.id and e.lifecycle = 'withdrawal' and e.id > $3::bigint
    and e.from_state is distinct from e.to_state
), '[]')`;

const APPROVALS = `coalesce((
  select json_agg(json_build_object('staff_id', a.staff_id, 'decision', a.decision, 'note', a.note,
    'at', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by a.at)
  from withdrawal_approvals as a where a.withdrawal_id = w.id
), '[]')`;

/** A user's withdrawals, newest first. */
export function listWithdrawals(
  database: Database,
  userId: string,
  page: PageRequest,
  filter: { readonly status?: WithdrawalState | undefined; readonly chain?: Chain | undefined },
): Promise<WithdrawalRow[]> {
  return database.prepared<WithdrawalRow>(
    'withdrawal-list',
    `select ${COLUMNS} from withdrawals as w
     where w.user_id = $1::uuid and (w.created_at, w.id) <
         (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
       and ($5::withdrawal_status is null or w.status = $5) and ($6::chain_type is null or w.chain = $6)
     order by w.created_at desc, w.id desc limit $4`,
    [userId, page.at, page.id, page.limit, filter.status ?? null, filter.chain ?? null],
  );
}

/** One withdrawal of a user with its timeline. */
export async function findWithdrawal(
  database: Database,
  userId: string,
  id: string,
): Promise<(WithdrawalRow & { readonly timeline: readonly TimelineRow[] }) | undefined> {
  const [row] = await database.prepared<WithdrawalRow & { timeline: TimelineRow[] }>(
    'withdrawal-find',
    `select ${COLUMNS}, ${TIMELINE} as timeline from withdrawals as w
     where w.user_id = $1::uuid and w.id = $2::uuid`,
    [userId, id, 0],
  );
  return row;
}

/** Where a withdrawal stands, and what happened since an entry of its timeline (0: everything). */
export async function followWithdrawal(
  database: Database,
  userId: string,
  id: string,
  afterEventId: string,
): Promise<{ readonly status: WithdrawalState; readonly timeline: readonly TimelineRow[] } | undefined> {
  const [row] = await database.prepared<{ status: WithdrawalState; timeline: TimelineRow[] }>(
    'withdrawal-follow',
    `select w.status, ${TIMELINE} as timeline from withdrawals as w where w.user_id = $1::uuid and w.id = $2::uuid`,
    [userId, id, afterEventId],
  );
  return row;
}

export type StaffWithdrawalRow = WithdrawalRow & { readonly approvals: readonly ApprovalRow[] };

/** Withdrawals of everybody with what staff said about them, newest first. */
export function listWithdrawalsForStaff(
  database: Database,
  page: PageRequest,
  filter: { readonly status?: WithdrawalState | undefined; readonly userId?: string | undefined },
): Promise<StaffWithdrawalRow[]> {
  const asked = chosen(3, [
    { name: 'status', sql: 'w.status = ?::withdrawal_status', value: filter.status },
    { name: 'user', sql: 'w.user_id = ?::uuid', value: filter.userId },
  ]);
  return database.prepared<StaffWithdrawalRow>(
    `withdrawal-list-staff${asked.name}`,
    `select ${COLUMNS}, ${APPROVALS} as approvals from withdrawals as w
     where (w.created_at, w.id) <
         (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
       ${asked.sql}
     order by w.created_at desc, w.id desc ${limitOf(3)}`,
    [page.at, page.id, page.limit, ...asked.values],
  );
}

/** One withdrawal of anybody with what staff said about it. */
export async function findWithdrawalForStaff(
  database: Database,
  id: string,
): Promise<StaffWithdrawalRow | undefined> {
  const [row] = await database.prepared<StaffWithdrawalRow>(
    'withdrawal-find-staff',
    `select ${COLUMNS}, ${APPROVALS} as approvals from withdrawals as w where w.id = $1::uuid`,
    [id],
  );
  return row;
}

interface StoredRules {
  readonly limits: Partial<WithdrawalLimits> | null;
  readonly fees: Readonly<Record<string, unknown>> | null;
}

/** What a request has to know before it is made. */
export interface WithdrawalIntake extends StoredRules {
  readonly policy: Partial<WithdrawalPolicy> | null;
  readonly full_name: string | null;
  readonly account_id: string | null;
  readonly key_id: string | null;
  readonly sealed_key: string | null;
  readonly sealed_application: string | null;
  /** Null when the customer has no such address. */
  readonly address: { readonly chain: Chain; readonly address: string } | null;
}

/** Reads all of it in one round trip; makes the customer's key on first use. Null when there is no such user. */
export async function withdrawalIntake(
  database: Database,
  userId: string,
  addressId: string,
  key: SealedCustomerKey,
): Promise<WithdrawalIntake | null> {
  const sql = 'select withdrawal_intake($1, $2, $3) as result';
  const [row] = await database.prepared<{ result: WithdrawalIntake | null }>('withdrawal_intake', sql, [
    userId,
    addressId,
    JSON.stringify(key),
  ]);
  return row?.result ?? null;
}

export type QuoteFacts = StoredRules & WithdrawalStanding & { readonly eta: MeasuredEta };

/** What a quote says, in one round trip; null when there is no such user. */
export async function findWithdrawalStanding(
  database: Database,
  userId: string,
  chain: Chain,
): Promise<QuoteFacts | null> {
  const sql = 'select withdrawal_standing($1, $2) as result';
  const [row] = await database.prepared<{ result: QuoteFacts | null }>('withdrawal_standing', sql, [
    userId,
    chain,
  ]);
  return row?.result ?? null;
}
