/** The steps of a withdrawal, each one SQL round trip; the functions are in db/functions/08 and 09. */
import type {
  OpenedWithdrawal,
  WithdrawalFacts,
  WithdrawalWait,
} from '../../domain/funding/withdrawal-facts.ts';
import { withdrawalPolicy } from '../../domain/funding/withdrawal-rules.ts';
import type { Database } from '../client.ts';
import type { annotate, TransitionDetails } from '../transition.ts';

/** Why a request was not taken: a problem code and a sentence, and whatever figures belong to it. */
export interface WithdrawalRefusal {
  readonly code: string;
  readonly detail: string;
  readonly [figure: string]: unknown;
}

export type RequestedWithdrawal = OpenedWithdrawal | { readonly refused: WithdrawalRefusal };

/** What became of somebody's word about an approval. */
export interface ApprovalAnswer {
  readonly accepted: boolean;
  readonly refused?: WithdrawalRefusal;
  readonly facts: WithdrawalFacts;
}

/** One event with everything that is written together with it. */
export interface WithdrawalStep {
  readonly event: string;
  readonly reference: string;
  readonly details: TransitionDetails;
}

type Note = Parameters<typeof annotate>[3];

async function ask<T>(database: Database, name: string, text: string, values: unknown[]): Promise<T> {
  const [row] = await database.prepared<{ result: T }>(name, text, values);
  if (!row) throw new Error(`${name} answered nothing`);
  return row.result;
}

function opened(answer: OpenedWithdrawal): OpenedWithdrawal {
  return { ...answer, policy: withdrawalPolicy(answer.policy) };
}

/** Inserts the withdrawal and holds its money, or says why not; the same id is taken once. */
export async function withdrawalRequested(
  database: Database,
  id: string,
  request: Record<string, unknown>,
): Promise<RequestedWithdrawal> {
  const sql = 'select withdrawal_requested($1, $2) as result';
  const answer = await ask<RequestedWithdrawal>(database, 'withdrawal_requested', sql, [
    id,
    JSON.stringify(request),
  ]);
  return 'refused' in answer ? answer : opened(answer);
}

/** Takes what a member of staff says about a withdrawal that must be approved. */
export function withdrawalApproval(
  database: Database,
  id: string,
  decision: Record<string, unknown>,
): Promise<ApprovalAnswer> {
  const sql = 'select withdrawal_approval($1, $2) as result';
  return ask(database, 'withdrawal_approval', sql, [id, JSON.stringify(decision)]);
}

/** One event, or several that happened at once. @throws {DatabaseError} as `transition` does. */
export function withdrawalStep(
  database: Database,
  id: string,
  ...steps: WithdrawalStep[]
): Promise<WithdrawalFacts> {
  const sql = 'select withdrawal_step($1, $2) as result';
  return ask(database, 'withdrawal_step', sql, [id, JSON.stringify(steps)]);
}

/** Mint accepted the transfer of that id; the facts tell what Mint has said about it before. */
export function withdrawalOnRampStarted(
  database: Database,
  id: string,
  transferId: string,
  step: WithdrawalStep,
): Promise<WithdrawalFacts> {
  const sql = 'select withdrawal_on_ramp_started($1, $2, $3) as result';
  return ask(database, 'withdrawal_on_ramp_started', sql, [id, transferId, JSON.stringify([step])]);
}

/** Writes what changes without an edge; with no note it only reads. */
export async function withdrawalNote(database: Database, id: string, note: Note): Promise<OpenedWithdrawal> {
  const sql = 'select withdrawal_note($1, $2) as result';
  return opened(await ask<OpenedWithdrawal>(database, 'withdrawal_note', sql, [id, JSON.stringify(note)]));
}

/**
 * Writes that the outcome of an operation is unclear, and tells the customer that we are checking. A settled
 * outcome is left alone.
 */
export async function markWithdrawalUnclear(
  database: Database,
  operation: {
    readonly id: string;
    readonly step: string;
    readonly waiting_for: WithdrawalWait;
    readonly error: string;
  },
): Promise<void> {
  await database.query(
    `with marked as (
       update provider_operations set state = 'unknown', attempts = attempts + 1, last_error = $4
       where lifecycle = 'withdrawal' and subject_id = $1 and step = $2 and state in ('intended', 'accepted', 'unknown')
       returning subject_id
     )
     update withdrawals set waiting_for = $3 from marked
     where withdrawals.id = marked.subject_id and waiting_for is null`,
    [operation.id, operation.step, operation.waiting_for, operation.error],
  );
}
