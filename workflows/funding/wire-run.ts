/** What one run of a wire carries: its facts, its messages, its open question to a person. */
import { condition, upsertSearchAttributes } from '@temporalio/workflow';
import type { TreasuryPolicy } from '../../domain/funding/treasury-policy.ts';
import type { OpenedWire, WireFacts } from '../../domain/funding/wire-facts.ts';
import type { ReviewDecision } from '../../domain/platform/review.ts';
import { SEARCH } from '../contract.ts';
import { showCard } from '../runtime/card.ts';
import { Inbox } from '../runtime/inbox.ts';
import { database } from './wire-activities.ts';
import { wireCard } from './wire-card.ts';
import type { WireCancel, WireMessage, WireNews, WireVote, WireVoteAnswer } from './wire-messages.ts';

/** A note about a wire: why it waits, a review, counters; see `noteWire`. */
export type Note = Omit<Parameters<typeof database.noteWire>[0], 'wire_id' | 'inbound'>;

export class WireRun {
  readonly id: string;
  readonly inbox: Inbox<WireMessage>;
  /** Somebody is just ordering the wire or calling it off: the other one must wait and look again. */
  busy = false;
  /** How often, and for how long together, the wire has waited for the banks to be linked. */
  readonly link = { rounds: 0, seconds: 0 };
  #facts: OpenedWire | undefined;
  #decision: ReviewDecision | undefined;
  #question: string | undefined;

  constructor(id: string) {
    this.id = id;
    this.inbox = new Inbox(async (inbound) => {
      await database.noteWire({ wire_id: id, inbound });
    });
  }

