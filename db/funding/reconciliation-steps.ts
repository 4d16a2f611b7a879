/** The steps of a reconciliation run; what they do is in db/functions/11-reconciliation.sql. */
import { type ReconciliationPolicy, reconciliationPolicy } from '../../domain/funding/reconciliation.ts';
import type { ReconciliationRules, StatementSource } from '../../domain/funding/reconciliation-sources.ts';
import type { ProviderOutcome } from '../../domain/provider-error.ts';
import type { Database } from '../client.ts';
import type { WorkflowSignal } from '../platform/inbound-event-queries.ts';

/** One entry of a provider's list, in smallest units. */
export interface StatementLine {
  readonly source: StatementSource;
  /** The provider's id of the entry. */
  readonly reference: string;
  /** The provider's ids of our places; null for the world outside. */
  readonly from_place: string | null;
  readonly to_place: string | null;
  /** What arrives; the sender pays the fee on top. */
  readonly amount: string;
  readonly fee: string;
  readonly outcome: ProviderOutcome;
  readonly provider_state: string;
  readonly words: string | null;
  readonly tx_hash: string | null;
  /** RFC 3339. */
  readonly at: string;
  /** The provider names no more than the day. */
  readonly is_day: boolean;
}

/** What stands at one of our places. */
export interface StatementBalance {
  readonly place: string;
  readonly units: string;
}

export interface BegunRun {
  /** RFC 3339; entries from then on are read. */
  readonly since: string;
  readonly policy: ReconciliationPolicy;
}

/** What one comparison did. */
export interface Comparison {
  readonly opened: number;
  readonly closed: number;
  /** Seen once: a second look decides. */
  readonly suspected: number;
  readonly open: number;
  readonly signals: readonly WorkflowSignal[];
}

/** A comparison of a million postings takes seconds, not the time of a usual statement. */
const COMPARE_TIMEOUT_MS = 170_000;

async function call<T>(database: Database, text: string, values: unknown[]): Promise<T> {
  const [row] = await database.query<{ result: T }>(text, values);
  if (!row) throw new Error('reconciliation answered nothing');
  return row.result;
}

/** Begins a run; null while another one is at work. */
export async function beginRun(
  database: Database,
  run: { readonly id: string; readonly cause: string; readonly firmAccountId: string },
): Promise<BegunRun | null> {
  const input = {
    cause: run.cause,
    firm_account_id: run.firmAccountId,
    window_seconds: reconciliationPolicy(null).windowSeconds,
  };
  const begun = await call<{ since: string; policy: Partial<ReconciliationPolicy> | null } | null>(
    database,
    'select reconciliation_begin($1, $2) as result',
    [run.id, JSON.stringify(input)],
  );
  return begun && { since: begun.since, policy: reconciliationPolicy(begun.policy) };
}

/** Keeps a page of entries; `moving` says that they are read after the balances. */
export function keepLines(
  database: Database,
  runId: string,
  lines: readonly StatementLine[],
  moving: boolean,
): Promise<number> {
  return call(database, 'select keep_statement_lines($1, $2, $3) as result', [
    runId,
    moving,
    JSON.stringify(lines),
  ]);
}

/** Keeps a page of balances. */
export function keepBalances(
  database: Database,
  runId: string,
  balances: readonly StatementBalance[],
): Promise<number> {
  return call(database, 'select keep_statement_balances($1, $2) as result', [
    runId,
    JSON.stringify(balances),
  ]);
}

/**
 * Customers' accounts at the broker whose balance this run reads: all in which something moved since then or
 * that have a break, and the longest unread of the others.
 */
export async function accountsToRead(
  database: Database,
  input: { readonly since: string; readonly quiet: number },
): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `with moved as (
       select distinct a.owner_id as user_id from ledger_transactions t
         join ledger_postings p on p.transaction_id = t.id join ledger_accounts a on a.id = p.account_id
         where t.at >= $1 and a.kind = 'alpaca_customer'
       union select u.id from statement_lines l join users u on u.alpaca_account_id in (l.from_place, l.to_place)
         where l.source like 'alpaca.%' and (l.at >= $1 or l.changed_at >= $1)
       union select b.account_owner from reconciliation_breaks b
         where b.account = 'alpaca_customer' and b.state <> 'resolved'),
     quiet as (
       select u.id from users u left join statement_balances b on b.place = u.alpaca_account_id
       where u.alpaca_account_id is not null order by b.read_at nulls first, u.id limit $2)
     select u.alpaca_account_id as id from users u
     where u.alpaca_account_id is not null
       and (u.id in (select user_id from moved) or u.id in (select id from quiet)) order by 1`,
    [input.since, input.quiet],
  );
  return rows.map(({ id }) => id);
}

/** Compares everything that was read with the ledger, on one snapshot of it. */
export async function compare(
  database: Database,
  run: { readonly id: string; readonly confirm: boolean },
  rules: ReconciliationRules & Pick<ReconciliationPolicy, 'graceSeconds' | 'timeToleranceSeconds'>,
): Promise<Comparison> {
  const { graceSeconds, timeToleranceSeconds, ...declared } = rules;
  const input = { ...declared, grace_seconds: graceSeconds, time_tolerance_seconds: timeToleranceSeconds };
  const client = await database.pool.connect();
  try {
    await client.query('begin isolation level repeatable read');
    await client.query(`set local statement_timeout = ${COMPARE_TIMEOUT_MS}`);
    // The plans are made for sets that are there for this statement alone; compiling them costs more than it gives.
    await client.query('set local jit = off');
    const { rows } = await client.query<{ result: Comparison }>('select reconcile($1, $2, $3) as result', [
      run.id,
      run.confirm,
      JSON.stringify(input),
    ]);
    await client.query('commit');
    const [row] = rows;
    if (!row) throw new Error('reconcile answered nothing');
    return row.result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** Ends a run; with an error it compared nothing, or not all. */
export async function endRun(database: Database, runId: string, error: string | null): Promise<void> {
  await database.query('select reconciliation_end($1, $2)', [runId, error]);
}
