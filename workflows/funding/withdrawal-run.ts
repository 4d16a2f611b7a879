/** What one run of a withdrawal carries: its facts, its messages, what people wish, its open question. */
import { condition, upsertSearchAttributes } from '@temporalio/workflow';
import type { OpenedWithdrawal, WithdrawalFacts } from '../../domain/funding/withdrawal-facts.ts';
import type { WithdrawalPolicy } from '../../domain/funding/withdrawal-rules.ts';
import { SEARCH } from '../contract.ts';
import { showCard } from '../runtime/card.ts';
import { Inbox } from '../runtime/inbox.ts';
import { attempt, type Trouble } from '../runtime/outcome.ts';
import { database } from './withdrawal-activities.ts';
import { withdrawalCard } from './withdrawal-card.ts';
import type { WithdrawalMessage } from './withdrawal-messages.ts';

/** A note about a withdrawal: why it waits, a review, counters; see `noteWithdrawal`. */
export type Note = Omit<Parameters<typeof database.noteWithdrawal>[0], 'withdrawal_id' | 'inbound'>;

/** The wish that the money goes back, and who has it. */
export interface BackWish {
  readonly by: 'customer' | 'support' | 'us';
  readonly reason: string;
}

/**
 * The main loop is the only one that acts. Updates put down what people wish here and wake the loop; it looks
 * at the wishes between two steps, and never while a company is being asked for something.
 */
export class WithdrawalRun {
  readonly id: string;
  readonly inbox: Inbox<WithdrawalMessage>;
  /** Set when the request was refused: there is no row then, and nothing to do. */
  refused = false;
  /** Somebody wants the money back. */
  back: BackWish | undefined;
  /** A person said that a journal which the broker took back is to be made again. */
  repeatJournal = false;
  /** A person said that nothing more is to be done about that journal. */
  closed = false;
  /** The reason of the review that a person has answered with retry: the step is taken again. */
  retry: string | undefined;
  /** Two people have said, on evidence, that the step of which nobody knows was never taken. */
  neverMade = false;
  /** The lists were asked about the people, and nothing was waited for since: lists grow meanwhile. */
  isScreened = false;
  /** The list that one of the people stands on, as it was found before the dollars left. */
  peopleHit: string | null = null;
  /** The hit that a person is asked about: of whom, on which list. */
  hit: string | undefined;
  /** Hits that a person has cleared: they are not asked about again. */
  readonly cleared = new Set<string>();
  /** Seconds spent in the wait that lasts now, and how often it was looked. */
  waited = { reason: '', seconds: 0, rounds: 0, told: false };
  /** How often each effect has clearly failed in this run. */
  readonly failures = new Map<string, number>();
  #facts: OpenedWithdrawal | undefined;
  #busy = false;
  #handling = 0;
  #inReview = false;
  /** What a person was asked and has not answered; a run that takes a withdrawal up again does not know it. */
  #question: string | undefined;
  #askedFor = '';

  constructor(id: string) {
    this.id = id;
    this.inbox = new Inbox(async (inbound) => {
      this.moveTo(await database.noteWithdrawal({ withdrawal_id: id, inbound }));
    });
  }

  get isOpen(): boolean {
    return this.#facts !== undefined;
  }

