/** Reads of wires and floats, for our own people. */
import type { Chain } from '../../domain/funding/chain.ts';
import type { WireKind, WireState } from '../../domain/funding/wire.ts';
import type { Database } from '../client.ts';
import { chosen, limitOf } from '../conditions.ts';
import type { PageRequest } from '../page.ts';

export interface WireRow {
  readonly id: string;
  readonly kind: WireKind;
  readonly chain: Chain | null;
  readonly amount_usd: string;
  readonly reason: string;
  readonly requested_by: string | null;
  readonly approvals_needed: number;
  readonly approval_expires_at: Date | null;
  readonly status: WireState;
  readonly waiting_for: string | null;
  readonly paused_by: string | null;
  readonly failure_reason: string | null;
  readonly sends_at: Date | null;
  readonly expected_at: Date | null;
  readonly provider_ref: string | null;
  readonly tracking_ref: string | null;
  readonly arrival_ref: string | null;
  readonly arrived_usd: string | null;
  readonly initiated_at: Date | null;
  readonly sent_at: Date | null;
  readonly completed_at: Date | null;
  readonly ended_at: Date | null;
  readonly created_at: Date;
  readonly cursor_at: string;
}

/** A person's word about a wire. */
export interface WireApprovalRow {
  readonly user_id: string;
  readonly approved: boolean;
  readonly note: string;
  readonly at: string;
}

/** Something that happened to a wire. */
export interface WireTimelineRow {
  readonly id: string;
  readonly event: string;
  readonly from_state: string | null;
  readonly to_state: string;
  readonly evidence: Record<string, unknown>;
  readonly at: string;
}

export interface WireDetailRow extends WireRow {
  readonly approvals: readonly WireApprovalRow[];
  readonly timeline: readonly WireTimelineRow[];
}

const COLUMNS = `w.id, w.kind, w.chain, w.amount_usd::text, w.reason, w.requested_by, w.approvals_needed,
  w.approval_expires_at, w.status, w.waiting_for, paused_by(wire_rails(w)) as paused_by, w.failure_reason, w.sends_at,
  w.expected_at, w.provider_ref, w.tracking_ref, w.arrival_ref, w.arrived_usd::text, w.initiated_at, w.sent_at,
  w.completed_at, w.ended_at, w.created_at,
  to_char(w.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at`;

/** Wires, newest first. */
export function listWires(
  database: Database,
  page: PageRequest,
  filter: { readonly status?: WireState | undefined; readonly kind?: WireKind | undefined },
): Promise<WireRow[]> {
  const asked = chosen(3, [
    { name: 'status', sql: 'w.status = ?::wire_status', value: filter.status },
    { name: 'kind', sql: 'w.kind = ?::wire_kind', value: filter.kind },
  ]);
  return database.prepared<WireRow>(
    `wire-list${asked.name}`,
    `select ${COLUMNS} from wires w
     where (w.created_at, w.id) <
         (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
       ${asked.sql}
     order by w.created_at desc, w.id desc ${limitOf(3)}`,
    [page.at, page.id, page.limit, ...asked.values],
  );
}

const TIME = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** One wire with what people said and what happened; `afterId` leaves out older events. */
export async function findWire(
  database: Database,
  id: string,
  afterId = '0',
): Promise<WireDetailRow | undefined> {
  const [row] = await database.prepared<WireDetailRow>(
    'wire-find',
    `select ${COLUMNS},
       coalesce((select json_agg(json_build_object('user_id', a.user_id, 'approved', a.approved, 'note', a.note,
         'at', to_char(a.at at time zone 'UTC', ${TIME})) order by a.at) from wire_approvals a
         where a.wire_id = w.id), '[]') as approvals,
       coalesce((select json_agg(json_build_object('id', e.id::text, 'event', e.event, 'from_state', e.from_state,
         'to_state', e.to_state, 'evidence', e.evidence, 'at', to_char(e.at at time zone 'UTC', ${TIME})) order by e.id)
         from lifecycle_events e where e.subject_id = w.id and e.lifecycle = 'wire' and e.id > $2::bigint), '[]')
         as timeline
     from wires w where w.id = $1::uuid`,
    [id, afterId],
  );
  return row;
}

/** A float as the last round left it; amounts are decimal strings. */
export interface FloatReportRow {
  readonly account: string;
  readonly reported: string;
  readonly reported_at: Date;
  readonly outgoing: string;
  readonly incoming: string;
  readonly arriving: string;
  readonly draw_per_hour: string;
  readonly expected_at: Date | null;
  readonly refill_at: Date | null;
  readonly dry_at: Date | null;
  readonly alarm: string | null;
  readonly alarm_since: Date | null;
}

/** Every float, and the settings that its bounds come from. */
export async function readTreasury(
  database: Database,
): Promise<{ floats: FloatReportRow[]; policy: Record<string, unknown> | null }> {
  const money = (column: string) => `trim_scale(${column} / 1000000.0)::numeric(24, 2)::text as ${column}`;
  const [floats, [settings]] = await Promise.all([
    database.query<FloatReportRow>(
      `select account, ${['reported', 'outgoing', 'incoming', 'arriving', 'draw_per_hour'].map(money).join(', ')},
         reported_at, expected_at, refill_at, dry_at, alarm, alarm_since from floats order by account`,
    ),
    database.query<{ value: Record<string, unknown> }>(
      `select value from settings where key = 'treasury_policy'`,
    ),
  ]);
  return { floats, policy: settings?.value ?? null };
}
