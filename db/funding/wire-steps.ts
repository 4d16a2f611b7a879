/** The steps of a wire, each one SQL round trip; the functions are in db/functions/10-treasury.sql. */
import { treasuryPolicy } from '../../domain/funding/treasury-policy.ts';
import type { WireKind } from '../../domain/funding/wire.ts';
import type { OpenedWire, WireFacts } from '../../domain/funding/wire-facts.ts';
import type { Database } from '../client.ts';
import type { annotate, OperationEntry, ReviewEntry, TransitionDetails } from '../transition.ts';

type Note = Parameters<typeof annotate>[3];

async function step<T>(database: Database, name: string, text: string, values: unknown[]): Promise<T> {
  const [row] = await database.prepared<{ result: T }>(name, text, values);
  if (!row) throw new Error(`${name} answered nothing`);
  return row.result;
}

const withPolicy = (answer: OpenedWire): OpenedWire => ({ ...answer, policy: treasuryPolicy(answer.policy) });

/** Any event of a wire. @throws {DatabaseError} as `transition` does. */
export function wireEvent(
  database: Database,
  id: string,
  event: string,
  reference: string,
  details: TransitionDetails,
): Promise<WireFacts> {
  return step(database, 'wire_event', 'select wire_event($1, $2, $3, $4) as result', [
    id,
    event,
    reference,
    JSON.stringify(details),
  ]);
}

/** Writes what changes without an edge; with no note it only reads. */
export async function wireNote(database: Database, id: string, note: Note): Promise<OpenedWire> {
  const sql = 'select wire_note($1, $2) as result';
  return withPolicy(await step<OpenedWire>(database, 'wire_note', sql, [id, JSON.stringify(note)]));
}

/** A wire as it is planned; times are RFC 3339. */
export interface NewWire {
  readonly id: string;
  readonly kind: WireKind;
  readonly chain: string | null;
  readonly amount_usd: string;
  readonly reason: string;
  readonly requested_by?: string;
  readonly approvals_needed: number;
  readonly expires_seconds: number;
  readonly expected_at: string;
  readonly operations: readonly OperationEntry[];
  /** Opened with the wire where it needs approval. */
  readonly review: ReviewEntry;
}

/** Plans what a round found, unless a wire has changed since `mark` was read. @returns the ids that are planned. */
export async function planWires(
  database: Database,
  plan: { readonly mark: string; readonly wires: readonly NewWire[] },
): Promise<string[]> {
  return step(database, 'plan_wires', 'select plan_wires($1) as result', [JSON.stringify(plan)]);
}

/** A wire that a person asks for; the same id again is the same wire. */
export async function requestWire(
  database: Database,
  wire: NewWire & { readonly request_id: string },
): Promise<OpenedWire> {
  const sql = 'select request_wire($1) as result';
  return withPolicy(await step<OpenedWire>(database, 'request_wire', sql, [JSON.stringify(wire)]));
}

/** One person's word about a wire. */
export function decideWire(
  database: Database,
  id: string,
  vote: {
    readonly user_id: string;
    readonly approve: boolean;
    readonly note: string;
    readonly request_id: string;
  },
): Promise<{ outcome: 'counted' | 'not_waiting' | 'own_request' | 'same_person'; facts: WireFacts }> {
  return step(database, 'decide_wire', 'select decide_wire($1, $2) as result', [id, JSON.stringify(vote)]);
}

/** Something that arrived at the other end. */
export interface Arrival {
  readonly reference: string;
  /** Dollars, decimal string. */
  readonly amount: string;
}

/** Gives a wire the first of these arrivals, oldest first, that no other wire has; null when there is none. */
export function claimArrival(
  database: Database,
  claim: {
    readonly id: string;
    readonly provider: 'mint' | 'alpaca';
    readonly key: string;
    readonly arrivals: readonly Arrival[];
  },
): Promise<Arrival | null> {
  return step(database, 'claim_arrival', 'select claim_arrival($1, $2, $3, $4) as result', [
    claim.id,
    claim.provider,
    claim.key,
    JSON.stringify(claim.arrivals),
  ]);
}

/** Writes that the outcome of an order is unclear; a settled outcome is left alone. */
export async function markWireUnclear(
  database: Database,
  order: { readonly id: string; readonly step: string; readonly error: string },
): Promise<void> {
  await database.query(
    `with marked as (
       update provider_operations set state = 'unknown', attempts = attempts + 1, last_error = $3
       where lifecycle = 'wire' and subject_id = $1 and step = $2 and state in ('intended', 'accepted', 'unknown')
       returning subject_id
     )
     update wires set waiting_for = 'answer' from marked where wires.id = marked.subject_id and waiting_for is null`,
    [order.id, order.step, order.error],
  );
}

/** How long ago the outcome of an order became unclear, in seconds; null when it is not. */
export async function unclearForSeconds(
  database: Database,
  id: string,
  step: string,
): Promise<number | null> {
  const [row] = await database.query<{ seconds: number }>(
    `select extract(epoch from clock_timestamp() - updated_at)::float8 as seconds from provider_operations
     where lifecycle = 'wire' and subject_id = $1 and step = $2 and state = 'unknown'`,
    [id, step],
  );
  return row?.seconds ?? null;
}