  get facts(): WithdrawalFacts {
    if (!this.#facts) throw new Error('the withdrawal is not open yet');
    return this.#facts;
  }

  get policy(): WithdrawalPolicy {
    if (!this.#facts) throw new Error('the withdrawal is not open yet');
    return this.#facts.policy;
  }

  /** A company is being asked for something: nobody may change course meanwhile. */
  get busy(): boolean {
    return this.#busy;
  }

  get inReview(): boolean {
    return this.#inReview;
  }

  /** The reason of the review that was opened last. */
  get askedFor(): string {
    return this.#askedFor;
  }

  /** What every database step is told besides its own facts. */
  step(): { withdrawal_id: string; inbound: string[] } {
    return { withdrawal_id: this.id, inbound: this.inbox.received() };
  }

  /** The same with the facts, for steps that post money. */
  moneyStep(): { withdrawal_id: string; inbound: string[]; facts: WithdrawalFacts } {
    return { ...this.step(), facts: this.facts };
  }

  begin(opened: OpenedWithdrawal): void {
    if (this.#facts) return;
    this.#facts = opened;
    this.#inReview = opened.waiting_for === 'review';
    this.#showCard();
  }

  /** Takes the facts that a step answered; the rules stay those that the withdrawal began with. */
  moveTo(facts: WithdrawalFacts): void {
    const isElsewhere = facts.status !== this.facts.status;
    this.#facts = { ...facts, policy: this.policy };
    this.#inReview = facts.waiting_for === 'review';
    // What was asked about the state before is overtaken.
    if (isElsewhere && !this.#inReview) {
      this.#question = undefined;
      this.#askedFor = '';
    }
    this.#showCard();
  }

  /** Shows the state where support searches. Costs one action, so only what lasts and what is final is shown. */
  publish(): void {
    const { status, waiting_for, references } = this.facts;
    const isAsked = this.#question !== undefined || waiting_for === 'review';
    upsertSearchAttributes([
      { key: SEARCH.state, value: status },
      { key: SEARCH.review, value: isAsked ? 'open' : waiting_for },
      { key: SEARCH.reference, value: [...references] },
    ]);
  }

  /** Writes why the withdrawal waits, where anything about that is new. */
  async note(note: Note): Promise<void> {
    this.moveTo(await database.noteWithdrawal({ ...this.step(), ...note }));
    this.publish();
  }

  /** Reads the facts anew. */
  async look(): Promise<void> {
    this.moveTo(await database.noteWithdrawal(this.step()));
  }

  /** Asks a company for something. Only the call itself is judged, nothing after it. */
  async call<T>(make: () => Promise<T>): Promise<{ readonly answer: T } | { readonly trouble: Trouble }> {
    this.#busy = true;
    try {
      return await attempt(make());
    } finally {
      this.#busy = false;
    }
  }

  /** Runs an update's handler; the main loop waits for handlers before it decides by what they change. */
  async handle<T>(work: () => Promise<T>): Promise<T> {
    this.#handling += 1;
    try {
      return await work();
    } finally {
      this.#handling -= 1;
    }
  }

  /** Until no handler is writing anything down. */
  handlersRest(): Promise<void> {
    return condition(() => this.#handling === 0);
  }

  /** Ends whatever wait the main loop is in, so that it looks at the wishes. */
  wake(): void {
    this.inbox.receive({ source: 'wish' });
  }

  /** Opens a review and waits, with the next round of the main loop, until a person has decided. */
  async askPerson(reason: string, detail: string, note: Note = {}): Promise<void> {
    const review = this.review(reason, detail);
    await this.note({ ...note, waiting_for: 'review', review });
  }

  /** A review that is opened together with a step; what it asks stays on the card until it is answered. */
  review(reason: string, detail: string): { reason: string; detail: string; due_seconds: number } {
    this.retry = undefined;
    this.#question = detail;
    this.#askedFor = reason;
    return { reason, detail, due_seconds: this.policy.reviewDueSeconds };
  }

  /** Tells a person that something takes too long, while waiting goes on. */
  async reportOverdue(reason: string, detail: string): Promise<void> {
    await this.note({ review: this.review(reason, detail) });
  }

  /** The question is answered, or does not matter any more. */
  answered(): void {
    this.#question = undefined;
    this.#showCard();
  }

  /** Counts a clear failure of an effect; true while it may be tried again under a new key. */
  mayTryAgain(effect: string): boolean {
    const count = (this.failures.get(effect) ?? 0) + 1;
    this.failures.set(effect, count);
    return count < this.policy.attempts;
  }

  #showCard(): void {
    showCard(withdrawalCard(this.id, this.facts, this.#question));
  }
}
