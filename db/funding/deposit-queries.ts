/** Reads of deposits and their timelines. */
import type { Chain } from '../../domain/funding/chain.ts';
import type { DepositState } from '../../domain/funding/deposit.ts';
import type { Database } from '../client.ts';
import type { PageRequest } from '../page.ts';

export interface DepositRow {
  readonly id: string;
  readonly wallet_id: string;
  readonly chain: Chain;
  readonly tx_hash: string | null;
  readonly token: string;
  readonly amount_stablecoin: string;
  readonly amount_usd: string | null;
  readonly source_address: string | null;
  readonly status: DepositState;
  readonly waiting_for: string | null;
  readonly failure_reason: string | null;
  /** Of one that waits for float: when the next wire is expected to bring it; null while none is on its way. */
  readonly float_expected_at: Date | null;
  readonly confirmed_at: Date | null;
  readonly off_ramp_initiated_at: Date | null;
  readonly off_ramp_completed_at: Date | null;
  readonly broker_funded_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly cursor_at: string;
}

/** One entry of a timeline, as JSON. */
export interface TimelineRow {
  readonly id: string;
  readonly event: string;
  readonly from_state: string | null;
  readonly to_state: string;
  readonly tx_hash: string | null;
  readonly at: string;
}

const COLUMNS = `d.id, d.wallet_id, d.chain, d.tx_hash, d.token, d.amount_stablecoin, d.amount_usd, d.source_address,
  d.status, d.waiting_for, d.failure_reason, case when d.waiting_for = 'float' then
    (select f.expected_at from floats f where f.account = 'alpaca_firm') end as float_expected_at,
  d.confirmed_at, d.off_ramp_initiated_at, d.off_ramp_completed_at,
  d.broker_funded_at, d.created_at, d.updated_at,
  to_char(d.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at`;

const TIMELINE = `coalesce((
  select json_agg(json_build_object('id', e.id::text, 'event', e.event, 'from_state', e.from_state,
    'to_state', e.to_state, 'tx_hash', e.evidence ->> 'tx_hash',
    'at', to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by e.id)
  from lifecycle_events as e where e.subject_id = d.id and e.lifecycle = 'deposit' and e.id > $3::bigint
), '[]')`;

/** A user's deposits, newest first. */
export function listDeposits(
  database: Database,
  userId: string,
  page: PageRequest,
  filter: { readonly status?: DepositState | undefined; readonly chain?: Chain | undefined },
): Promise<DepositRow[]> {
  return database.prepared<DepositRow>(
    'deposit-list',
    `select ${COLUMNS} from deposits as d
     where d.user_id = $1::uuid and (d.created_at, d.id) <
         (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
       and ($5::deposit_status is null or d.status = $5) and ($6::chain_type is null or d.chain = $6)
     order by d.created_at desc, d.id desc limit $4`,
    [userId, page.at, page.id, page.limit, filter.status ?? null, filter.chain ?? null],
  );
}

/** One deposit of a user with its timeline. */
export async function findDeposit(
  database: Database,
  userId: string,
  id: string,
): Promise<(DepositRow & { readonly timeline: readonly TimelineRow[] }) | undefined> {
  const [row] = await database.prepared<DepositRow & { timeline: TimelineRow[] }>(
    'deposit-find',
    `select ${COLUMNS}, ${TIMELINE} as timeline from deposits as d where d.user_id = $1::uuid and d.id = $2::uuid`,
    [userId, id, 0],
  );
  return row;
}

/** Where a deposit stands, and what happened since an entry of its timeline (0: everything). */
export async function followDeposit(
  database: Database,
  userId: string,
  id: string,
  afterEventId: string,
): Promise<{ readonly status: DepositState; readonly timeline: readonly TimelineRow[] } | undefined> {
  const [row] = await database.prepared<{ status: DepositState; timeline: TimelineRow[] }>(
    'deposit-follow',
    `select d.status, ${TIMELINE} as timeline from deposits as d where d.user_id = $1::uuid and d.id = $2::uuid`,
    [userId, id, afterEventId],
  );
  return row;
}
