/** Reads of reconciliation, and what people do with a break. */
import type { BreakKind } from '../../domain/funding/reconciliation.ts';
import type { Database } from '../client.ts';
import { chosen, limitOf } from '../conditions.ts';
import type { PageRequest } from '../page.ts';

export interface RunRow {
  readonly id: string;
  readonly cause: string;
  readonly requested_by: string | null;
  readonly status: string;
  readonly since: Date;
  readonly started_at: Date;
  readonly finished_at: Date | null;
  readonly lines: number;
  readonly balances: number;
  readonly subjects: number;
  readonly opened: number;
  readonly closed: number;
  readonly still_open: number;
  /** Smallest units by asset. */
  readonly unexplained: Readonly<Record<string, string>>;
  readonly conservation: Readonly<Record<string, string>>;
  readonly error: string | null;
  readonly cursor_at: string;
}

export interface BreakRow {
  readonly id: string;
  readonly kind: BreakKind;
  readonly state: string;
  readonly account: string | null;
  readonly account_owner: string | null;
  readonly asset: string | null;
  readonly lifecycle: string | null;
  readonly subject_id: string | null;
  readonly source: string | null;
  readonly reference: string | null;
  /** Smallest units. */
  readonly expected: string | null;
  readonly found: string | null;
  readonly difference: string | null;
  readonly evidence: unknown;
  readonly found_at: Date;
  readonly opened_at: Date | null;
  readonly age_seconds: number;
  readonly owner_id: string | null;
  readonly proposal: {
    readonly by: string;
    readonly counter: string | null;
    readonly note: string;
    readonly proposed_by: string;
    readonly proposed_at: string;
  } | null;
  readonly resolution: string | null;
  readonly resolved_at: Date | null;
  readonly resolved_by: string | null;
  readonly cursor_at: string;
}

export interface BreakNote {
  readonly author_id: string;
  readonly note: string;
  readonly at: Date;
}

