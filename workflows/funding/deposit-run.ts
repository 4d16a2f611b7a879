/** What one run of a deposit carries: its facts, its messages, its open question to a person. */
import { ApplicationFailure } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { DepositFacts, OpenedDeposit } from '../../domain/funding/deposit-facts.ts';
import type { DepositPolicy } from '../../domain/funding/deposit-policy.ts';
import { DEAD_TRANSFER } from '../../domain/funding/transfer-report.ts';
import type { ReviewDecision } from '../../domain/platform/review.ts';
import { SEARCH } from '../contract.ts';
import { showCard } from '../runtime/card.ts';
import { Inbox } from '../runtime/inbox.ts';
import { database } from './deposit-activities.ts';
import { depositCard } from './deposit-card.ts';
import type {
  DepositMessage,
  InboundTransferMessage,
  JournalMessage,
  MintTransferMessage,
  OutboundTransferMessage,
} from './deposit-messages.ts';

/** Circle's word about the inbound transfer. */
export const isInbound = (message: DepositMessage): message is InboundTransferMessage =>
  message.source === 'circle.inbound';
/** Alpaca's word about a journal. */
export const isJournal = (message: DepositMessage): message is JournalMessage =>
  message.source === 'alpaca.journal';
/** Circle's or Mint's word about our transfer to Mint. */
export const isOffRampNews = (
  message: DepositMessage,
): message is MintTransferMessage | OutboundTransferMessage =>
  message.source === 'mint.transfer' || message.source === 'circle.outbound';

/** Circle's word that the inbound transfer is gone. */
export const isUndone = (message: DepositMessage): message is InboundTransferMessage =>
  isInbound(message) && DEAD_TRANSFER.includes(message.state);

/** A note about a deposit: why it waits, a review, counters; see `noteDeposit`. */
export type Note = Omit<Parameters<typeof database.noteDeposit>[0], 'deposit_id' | 'inbound'>;

export class DepositRun {
  readonly id: string;
  readonly inbox: Inbox<DepositMessage>;
  /** The last word about the inbound transfer: what a look-up compares with. */
  transfer: InboundTransferMessage | undefined;
  /** How often the deposit has asked again for something that was not there yet. */
  pauses = 0;
  #facts: OpenedDeposit | undefined;
  #decision: ReviewDecision | undefined;
  #inReview = false;
  /** The state that the search shows; undefined until one was shown. */
  #shown: string | undefined;
  /** What a person was asked and has not answered; a run that takes a deposit up again does not know it. */
  #question: string | undefined;

  constructor(id: string) {
    this.id = id;
    this.inbox = new Inbox(async (inbound) => {
      await database.noteDeposit({ deposit_id: id, inbound });
    });
  }

