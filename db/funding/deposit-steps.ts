/** The steps of a deposit, each one SQL round trip; the functions are in db/functions/04-deposit.sql. */
import type { DepositFacts, OpenedDeposit } from '../../domain/funding/deposit-facts.ts';
import { depositPolicy } from '../../domain/funding/deposit-policy.ts';
import type { DepositWait } from '../../domain/funding/deposit-waits.ts';
import type { Database } from '../client.ts';
import type { annotate, TransitionDetails } from '../transition.ts';

/** A transfer into a wallet that we do not know. */
export interface UnknownWallet {
  readonly unknown_wallet: true;
}

/** A transfer as Circle reported it. */
export interface SeenTransfer {
  readonly circle_transaction_id: string;
  readonly circle_wallet_id: string;
  readonly token: string;
  readonly amount: string;
  readonly tx_hash?: string;
  readonly source_address?: string;
  readonly inbound?: readonly string[];
}

type Note = Parameters<typeof annotate>[3];

async function step<T>(database: Database, name: string, text: string, values: unknown[]): Promise<T> {
  const [row] = await database.prepared<{ result: T }>(name, text, values);
  if (!row) throw new Error(`${name} answered nothing`);
  return row.result;
}

/** Inserts the deposit, or finds it: a transfer is one deposit however often it is reported. */
export async function depositSeen(
  database: Database,
  id: string,
  transfer: SeenTransfer,
): Promise<OpenedDeposit | UnknownWallet> {
  const answer = await step<OpenedDeposit | UnknownWallet>(
    database,
    'deposit_seen',
    'select deposit_seen($1, $2) as result',
    [id, JSON.stringify(transfer)],
  );
  return 'unknown_wallet' in answer ? answer : { ...answer, policy: depositPolicy(answer.policy) };
}

/** Credits the transfer and sets its whole cents aside for conversion. */
export function depositConfirmed(
  database: Database,
  id: string,
  details: TransitionDetails,
): Promise<DepositFacts> {
  return step(database, 'deposit_confirmed', 'select deposit_confirmed($1, $2) as result', [
    id,
    JSON.stringify(details),
  ]);
}

/** Any event whose postings the caller knows. @throws {DatabaseError} as `transition` does. */
export function depositEvent(
  database: Database,
  id: string,
  event: string,
  reference: string,
  details: TransitionDetails,
): Promise<DepositFacts> {
  return step(database, 'deposit_event', 'select deposit_event($1, $2, $3, $4) as result', [
    id,
    event,
    reference,
    JSON.stringify(details),
  ]);
}

/**
 * The journal executed: buying power, also for the dust that travelled along. What the customer owes us is paid back
 * first; `notice_repaid` is added to the notice then, with the dollars in place of `{amount}`.
 */
export function depositFunded(
  database: Database,
  id: string,
  details: TransitionDetails & { readonly notice_repaid?: string },
): Promise<DepositFacts> {
  return step(database, 'deposit_funded', 'select deposit_funded($1, $2) as result', [
    id,
    JSON.stringify(details),
  ]);
}

/**
 * The journal was corrected after it had executed. What was spent meanwhile is owed to us; `notice_owed` is added to
 * the notice then, with the dollars in place of `{amount}`.
 */
export function depositReturned(
  database: Database,
  id: string,
  details: TransitionDetails & { readonly notice_owed?: string },
): Promise<DepositFacts> {
  return step(database, 'deposit_returned', 'select deposit_returned($1, $2) as result', [
    id,
    JSON.stringify(details),
  ]);
}

/** Writes what changes without an edge; with no note it only reads. */
export async function depositNote(database: Database, id: string, note: Note): Promise<OpenedDeposit> {
  const answer = await step<OpenedDeposit>(
    database,
    'deposit_note',
    'select deposit_note($1, $2) as result',
    [id, JSON.stringify(note)],
  );
  return { ...answer, policy: depositPolicy(answer.policy) };
}

/**
 * Writes that the outcome of an operation is unclear, and tells the customer that we are checking. A
 * settled outcome is left alone.
 */
export async function markDepositUnclear(
  database: Database,
  operation: {
    readonly id: string;
    readonly step: string;
    readonly waiting_for: DepositWait;
    readonly error: string;
  },
): Promise<void> {
  await database.query(
    `with marked as (
       update provider_operations set state = 'unknown', attempts = attempts + 1, last_error = $4
       where lifecycle = 'deposit' and subject_id = $1 and step = $2 and state in ('intended', 'accepted', 'unknown')
       returning subject_id
     )
     update deposits set waiting_for = $3 from marked
     where deposits.id = marked.subject_id and waiting_for is null`,
    [operation.id, operation.step, operation.waiting_for, operation.error],
  );
}
