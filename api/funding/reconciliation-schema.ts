/** Reconciliation as the API shows it: runs, breaks, and what is wrong in words. */
import { z } from 'zod';
import type { BreakNote, BreakRow, RunRow } from '../../db/funding/reconciliation-queries.ts';
import { BREAK_KINDS, BREAK_STATES, BREAK_WORDS } from '../../domain/funding/reconciliation.ts';
import { formatUnits } from '../../domain/money.ts';
import { isoTime, isoTimeOrNull, timestamp } from '../fields.ts';

/** States that people see: a suspicion is none of them. */
export const SHOWN_STATES = BREAK_STATES.filter((state) => state !== 'suspected');

const amount = z
  .string()
  .regex(/^-?\d+\.\d{2,6}$/)
  .describe('Decimal string in the asset of the account.');
const byAsset = z.strictObject({ usd: amount, usdc: amount });

export const runSchema = z
  .strictObject({
    id: z.uuid(),
    cause: z.enum(['schedule', 'request']),
    requested_by: z.uuid().nullable(),
    status: z.enum(['requested', 'running', 'done', 'failed']),
    since: timestamp.describe('The window of the past that was read again begins here.'),
    started_at: timestamp,
    finished_at: timestamp.nullable(),
    entries: z.int().describe("Entries of the companies' lists that were read."),
    balances: z.int().describe('Balances that were read.'),
    lifecycles: z.int().describe('Deposits, withdrawals and wires that were compared.'),
    breaks_opened: z.int(),
    breaks_closed: z.int(),
    breaks_open: z.int().describe('Open when the run ended.'),
    unexplained: byAsset.describe('Money of open breaks, without sign.'),
    conservation: byAsset.describe('All that others hold for us minus all that we owe: zero, always.'),
    error: z.string().nullable(),
  })
  .meta({ id: 'ReconciliationRun' });

const breakFields = {
  id: z.uuid(),
  kind: z.enum(BREAK_KINDS),
  status: z.enum(SHOWN_STATES),
  means: z.string().describe('What is wrong, for people.'),
  next: z.string().describe('What usually settles it.'),
  account: z.string().nullable().describe('Ledger account that mirrors the place.'),
  account_owner: z.uuid().nullable(),
  currency: z.enum(['USD', 'USDC']).nullable(),
  lifecycle: z.string().nullable(),
  subject_id: z.uuid().nullable(),
  list: z.string().nullable().describe('The list of the company, where it is about one entry.'),
  reference: z.string().nullable().describe("The company's id of the entry."),
  expected: amount.nullable(),
  found: amount.nullable(),
  difference: amount.nullable(),
  evidence: z.unknown(),
  found_at: timestamp,
  age_seconds: z.int(),
  owner_id: z.uuid().nullable(),
  proposal: z
    .strictObject({
      by: z.enum(['posting', 'explanation']),
      counter: z.string().nullable(),
      note: z.string(),
      proposed_by: z.uuid(),
      proposed_at: timestamp,
    })
    .nullable()
    .describe('A settlement that waits for a second person.'),
  resolution: z.enum(['gone', 'posting', 'explanation']).nullable(),
  resolved_at: timestamp.nullable(),
  resolved_by: z.uuid().nullable(),
};
export const breakSchema = z.strictObject(breakFields).meta({ id: 'ReconciliationBreak' });
export const breakDetailSchema = z
  .strictObject({
    ...breakFields,
    notes: z.array(z.strictObject({ author_id: z.uuid(), note: z.string(), at: timestamp })),
  })
  .meta({ id: 'ReconciliationBreakDetail' });

function assets(units: Readonly<Record<string, string>>): z.infer<typeof byAsset> {
  return {
    usd: formatUnits(BigInt(units['USD/6'] ?? 0)),
    usdc: formatUnits(BigInt(units['USDC/6'] ?? 0)),
  };
}

/** A run as the API shows it. */
export function presentRun(row: RunRow): z.infer<typeof runSchema> {
  return {
    id: row.id,
    cause: row.cause === 'request' ? 'request' : 'schedule',
    requested_by: row.requested_by,
    status: row.status as z.infer<typeof runSchema>['status'],
    since: isoTime(row.since),
    started_at: isoTime(row.started_at),
    finished_at: isoTimeOrNull(row.finished_at),
    entries: row.lines,
    balances: row.balances,
    lifecycles: row.subjects,
    breaks_opened: row.opened,
    breaks_closed: row.closed,
    breaks_open: row.still_open,
    unexplained: assets(row.unexplained),
    conservation: assets(row.conservation),
    error: row.error,
  };
}

const amountOrNull = (units: string | null) => (units === null ? null : formatUnits(BigInt(units)));

/** A break as the API shows it. */
export function presentBreak(row: BreakRow): z.infer<typeof breakSchema> {
  const { proposal } = row;
  return {
    ...{ id: row.id, kind: row.kind, status: row.state as (typeof SHOWN_STATES)[number] },
    ...BREAK_WORDS[row.kind],
    account: row.account,
    account_owner: row.account_owner,
    currency: row.asset === null ? null : row.asset === 'USD/6' ? 'USD' : 'USDC',
    lifecycle: row.lifecycle,
    subject_id: row.subject_id,
    list: row.source,
    reference: row.reference,
    expected: amountOrNull(row.expected),
    found: amountOrNull(row.found),
    difference: amountOrNull(row.difference),
    evidence: row.evidence,
    found_at: isoTime(row.found_at),
    age_seconds: row.age_seconds,
    owner_id: row.owner_id,
    proposal: proposal && {
      by: proposal.by === 'posting' ? 'posting' : 'explanation',
      counter: proposal.counter,
      note: proposal.note,
      proposed_by: proposal.proposed_by,
      proposed_at: isoTime(new Date(proposal.proposed_at)),
    },
    resolution: row.resolution as z.infer<typeof breakSchema>['resolution'],
    resolved_at: isoTimeOrNull(row.resolved_at),
    resolved_by: row.resolved_by,
  };
}

/** A break with what people wrote about it. */
export function presentBreakDetail(
  row: BreakRow & { readonly notes: readonly BreakNote[] },
): z.infer<typeof breakDetailSchema> {
  const notes = row.notes.map(({ author_id, note, at }) => ({ author_id, note, at: isoTime(at) }));
  return { ...presentBreak(row), notes };
}