  get facts(): DepositFacts {
    if (!this.#facts) throw new Error('the deposit is not open yet');
    return this.#facts;
  }

  get policy(): DepositPolicy {
    if (!this.#facts) throw new Error('the deposit is not open yet');
    return this.#facts.policy;
  }

  /** What every database step is told besides its own facts. */
  step(): { deposit_id: string; inbound: string[] } {
    return { deposit_id: this.id, inbound: this.inbox.received() };
  }

  begin(opened: OpenedDeposit): void {
    this.#facts = opened;
    this.#inReview = opened.waiting_for === 'review';
    this.#showCard();
  }

  /** Takes the facts that a step answered; the rules stay those that the deposit began with. */
  moveTo(facts: DepositFacts): void {
    this.#facts = { ...facts, policy: this.policy };
    if (facts.waiting_for !== 'review') this.#inReview = false;
    this.#showCard();
  }

  /** Shows the state where support searches. Costs one action, so only what lasts and what is final is shown. */
  publish(): void {
    const { status, amount_usd, waiting_for, references } = this.facts;
    this.#shown = status;
    upsertSearchAttributes([
      { key: SEARCH.state, value: status },
      {
        key: SEARCH.review,
        value: this.#question !== undefined || waiting_for === 'review' ? 'open' : waiting_for,
      },
      { key: SEARCH.reference, value: [...references] },
      ...(amount_usd ? [{ key: SEARCH.amountUsd, value: Number(amount_usd) }] : []),
    ]);
  }

  /**
   * At the end of a run: shows the state unless it is shown. A step whose task was lost is done already when it is
   * repeated, and then nobody has shown where it led.
   */
  conclude(): void {
    if (this.#shown !== this.facts.status) this.publish();
  }

  /** Writes why the deposit waits, where anything about that is new. */
  async note(note: Note): Promise<void> {
    this.moveTo(await database.noteDeposit({ ...this.step(), ...note }));
    this.publish();
  }

  /**
   * Opens a review and waits until a person says `retry`, or until `news` arrives that answers the question
   * by itself; what comes in meanwhile stays in the inbox.
   */
  async askPerson(
    reason: string,
    detail: string,
    note: Note = {},
    news?: (message: DepositMessage) => boolean,
  ): Promise<void> {
    this.#decision = undefined;
    this.#inReview = true;
    this.#question = detail;
    const review = { reason, detail, due_seconds: this.policy.reviewDueSeconds };
    await this.note({ ...note, waiting_for: 'review', review });
    await this.awaitDecision(news);
  }

  /** A review was opened together with a step; undefined when the step needed none. */
  beginReview(question: string | undefined): void {
    this.#decision = undefined;
    this.#inReview = question !== undefined;
    this.#question = question;
    this.#showCard();
  }

  /**
   * Waits for the decision of the review that is open. Returns early, with the review still open, when the chain may
   * have taken the transfer back: that is looked at first.
   */
  async awaitDecision(news: (message: DepositMessage) => boolean = () => false): Promise<void> {
    // A step that was written again after a kill says that a review is open, and nobody has begun it here.
    this.#inReview = true;
    const isOver = () => this.#decision !== undefined || this.inbox.has(news);
    await this.inbox.idleUntil(() => isOver() || this.mayBeUndone());
    if (!isOver()) return;
    const decided = this.#decision?.decision;
    this.#decision = undefined;
    this.#inReview = false;
    this.#question = undefined;
    // Of a refund everything was written down with the decision.
    if (decided === 'refund') this.publish();
    else await this.note({ waiting_for: null });
  }

  /** Whether there is news that the chain took the transfer back, in a state in which the books can follow. */
  mayBeUndone(): boolean {
    const { status, broker_journal_ref, refund, unclear } = this.facts;
    const isAtRest =
      status === 'broker_funded' ||
      status === 'refunded' ||
      ((status === 'confirmed_on_chain' || status === 'off_ramp_complete') &&
        !(broker_journal_ref || refund?.reference || unclear));
    return isAtRest && this.inbox.has(isUndone);
  }

  /** Tells a person that something takes too long, while waiting goes on. */
  async reportOverdue(reason: string, detail: string): Promise<void> {
    this.#question = detail;
    await this.note({ review: { reason, detail, due_seconds: this.policy.reviewDueSeconds } });
  }

  /** Why a decision is not possible now; undefined when it is. */
  refuseDecision({ decision }: ReviewDecision): string | undefined {
    const { status } = this.facts;
    if (decision === 'force_complete') {
      const isForceable = status === 'off_ramp_initiated' || status === 'off_ramp_complete';
      return isForceable
        ? undefined
        : `A deposit that is ${status.replaceAll('_', ' ')} has no step to force.`;
    }
    if (decision === 'refund')
      return this.#inReview ? undefined : 'This deposit goes on by itself: it is not refunded meanwhile.';
    if (decision !== 'retry' && decision !== 'close') return `A deposit does not take ${decision}.`;
    if (decision === 'retry' && !this.#inReview) return 'This deposit does not wait for a retry.';
    if (decision === 'close' && this.#inReview)
      return 'This deposit waits for this decision: close would leave it where it is.';
    return undefined;
  }

  /** Handler of the update: recorded once, then acted upon. */
  async decide(decision: ReviewDecision): Promise<{ accepted: boolean }> {
    if (decision.decision === 'refund') return this.#refund(decision);
    const accepted = await database.recordReviewDecision(decision);
    if (accepted && decision.decision === 'force_complete') this.#force(decision);
    if (accepted && decision.decision === 'retry') this.#decision = decision;
    if (accepted && decision.decision === 'close') this.#question = undefined;
    return { accepted };
  }

  /** What two persons vouch for is taken like the company's own word. */
  #force(decision: ReviewDecision): void {
    const { review_id: forced_by_review, evidence = {} } = decision;
    this.#decision = decision;
    this.inbox.receive(
      this.facts.status === 'off_ramp_initiated'
        ? {
            ...{ source: 'mint.transfer', state: 'complete', forced_by_review },
            reference: evidence.mint_transfer_id ?? '',
            amount: this.facts.amount_usd ?? '',
          }
        : {
            ...{ source: 'alpaca.journal', state: 'executed', forced_by_review },
            reference: evidence.journal_id ?? '',
          },
    );
  }

  async #refund(decision: ReviewDecision): Promise<{ accepted: boolean }> {
    const { refund_attempt } = this.facts;
    const step = { deposit_id: this.id, refund_attempt, decision };
    const { accepted, refused, facts } = await database.recordRefundDecision(step);
    if (refused) throw ApplicationFailure.nonRetryable(refused, 'DecisionRefused');
    if (accepted) {
      this.moveTo(facts);
      this.#decision = decision;
    }
    return { accepted };
  }

  #showCard(): void {
    showCard(depositCard(this.id, this.facts, this.#question));
  }
}
