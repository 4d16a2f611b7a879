/**
 * The routes of journals: create once per key, list, read, cancel, batches; and what happens to them later.
 */

import { type Reply, type Route, route, type SandboxRequest } from '../kernel/http.ts';
import { digestOf } from '../kernel/idempotency.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Accounts } from './account.ts';
import { type Fields, isFields } from './application.ts';
import { type Cash, parseDollars } from './cash.ts';
import { JOURNAL_STATUSES, type Journal, type Journals, type NewJournal, renderJournal } from './journal.ts';
import { checkJournal, createLimits, fixtureStatus, readJournal } from './journal-requests.ts';
import { newYorkDate, newYorkInstant } from './market-calendar.ts';
import { invalid, malformed, notFound } from './problem.ts';

const KEY_LIMIT = 128;
const PAGE = 500;
const MOST_ROWS = 100_000;
const OUTCOMES = ['pending', 'reject', 'fail', 'cancel', 'stuck', 'correct'];
const STEP = 'alpaca.stepJournal';

interface Step {
  id: string;
  /** The statuses still to come, in order. */
  statuses: string[];
  /** For `correct`: the amount of the replacement in dollars. */
  amount?: string;
}

/** Reads `Idempotency-Key`. Alpaca: at most 128 characters. */
function readKey(request: SandboxRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '') return undefined;
  if (key.length > KEY_LIMIT) throw malformed(`Idempotency-Key is too long, at most ${KEY_LIMIT} characters`);
  return key;
}

interface Parts {
  kernel: Kernel;
  accounts: Accounts;
  journals: Journals;
  cash: Cash;
}

/** Opens journals and lets them take the course that settings, fixtures and faults say. */
function createCourse({ kernel, accounts, journals, cash }: Parts) {
  kernel.settings.define('alpaca.journal_flow', 'immediate');
  kernel.settings.defineDelay('alpaca.journal_clearing_ms', 500);
  kernel.settings.defineDelay('alpaca.journal_execution_ms', 1_500);
  kernel.settings.defineDelay('alpaca.journal_decision_ms', 2_000);
  kernel.settings.defineDelay('alpaca.journal_correction_ms', 3_000);
  const isOverLimit = createLimits(kernel, accounts.firmId);
  const DELAYS: Record<string, string> = {
    sent_to_clearing: 'alpaca.journal_clearing_ms',
    executed: 'alpaca.journal_execution_ms',
    correct: 'alpaca.journal_correction_ms',
  };
  const later = (step: Step): void => {
    const delay = DELAYS[step.statuses[0] ?? ''] ?? 'alpaca.journal_decision_ms';
    if (step.statuses.length > 0) kernel.scheduler.after(delay, STEP, step);
  };
  kernel.scheduler.on<Step>(STEP, (step) => {
    const journal = journals.table.get(step.id);
    const [status, ...statuses] = step.statuses;
    if (!journal || !status) return;
    if (status === 'correct') journals.correct(journal, parseDollars(step.amount) ?? 0n);
    else if (journals.move(journal, status).status !== status) return;
    later({ ...step, statuses });
  });
  kernel.scheduler.on<{ id: string }>('alpaca.approveJournal', ({ id }) => {
    const journal = journals.table.get(id);
    if (journal?.status === 'pending') journals.move(journal, 'executed');
  });
  /** Over-limit journals that nobody decided execute in the next morning's run. */
  const approveNextMorning = (id: string): void => {
    const tomorrow = newYorkDate(kernel.clock.millis() + 86_400_000);
    kernel.scheduler.at(new Date(newYorkInstant(tomorrow, '06:00')), 'alpaca.approveJournal', { id });
  };
  const normal = (journal: Journal): Journal => {
    if (kernel.settings.text('alpaca.journal_flow') !== 'queued') return journals.move(journal, 'executed');
    later({ id: journal.id, statuses: ['sent_to_clearing', 'executed'] });
    return journal;
  };
  return (input: NewJournal): Journal => {
    checkJournal(kernel, accounts, cash, input);
    const overLimit = isOverLimit(input);
    const journal = journals.open(input);
    const { id } = journal;
    const fixture = fixtureStatus(input.description);
    if (fixture) return fixture === 'queued' ? journal : journals.move(journal, fixture);
    const facts = { ...input, units: undefined, amount: renderJournal(journal).net_amount };
    const fault = kernel.faults.take('alpaca', 'alpaca.createJournal', facts, OUTCOMES);
    if (fault?.kind === 'pending') return journals.move(journal, 'pending');
    if (overLimit) {
      approveNextMorning(id);
      return journals.move(journal, 'pending');
    }
    if (!fault) return normal(journal);
    if (fault.kind === 'reject') later({ id, statuses: ['rejected'] });
    if (fault.kind === 'cancel') later({ id, statuses: ['canceled'] });
    if (fault.kind === 'fail') later({ id, statuses: ['sent_to_clearing', 'refused'] });
    if (fault.kind !== 'correct') return journal;
    const executed = journals.move(journal, 'executed');
    const amount = fault.details?.amount;
    later({ id, statuses: ['correct'], ...(typeof amount === 'string' ? { amount } : {}) });
    return executed;
  };
}

/** A date or timestamp of a filter, in milliseconds. */
function readDate(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (!value) return undefined;
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw malformed(`${name} must be a date`);
  return time;
}