  get facts(): WireFacts {
    if (!this.#facts) throw new Error('the wire is not open yet');
    return this.#facts;
  }

  get policy(): TreasuryPolicy {
    if (!this.#facts) throw new Error('the wire is not open yet');
    return this.#facts.policy;
  }

  get isOpen(): boolean {
    return this.#facts !== undefined;
  }

  /** A person was asked and has not answered. */
  get isAsked(): boolean {
    return this.#question !== undefined;
  }

  /** From the last answer of the database on; below zero when it is past. */
  secondsUntil(time: string): number {
    return (Date.parse(time) - Date.parse(this.facts.now)) / 1000;
  }

  /** What every database step is told besides its own facts. */
  step(): { wire_id: string; inbound: string[] } {
    return { wire_id: this.id, inbound: this.inbox.received() };
  }

  /** The same with the facts, for steps that post money. */
  moneyStep(): { wire_id: string; inbound: string[]; facts: WireFacts } {
    return { ...this.step(), facts: this.facts };
  }

  begin(opened: OpenedWire): void {
    this.#facts = opened;
    this.#show();
  }

  /** Takes the facts that a step answered; the rules stay those that the wire began with. */
  moveTo(facts: WireFacts): void {
    // An answer from before it was called off, told late: what is called off stays so.
    if (this.#facts?.status === 'canceled') return;
    this.#facts = { ...facts, policy: this.policy };
    this.#show();
  }

  /** A step that moved the wire: what was asked before it does not matter any more. */
  movedTo(facts: WireFacts): void {
    this.#question = undefined;
    this.#decision = undefined;
    this.moveTo(facts);
    this.publish();
  }

  /** Shows the state where support searches. */
  publish(): void {
    const { status, waiting_for, references, amount_usd } = this.facts;
    const isAsked = this.#question !== undefined || waiting_for === 'review';
    upsertSearchAttributes([
      { key: SEARCH.state, value: status },
      { key: SEARCH.review, value: isAsked ? 'open' : waiting_for },
      { key: SEARCH.reference, value: [...references] },
      { key: SEARCH.amountUsd, value: Number(amount_usd) },
    ]);
  }

  /** Writes why the wire waits, where anything about that is new. */
  async note(note: Note): Promise<void> {
    this.moveTo(await database.noteWire({ ...this.step(), ...note }));
    this.publish();
  }

  /** Reads how everything stands now. */
  async look(): Promise<void> {
    this.moveTo(await database.noteWire(this.step()));
  }

  /**
   * Waits until something is said, a wish included, or the time is over. What was said is a hint: whoever waited looks
   * again.
   */
  async pause(seconds: number, summary: string): Promise<void> {
    await condition(() => !this.inbox.isEmpty(), Math.max(seconds, 0.001) * 1000, { summary });
    while (this.inbox.take((message): message is WireMessage => message !== undefined)) {
      // One look answers every hint that has come.
    }
    await this.inbox.flush();
  }

  /** Opens a review that the wire cannot go on without. */
  async askPerson(reason: string, detail: string, note: Note = {}): Promise<void> {
    this.#decision = undefined;
    this.#question = detail;
    await this.note({ ...note, waiting_for: 'review', review: this.review(reason, detail) });
  }

  review(reason: string, detail: string): { reason: string; detail: string; due_seconds: number } {
    return { reason, detail, due_seconds: this.policy.reviewDueSeconds };
  }

  /** Tells a person that something takes too long, while waiting goes on. */
  async reportOverdue(reason: string, detail: string): Promise<void> {
    this.#question = detail;
    await this.note({ review: this.review(reason, detail) });
  }

  /** Waits for the decision of the review without which the wire cannot go on. */
  async decided(): Promise<ReviewDecision | undefined> {
    const { status } = this.facts;
    await this.inbox.idleUntil(() => this.#decision !== undefined || this.facts.status !== status);
    const decision = this.#decision;
    this.#decision = undefined;
    this.#question = undefined;
    return decision;
  }

  /** Why a decision is not possible now; undefined when it is. */
  refuseDecision({ decision }: ReviewDecision): string | undefined {
    const { status, waiting_for } = this.facts;
    if (decision === 'force_complete') {
      if (status === 'initiated' || status === 'sent') return undefined;
      return 'Only a wire that was ordered and has not arrived can be completed by hand.';
    }
    if (decision === 'reject' && this.facts.unclear)
      return 'It is not known yet whether the order was taken: only retry finds out.';
    if (decision === 'retry' || decision === 'reject') {
      if (waiting_for === 'review' && status === 'planned' && !this.busy) return undefined;
      if (decision === 'reject' && status === 'awaiting_approval') return undefined;
      return `This wire does not wait for the decision ${decision}.`;
    }
    if (decision !== 'close') return 'A wire takes retry, reject, force_complete or close.';
    return waiting_for === 'review' ? 'This wire waits for this decision: retry or reject.' : undefined;
  }

  /** Handler of the update: recorded once, then acted upon. */
  async decide(decision: ReviewDecision): Promise<{ accepted: boolean }> {
    const accepted = await database.recordReviewDecision(decision);
    if (!accepted) return { accepted };
    if (decision.decision === 'close') this.#question = undefined;
    else if (decision.decision === 'force_complete') this.inbox.receive(this.#evidenceOf(decision));
    else if (this.facts.status === 'awaiting_approval') await this.callOff('rejected', decision.note);
    else this.#decision = decision;
    this.#show();
    return { accepted };
  }

  /** Handler of the update: one person's word. */
  async vote(vote: WireVote): Promise<WireVoteAnswer> {
    const { outcome, facts } = await database.recordWireVote({ wire_id: this.id, ...vote });
    this.moveTo(facts);
    this.inbox.receive({ source: 'wish' });
    return { outcome };
  }

  /** Handler of the update: false when the order is out already. */
  async cancel({ note }: WireCancel): Promise<{ canceled: boolean }> {
    const { status } = this.facts;
    if (this.busy || this.facts.unclear) return { canceled: false };
    if (status !== 'planned' && status !== 'awaiting_approval') return { canceled: status === 'canceled' };
    await this.callOff('canceled', note);
    return { canceled: true };
  }

  /** Ends the wire before anything is sent. */
  async callOff(event: 'canceled' | 'rejected', note: string): Promise<void> {
    this.busy = true;
    try {
      this.movedTo(await database.recordWireCanceled({ ...this.step(), event, reason: note }));
    } finally {
      this.busy = false;
    }
    this.inbox.receive({ source: 'wish' });
  }

  #evidenceOf({ evidence }: ReviewDecision): WireNews {
    const { amount_usd, tracking_ref } = this.facts;
    const arrival_ref = evidence?.arrival_ref ?? null;
    return {
      ...{ source: 'wire.look_up', state: 'arrived', detail: null },
      ...{ tracking_ref, arrival_ref, arrived_usd: amount_usd },
    };
  }

  #show(): void {
    if (this.#facts) showCard(wireCard(this.id, this.#facts, this.#question));
  }
}
