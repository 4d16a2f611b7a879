/** The database in memory: rows that move by declared edges, operations, reviews and events, as the SQL keeps them. */
import type { Posting } from '../../domain/funding/ledger.ts';
import { type AnyLifecycle, edgesOf } from '../../domain/lifecycle.ts';
import type { Bugs } from '../bugs/bugs.ts';
import type { Word } from '../companies/word.ts';
import { Ledger, refusedByDatabase } from './ledger.ts';

/** What a step writes beside the move; see db/transition.ts. */
export interface Details {
  readonly patch?: Readonly<Record<string, unknown>>;
  readonly postings?: readonly Posting[];
  readonly operations?: readonly OperationEntry[];
  readonly review?: { readonly reason: string; readonly detail: string };
  readonly inbound?: readonly string[];
}

interface OperationEntry {
  readonly step: string;
  readonly provider: string;
  readonly key: string;
  readonly state: string;
  readonly reference?: string;
  readonly tx_hash?: string;
}

/** A row of `provider_operations`. */
export interface Operation {
  readonly subject: string;
  readonly lifecycle: string;
  readonly step: string;
  readonly provider: string;
  state: string;
  reference: string | undefined;
  tx_hash: string | undefined;
}

/** A row of any lifecycle. */
export interface Row {
  readonly lifecycle: string;
  readonly id: string;
  readonly user_id: string;
  status: string;
  waiting_for: string | null;
}

/** A row of `reviews`. */
export interface Review {
  readonly id: string;
  readonly lifecycle: string;
  readonly subject: string;
  readonly reason: string;
  decided: boolean;
  /** The request that decided it: the same one may ask again. */
  decidedBy?: string;
  decision?: string;
  decidedAt?: number;
  evidence?: Readonly<Record<string, string>>;
}

/** A message of a company: once it is stored it is said again until a step has used it. */
export interface Inbound {
  readonly id: string;
  readonly word: Word;
  stored: boolean;
  used: boolean;
  /** Whose it is, once it was news for somebody. */
  owner?: { readonly lifecycle: string; readonly id: string };
}

/** Words on the way that say nothing about how a record stands. */
const SILENT: readonly string[] = ['queued', 'sent_to_clearing'];

/** Where each event leads from each state, by `lifecycle|state|event`. */
export function edgesByName(lifecycles: readonly AnyLifecycle[]): ReadonlyMap<string, string> {
  const edges = new Map<string, string>();
  for (const lifecycle of lifecycles) {
    for (const { from, event, to } of edgesOf(lifecycle)) edges.set(`${lifecycle.name}|${from}|${event}`, to);
  }
  return edges;
}

export class Store {
  readonly ledger = new Ledger();
  readonly rows = new Map<string, Row>();
  readonly operations = new Map<string, Operation>();
  readonly reviews: Review[] = [];
  readonly inbound: Inbound[] = [];
  /** The last word about each record of a company, in the order in which they were stored. */
  readonly #words = new Map<string, Word['message']>();
  /** Called when a review opens: the desk of support. */
  onReview: (review: Review) => void = () => {};
  /** The clock of the database. */
  now: () => number = () => 0;
  readonly bugs: Bugs;
  readonly #recorded = new Set<string>();
  readonly #edges: ReadonlyMap<string, string>;

  constructor(edges: ReadonlyMap<string, string>, bugs: Bugs) {
    this.bugs = bugs;
    this.#edges = edges;
  }

  row<R extends Row>(id: string): R {
    const row = this.rows.get(id);
    if (!row) throw refusedByDatabase('SL005', `there is no ${id}`);
    return row as R;
  }

  /** As the SQL function of this name: false when the event was recorded before. */
  transition(lifecycle: string, id: string, event: string, reference: string, details: Details): boolean {
    const row = this.row(id);
    const recorded = `${lifecycle}|${id}|${event}|${reference}`;
    const isRepeat = this.#recorded.has(recorded);
    if (isRepeat && !this.bugs.has('posted_again_on_a_repeat')) {
      this.#use(details.inbound);
      return false;
    }
    const to = isRepeat ? row.status : this.#edges.get(`${lifecycle}|${row.status}|${event}`);
    if (!to) throw refusedByDatabase('SL001', `a ${lifecycle} in state ${row.status} does not take ${event}`);
    const name = isRepeat ? `${recorded}|${this.#recorded.size}|again` : recorded;
    if (details.postings?.length) this.ledger.post(name, details.postings);
    this.#recorded.add(name);
    this.#use(details.inbound);
    Object.assign(row, details.patch, { status: to });
    this.record(lifecycle, id, details.operations ?? []);
    for (const review of this.reviews) {
      if (review.subject === id && review.lifecycle === lifecycle) review.decided = true;
    }
    if (details.review) this.#open(lifecycle, id, details.review);
    return true;
  }