const placeOf = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as cursor_at`;
const BEFORE = (column: string) => `(${column}, id) <
  (coalesce($1::timestamptz, 'infinity'), coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))`;
const BREAK = `id, kind, state, account, account_owner, asset, lifecycle, subject_id, source, reference,
  expected::text, found::text, difference::text, evidence, found_at, opened_at,
  extract(epoch from coalesce(resolved_at, now()) - found_at)::int as age_seconds, owner_id, proposal, resolution,
  resolved_at, resolved_by, ${placeOf('found_at')}`;

/** Writes that a run was asked for; the same run once. */
export async function requestRun(
  database: Database,
  run: { readonly runId: string; readonly requestedBy: string; readonly requestId: string },
): Promise<void> {
  await database.query(
    `with asked as (
       insert into reconciliation_runs (id, cause, requested_by, status, since)
       values ($1, 'request', $2, 'requested', now()) on conflict do nothing returning id)
     insert into audit_log (actor_id, actor_role, action, subject_kind, subject_id, request_id)
     select $2, u.role::text, 'reconciliation.run', 'reconciliation_run', $1::text, $3
     from asked, users u where u.id = $2`,
    [run.runId, run.requestedBy, run.requestId],
  );
}

/** Runs, newest first. */
export function listRuns(database: Database, page: PageRequest): Promise<RunRow[]> {
  return database.prepared<RunRow>(
    'reconciliation-runs',
    `select *, ${placeOf('started_at')} from reconciliation_runs where ${BEFORE('started_at')}
     order by started_at desc, id desc ${limitOf(3)}`,
    [page.at, page.id, page.limit],
  );
}

/** One run. */
export async function findRun(database: Database, id: string): Promise<RunRow | undefined> {
  const sql = `select *, ${placeOf('started_at')} from reconciliation_runs where id = $1::uuid`;
  const [row] = await database.prepared<RunRow>('reconciliation-run', sql, [id]);
  return row;
}

/** Breaks that a second look confirmed, newest first. */
export function listBreaks(
  database: Database,
  page: PageRequest,
  filter: {
    readonly state?: string | undefined;
    readonly kind?: string | undefined;
    readonly ownerId?: string | undefined;
    readonly subjectId?: string | undefined;
  },
): Promise<BreakRow[]> {
  const asked = chosen(3, [
    { name: 'state', sql: 'state = ?::text', value: filter.state },
    { name: 'kind', sql: 'kind = ?::text', value: filter.kind },
    { name: 'owner', sql: 'owner_id = ?::uuid', value: filter.ownerId },
    { name: 'subject', sql: 'subject_id = ?::uuid', value: filter.subjectId },
  ]);
  return database.prepared<BreakRow>(
    `reconciliation-breaks${asked.name}`,
    `select ${BREAK} from reconciliation_breaks
     where ${BEFORE('found_at')} and state <> 'suspected' ${asked.sql}
     order by found_at desc, id desc ${limitOf(3)}`,
    [page.at, page.id, page.limit, ...asked.values],
  );
}

/** One break with its notes. */
export async function findBreak(
  database: Database,
  id: string,
): Promise<(BreakRow & { readonly notes: readonly BreakNote[] }) | undefined> {
  const [row] = await database.prepared<BreakRow>(
    'reconciliation-break',
    `select ${BREAK} from reconciliation_breaks where id = $1::uuid and state <> 'suspected'`,
    [id],
  );
  if (!row) return undefined;
  const notes = await database.prepared<BreakNote & { [column: string]: unknown }>(
    'reconciliation-notes',
    'select author_id, note, at from reconciliation_notes where break_id = $1::uuid order by id',
    [id],
  );
  return { ...row, notes };
}

/** Who did it, in answer to which request. */
interface Actor {
  readonly person: string;
  readonly request_id: string;
}

/** Gives a break to somebody, or writes a note. */
export async function annotateBreak(
  database: Database,
  id: string,
  change: Actor & ({ readonly owner: string | null } | { readonly note: string }),
): Promise<'done' | 'not_found' | 'not_staff'> {
  return ask(database, 'reconciliation_annotate', id, change);
}

/** Proposes, confirms or withdraws a settlement: two people must agree on the same one. */
export async function settleBreak(
  database: Database,
  id: string,
  settlement: Actor & {
    readonly by: 'posting' | 'explanation' | 'withdrawal';
    readonly counter?: string;
    /** The account that takes the other side, by asset. */
    readonly counters?: Readonly<Record<string, string>>;
    readonly note: string;
  },
): Promise<
  | 'proposed'
  | 'settled'
  | 'withdrawn'
  | 'not_found'
  | 'not_open'
  | 'second_person'
  | 'differs'
  | 'nothing_to_post'
> {
  return ask(database, 'reconciliation_settle', id, settlement);
}

async function ask<Outcome>(database: Database, name: string, id: string, input: object): Promise<Outcome> {
  const [row] = await database.prepared<{ outcome: Outcome }>(name, `select ${name}($1, $2) as outcome`, [
    id,
    JSON.stringify(input),
  ]);
  if (!row) throw new Error(`${name} answered nothing`);
  return row.outcome;
}

export interface ReconciliationFigures {
  /** By asset, in whole units of it. */
  readonly conservation: Readonly<Record<string, number>>;
  readonly unexplained: Readonly<Record<string, number>>;
  readonly breaks: readonly { readonly kind: string; readonly count: number }[];
  readonly age_seconds: number | null;
}

/** What the last run found and what is open now, for those who watch; one round trip. */
export async function reconciliationFigures(database: Database): Promise<ReconciliationFigures> {
  const [row] = await database.prepared<{ result: ReconciliationFigures }>(
    'reconciliation-figures',
    `with last as (select * from reconciliation_runs where status = 'done' order by started_at desc limit 1)
     select jsonb_build_object(
       'conservation', (select coalesce(jsonb_object_agg(asset, units / 1000000.0), '{}') from (
         select a.asset, sum(b.balance) as units from ledger_balances b join ledger_accounts a on a.id = b.account_id
         group by a.asset) x),
       'unexplained', (select coalesce(jsonb_object_agg(key, value::numeric / 1000000.0), '{}')
         from last, jsonb_each_text(last.unexplained)),
       'breaks', (select coalesce(jsonb_agg(b), '[]') from (
         select kind, count(*)::int as count from reconciliation_breaks where state = 'open' group by kind) b),
       'age_seconds', (select extract(epoch from now() - finished_at)::float8 from last)) as result`,
  );
  if (!row) throw new Error('the figures answered nothing');
  return row.result;
}
