/** Deposits that go back, each step one SQL round trip; the functions are in db/functions/04-deposit-back.sql. */
import type { DepositFacts } from '../../domain/funding/deposit-facts.ts';
import type { ReviewDecision } from '../../domain/platform/review.ts';
import type { Database } from '../client.ts';
import type { OperationEntry, ReviewEntry, TransitionDetails } from '../transition.ts';

/** Whether a refund was taken up; `refused` is the sentence why not, and leaves the review open. */
export interface RefundDecision {
  readonly accepted: boolean;
  readonly refused?: string;
  readonly facts: DepositFacts;
}

async function step<T>(database: Database, name: string, id: string, details: object): Promise<T> {
  const [row] = await database.prepared<{ result: T }>(name, `select ${name}($1, $2) as result`, [
    id,
    JSON.stringify(details),
  ]);
  if (!row) throw new Error(`${name} answered nothing`);
  return row.result;
}

/** Records the decision, the amount and the wallet that sends it; nothing is sent yet. */
export function depositRefundDecided(
  database: Database,
  id: string,
  decision: ReviewDecision & { readonly operation: OperationEntry },
): Promise<RefundDecision> {
  return step(database, 'deposit_refund_decided', id, decision);
}

/** Circle accepted the refund: the USDC is on its way out. */
export function depositRefundSent(
  database: Database,
  id: string,
  details: {
    readonly transfer_id: string;
    readonly operations: readonly OperationEntry[];
    readonly inbound: readonly string[];
  },
): Promise<DepositFacts> {
  return step(database, 'deposit_refund_sent', id, details);
}

/** The refund did not go out, or came back: the USDC is where it was, and a person decides. */
export function depositRefundFailed(
  database: Database,
  id: string,
  details: {
    readonly operations: readonly OperationEntry[];
    readonly review: ReviewEntry;
    readonly inbound: readonly string[];
  },
): Promise<DepositFacts> {
  return step(database, 'deposit_refund_failed', id, details);
}

/** The refund has reached the sender. */
export function depositRefunded(
  database: Database,
  id: string,
  details: TransitionDetails,
): Promise<DepositFacts> {
  return step(database, 'deposit_refunded', id, details);
}

/** The chain took the transfer back after it had been credited. */
export function depositReorganised(
  database: Database,
  id: string,
  details: TransitionDetails,
): Promise<DepositFacts> {
  return step(database, 'deposit_reorganised', id, details);
}
