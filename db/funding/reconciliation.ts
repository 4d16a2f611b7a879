/** Reconciliation: what the providers' lists say, the runs that compared it with the ledger, and the breaks. */
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

const at = (name: string) => timestamp(name, { withTimezone: true });
const units = (name: string) => bigint(name, { mode: 'bigint' });

/** Entries of the providers' lists as they were read last; kept, because a late correction changes an old one. */
export const statementLines = pgTable(
  'statement_lines',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    /** `alpaca.journal`, `circle.outbound`, ...: see STATEMENT_SOURCES. */
    source: text('source').notNull(),
    /** The provider's own id of the entry. */
    reference: text('reference').notNull(),
    /** Places at the provider; null for the world outside. */
    fromPlace: text('from_place'),
    toPlace: text('to_place'),
    /** Smallest units that arrive; the sender also pays the fee. */
    amount: units('amount').notNull(),
    fee: units('fee').notNull(),
    /** `pending`, `succeeded`, `failed`, `returned` or `unknown`. */
    outcome: text('outcome').notNull(),
    providerState: text('provider_state').notNull(),
    /** Our own words where the entry carries them: reference id, description, wire information. */
    words: text('words'),
    txHash: text('tx_hash'),
    /** The provider's time of the entry; a day's begin where it names no more than the day. */
    at: at('at').notNull(),
    isDay: boolean('is_day').notNull(),
    /** Whose entry it is; null while nothing of ours is known to have caused it. */
    lifecycle: text('lifecycle'),
    subjectId: uuid('subject_id'),
    step: text('step'),
    seenRun: uuid('seen_run').notNull(),
    changedAt: at('changed_at').notNull().defaultNow(),
    /** It changed while balances were being read: its effect may be in them or not. */
    moving: boolean('moving').notNull().default(false),
    /** The list does not have it any more. */
    gone: boolean('gone').notNull().default(false),
  },
  (t) => [
    uniqueIndex('statement_lines_entry').on(t.source, t.reference),
    index('statement_lines_subject').on(t.subjectId),
    index('statement_lines_unlinked').on(t.id).where(sql`${t.subjectId} is null`),
    index('statement_lines_at').on(t.at),
    index('statement_lines_tx_hash').on(t.txHash),
  ],
);

/** What stands at each place, as the provider said last. */
export const statementBalances = pgTable('statement_balances', {
  place: text('place').primaryKey(),
  units: units('units').notNull(),
  readAt: at('read_at').notNull().defaultNow(),
  seenRun: uuid('seen_run').notNull(),
});

export const reconciliationRuns = pgTable(
  'reconciliation_runs',
  {
    id: uuid('id').primaryKey(),
    /** `schedule` or `request`. */
    cause: text('cause').notNull(),
    requestedBy: uuid('requested_by'),
    /** `requested`, `running`, `done` or `failed`. */
    status: text('status').notNull(),
    since: at('since').notNull(),
    startedAt: at('started_at').notNull().defaultNow(),
    finishedAt: at('finished_at'),
    lines: integer('lines').notNull().default(0),
    balances: integer('balances').notNull().default(0),
    subjects: integer('subjects').notNull().default(0),
    opened: integer('opened').notNull().default(0),
    closed: integer('closed').notNull().default(0),
    stillOpen: integer('still_open').notNull().default(0),
    /** Money that differs and no movement explains, in smallest units, by asset. */
    unexplained: jsonb('unexplained').notNull().default({}),
    /** All that others hold for us minus all that we owe, by asset: zero, or the ledger itself is wrong. */
    conservation: jsonb('conservation').notNull().default({}),
    error: text('error'),
  },
  (t) => [
    index('reconciliation_runs_started').on(t.startedAt, t.id),
    uniqueIndex('reconciliation_runs_one').on(t.status).where(sql`${t.status} = 'running'`),
  ],
);

export const reconciliationBreaks = pgTable(
  'reconciliation_breaks',
  {
    id: uuid('id').primaryKey().default(sql`gen_random_uuid()`),
    /** What it is about, independent of the kind: the next run finds it again by this. */
    key: text('key').notNull(),
    kind: text('kind').notNull(),
    state: text('state').notNull(),
    account: text('account'),
    accountOwner: uuid('account_owner'),
    asset: text('asset'),
    lifecycle: text('lifecycle'),
    subjectId: uuid('subject_id'),
    source: text('source'),
    reference: text('reference'),
    expected: units('expected'),
    found: units('found'),
    difference: units('difference'),
    evidence: jsonb('evidence').notNull().default({}),
    firstRun: uuid('first_run').notNull(),
    lastRun: uuid('last_run').notNull(),
    foundAt: at('found_at').notNull().defaultNow(),
    openedAt: at('opened_at'),
    ownerId: uuid('owner_id'),
    /** A settlement that waits for a second person: { by, counter?, note, proposed_by, proposed_at }. */
    proposal: jsonb('proposal'),
    /** `gone`, `posting` or `explanation`. */
    resolution: text('resolution'),
    resolvedAt: at('resolved_at'),
    resolvedBy: uuid('resolved_by'),
  },
  (t) => [
    uniqueIndex('reconciliation_breaks_live').on(t.key).where(sql`${t.state} <> 'resolved'`),
    index('reconciliation_breaks_found').on(t.foundAt, t.id),
    index('reconciliation_breaks_subject').on(t.subjectId),
  ],
);

/** What people wrote about a break; append only. */
export const reconciliationNotes = pgTable(
  'reconciliation_notes',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    breakId: uuid('break_id')
      .notNull()
      .references(() => reconciliationBreaks.id),
    authorId: uuid('author_id').notNull(),
    note: text('note').notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (t) => [index('reconciliation_notes_break').on(t.breakId, t.id)],
);