/** The index that narrows a list the most: a customer, else a status, else none. */
function narrowest(query: URLSearchParams, firmId: string): { index: string; value: string } | undefined {
  for (const index of ['to_account', 'from_account']) {
    const value = query.get(index);
    if (value && value !== firmId) return { index, value };
  }
  const status = query.get('status');
  return status ? { index: 'status', value: status } : undefined;
}

function listJournals({ accounts, journals }: Parts, { query }: SandboxRequest): Reply {
  const after = readDate(query, 'after') ?? -Infinity;
  const before = readDate(query, 'before') ?? Infinity;
  const status = query.get('status');
  const entry = query.get('entry_type');
  if (status && !JOURNAL_STATUSES.includes(status)) throw malformed('status is invalid');
  if (entry && entry !== 'JNLC' && entry !== 'JNLS') throw malformed('entry_type is invalid');
  const limit = query.get('limit') ? Number(query.get('limit')) : MOST_ROWS + 1;
  if (!Number.isInteger(limit) || limit < 1) throw malformed('limit must be a positive integer');
  const wanted = (journal: Journal): boolean =>
    (['to_account', 'from_account', 'status', 'entry_type'] as const).every((name) => {
      const value = query.get(name);
      return !value || journal[name] === value;
    });
  const where = narrowest(query, accounts.firmId);
  const found: Journal[] = [];
  for (let last: string | undefined; found.length < limit; ) {
    const page = journals.table.list({
      order: 'desc',
      limit: PAGE,
      ...(where ? { where } : {}),
      ...(last ? { after: last } : {}),
    });
    const fresh = page.filter((one) => Date.parse(one.created_at) >= after);
    found.push(...fresh.filter((one) => Date.parse(one.created_at) < before && wanted(one)));
    last = page.at(-1)?.id;
    // Newest first: once a page reaches behind `after`, nothing further back can match.
    if (page.length < PAGE || fresh.length < page.length) break;
  }
  if (limit > MOST_ROWS && found.length > MOST_ROWS) throw invalid('result set exceeds 100,000 records');
  return { status: 200, body: found.slice(0, limit).map(renderJournal) };
}

function readBatch(body: Fields, oneSide: 'from_account' | 'to_account'): NewJournal[] {
  const { entries, ...shared } = body;
  if (!Array.isArray(entries) || entries.length === 0) throw malformed('entries must be a non-empty array');
  if (body.entry_type !== 'JNLC') throw malformed('entry_type must be JNLC');
  if (!body[oneSide]) throw malformed(`${oneSide} is required`);
  return entries.map((entry) => {
    if (!isFields(entry)) throw malformed('entries must be an array of objects');
    return readJournal({ ...shared, ...entry, [oneSide]: body[oneSide], entry_type: 'JNLC' });
  });
}

/** Makes the routes. Alpaca: Broker API reference, Journals. Outcome faults of `alpaca.createJournal`. */
export function journalRoutes(parts: Parts): Route[] {
  const { kernel, journals } = parts;
  const start = createCourse(parts);
  const get = (id = ''): Journal => {
    const journal = journals.table.get(id);
    if (!journal) throw notFound('journal not found');
    return journal;
  };
  /** Runs `make` once per key: the same body again finds what was made, another body is refused. */
  const once = (request: SandboxRequest, make: (key?: string) => Journal[]): Journal[] => {
    if (request.malformed) throw malformed('request body format is invalid');
    const key = readKey(request);
    if (!key) return make();
    const digest = digestOf([request.path, request.body]);
    const known = kernel.idempotency.recall('alpaca.createJournal', key);
    if (known && known.digest !== digest) {
      throw invalid('idempotency key violation: at least one field in the request has changed');
    }
    if (known) return (known.body as string[]).map((id) => get(id));
    const made = make(key);
    const body = made.map(({ id }) => id);
    kernel.idempotency.remember({ scope: 'alpaca.createJournal', key, digest, status: 200, body });
    return made;
  };
  const keyed = (key: string | undefined, kind: 'single' | 'batch') =>
    key ? { idempotency_key: key, idempotency_key_type: kind } : {};
  const batch =
    (oneSide: 'from_account' | 'to_account') =>
    (request: SandboxRequest): Reply => {
      const made = once(request, (key) =>
        readBatch(request.body, oneSide).map((input) => start({ ...input, ...keyed(key, 'batch') })),
      );
      return { status: 200, body: made.map((one) => ({ ...renderJournal(one), error_message: '' })) };
    };
  return [
    route('POST', '/v1/journals', 'alpaca.createJournal', (request) => {
      const [made] = once(request, (key) => [
        start({ ...readJournal(request.body), ...keyed(key, 'single') }),
      ]);
      return { status: 200, body: renderJournal(made as Journal) };
    }),
    route('POST', '/v1/journals/batch', 'alpaca.createJournalBatch', batch('from_account')),
    route('POST', '/v1/journals/reverse_batch', 'alpaca.createJournalBatch', batch('to_account')),
    route('GET', '/v1/journals', 'alpaca.listJournals', (request) => listJournals(parts, request)),
    route('GET', '/v1/journals/:id', 'alpaca.getJournal', ({ params }) => ({
      status: 200,
      body: renderJournal(get(params.id)),
    })),
    route('DELETE', '/v1/journals/:id', 'alpaca.cancelJournal', ({ params }) => {
      const journal = get(params.id);
      if (journal.status !== 'pending') throw invalid('journal is not in the pending status');
      journals.move(journal, 'canceled');
      return { status: 204 };
    }),
  ];
}
