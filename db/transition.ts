/** The only writer of any status: one call, one round trip, all of it or nothing. */
import type { Posting } from '../domain/funding/ledger.ts';
import type { LifecycleName } from '../domain/lifecycles.ts';
import type { Provider } from '../domain/provider-error.ts';
import type { OperationState } from '../domain/provider-operation.ts';
import type { Database } from './client.ts';

/** A provider operation as a transition writes it; `step` is unique within the lifecycle. */
export interface OperationEntry {
  readonly step: string;
  readonly provider: Provider;
  readonly key: string;
  readonly state: OperationState;
  readonly digest?: string;
  readonly reference?: string;
  readonly tx_hash?: string;
  readonly error?: string;
}

export interface ReviewEntry {
  readonly reason: string;
  /** One sentence for the person who decides. */
  readonly detail: string;
  readonly due_seconds: number;
  readonly evidence?: Record<string, unknown>;
}

/** Everything that may be written together with a transition. */
export interface TransitionDetails {
  /** Columns of the row to set with the move. */
  readonly patch?: Record<string, unknown>;
  readonly evidence?: Record<string, unknown>;
  readonly postings?: readonly Posting[];
  readonly operations?: readonly OperationEntry[];
  readonly notice?: { readonly kind: string; readonly body: string };
  readonly review?: ReviewEntry;
  /** Ids of the inbound events that this uses up. */
  readonly inbound?: readonly string[];
}

export interface TransitionResult {
  /** False when this very event was recorded before: nothing was written now. */
  readonly moved: boolean;
  readonly status: string;
}

/**
 * Moves a row along the edge that `event` names. `reference` makes it idempotent: the same event with
 * the same reference is recorded once.
 * @throws {DatabaseError} SL001 when the state takes no such event, SL003 or SL004 when the ledger
 * refuses the postings, SL005 when there is no such row. Nothing is written then.
 */
export async function transition(
  database: Database,
  lifecycle: LifecycleName,
  id: string,
  event: string,
  reference: string,
  details: TransitionDetails,
): Promise<TransitionResult> {
  const [row] = await database.prepared<{ result: TransitionResult }>(
    'transition',
    'select transition($1, $2, $3, $4, $5) as result',
    [lifecycle, id, event, reference, JSON.stringify(details)],
  );
  if (!row) throw new Error('transition answered nothing');
  return row.result;
}

/** Writes what changes without an edge: why a state lasts, a provider operation, a review, a notice. */
export async function annotate(
  database: Database,
  lifecycle: LifecycleName,
  id: string,
  details: Omit<TransitionDetails, 'postings' | 'evidence' | 'notice'> & {
    readonly notice?: { readonly kind: string; readonly body: string; readonly reference: string };
  },
): Promise<TransitionResult> {
  const [row] = await database.prepared<{ result: TransitionResult }>(
    'annotate',
    'select annotate($1, $2, $3) as result',
    [lifecycle, id, JSON.stringify(details)],
  );
  if (!row) throw new Error('annotate answered nothing');
  return row.result;
}