  /** As the SQL function of this name: what changes without an edge. */
  annotate(lifecycle: string, id: string, details: Details): void {
    this.#use(details.inbound);
    Object.assign(this.row(id), details.patch);
    this.record(lifecycle, id, details.operations ?? []);
    if (details.review) this.#open(lifecycle, id, details.review);
  }

  /** A settled outcome is never overwritten by an older or less certain word. */
  record(lifecycle: string, subject: string, entries: readonly OperationEntry[]): void {
    for (const { step, provider, state, reference, tx_hash } of entries) {
      const key = `${lifecycle}|${subject}|${step}`;
      const known = this.operations.get(key);
      if (!known) {
        this.operations.set(key, { lifecycle, subject, step, provider, state, reference, tx_hash });
        continue;
      }
      known.state = settled(known.state, state);
      known.reference = reference ?? known.reference;
      known.tx_hash = tx_hash ?? known.tx_hash;
    }
  }

  operationsOf(lifecycle: string, subject: string): Operation[] {
    const found: Operation[] = [];
    for (const one of this.operations.values())
      if (one.subject === subject && one.lifecycle === lifecycle) found.push(one);
    return found;
  }

  /** The rows of one lifecycle, in the order in which they came. */
  rowsOf<R extends Row>(lifecycle: string): R[] {
    return [...this.rows.values()].filter((row) => row.lifecycle === lifecycle) as R[];
  }

  /** The outcome of a call is not known; a settled one is left alone. */
  markUnclear(lifecycle: string, id: string, step: string, waitingFor: string): void {
    const operation = this.operations.get(`${lifecycle}|${id}|${step}`);
    if (!operation || !['intended', 'accepted', 'unknown'].includes(operation.state)) return;
    operation.state = 'unknown';
    const row = this.row(id);
    row.waiting_for ??= waitingFor;
  }

  /** Whether this very request has decided the review before. */
  hasDecided(reviewId: string, request: string): boolean {
    if (this.bugs.has('decision_is_lost_with_its_answer')) return false;
    return this.reviews.some(({ id, decidedBy }) => id === reviewId && decidedBy === request);
  }

  /** As the SQL function decide_review. */
  decide(reviewId: string, decision: string, request: string, evidence: Review['evidence'] = {}): boolean {
    const review = this.reviews.find(({ id }) => id === reviewId);
    if (!review || review.decided) return this.hasDecided(reviewId, request);
    Object.assign(review, { decided: true, decidedBy: request, decision, evidence, decidedAt: this.now() });
    return true;
  }

  /** Stores an event; what was stored before is not stored again. */
  keep(event: Inbound): void {
    event.stored = true;
    const { source, state, reference } = event.word.message;
    if (reference !== undefined && !SILENT.includes(state))
      this.#words.set(`${source}|${reference}`, event.word.message);
  }

  /** As the SQL function last_word. */
  lastWord(source: string, reference: string | null): Omit<Word['message'], 'source'> | null {
    const message = reference === null ? undefined : this.#words.get(`${source}|${reference}`);
    if (!message) return null;
    const { source: _source, ...word } = message;
    return word;
  }

  /** An operation by the company's own name of it. */
  operationByReference(lifecycle: string, provider: string, reference: string): Operation | undefined {
    for (const one of this.operations.values()) {
      if (one.reference === reference && one.lifecycle === lifecycle && one.provider === provider) return one;
    }
    return undefined;
  }

  /** What was intended and is not going to be asked for any more. */
  dropIntents(lifecycle: string, subject: string): void {
    for (const operation of this.operationsOf(lifecycle, subject)) {
      if (operation.state === 'intended') operation.state = 'failed';
    }
  }

  #use(inbound: readonly string[] = []): void {
    if (this.bugs.has('events_are_never_acknowledged')) return;
    for (const id of inbound) {
      const event = this.inbound[Number(id)];
      if (event) event.used = true;
    }
  }

  #open(lifecycle: string, subject: string, { reason }: { readonly reason: string }): void {
    const isOpen = this.reviews.some(
      (one) =>
        !one.decided && one.subject === subject && one.lifecycle === lifecycle && one.reason === reason,
    );
    if (isOpen) return;
    const review = { id: `review-${this.reviews.length}`, lifecycle, subject, reason, decided: false };
    this.reviews.push(review);
    this.onReview(review);
  }
}

/** Whether a company has said that it took what an operation asks for. */
export const isTaken = (state: string): boolean => state === 'accepted' || state === 'succeeded';

function settled(known: string, said: string): string {
  if (said === 'intended') return known;
  if ((known === 'succeeded' || known === 'failed') && (said === 'accepted' || said === 'unknown'))
    return known;
  return said;
}
