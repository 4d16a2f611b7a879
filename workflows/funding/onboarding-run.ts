/** What one run of an onboarding carries: its facts, what it was told, its open questions to a person. */
import { condition, upsertSearchAttributes } from '@temporalio/workflow';
import type { Intake, OnboardingReview, OpenedOnboarding } from '../../domain/funding/onboarding-facts.ts';
import type { OnboardingPolicy } from '../../domain/funding/onboarding-policy.ts';
import type { ReviewDecision } from '../../domain/platform/review.ts';
import { SEARCH } from '../contract.ts';
import { showCard } from '../runtime/card.ts';
import { database } from './onboarding-activities.ts';
import { onboardingCard } from './onboarding-card.ts';
import type {
  AccountMessage,
  OnboardingAnswer,
  OnboardingInput,
  SubmitApplication,
  UploadDocument,
} from './onboarding-messages.ts';

export class OnboardingRun {
  readonly id: string;
  /** The account may have changed: look. */
  hasNews = false;
  /** A person said: try again now. */
  isToRetry = false;
  /** Look-ups since something last changed, and the seconds waited for them. */
  lookUps: number;
  waitedSeconds: number;
  /** How often a call of the account was held by staff. */
  holds = 0;
  /** What staff have stopped, in words, while a call waits for it. */
  #heldBy: string | undefined;
  #inbound: string[];
  #facts: OpenedOnboarding | undefined;
  #shown = '';
  /** Grows with everything that a waiting step should know of. */
  #version = 0;

  constructor(input: OnboardingInput) {
    this.id = input.user_id;
    this.lookUps = input.continued?.look_ups ?? 0;
    this.waitedSeconds = input.continued?.waited_seconds ?? 0;
    this.#inbound = [...(input.continued?.inbound ?? [])];
  }

  get isOpen(): boolean {
    return this.#facts !== undefined;
  }

  get facts(): OpenedOnboarding {
    if (!this.#facts) throw new Error('the onboarding is not open yet');
    return this.#facts;
  }

  /** The rules that the run began with. */
  get policy(): OnboardingPolicy {
    return this.facts.policy;
  }

  /** Takes the facts that a step answered. */
  moveTo(facts: OpenedOnboarding): void {
    const before = this.#facts;
    this.#facts = before ? { ...facts, policy: before.policy } : facts;
    if (before?.status !== facts.status) {
      this.lookUps = 0;
      this.waitedSeconds = 0;
    }
    this.#version += 1;
    this.#publish();
  }

  /** A wallet exists now: told apart from the other facts, because wallets and the application go side by side. */
  moveWallet(walletId: string): void {
    const wallets = this.facts.wallets.map((wallet) =>
      wallet.id === walletId ? { ...wallet, status: 'active' as const } : wallet,
    );
    this.#facts = { ...this.facts, wallets };
    this.#version += 1;
    this.#publish();
  }

  receive(message: AccountMessage): void {
    const id = message.event_id;
    if (id && !this.#inbound.includes(id)) this.#inbound.push(id);
    this.hasNews = true;
  }

  /** Ids of the events used since the last call: the next database step marks them. */
  used(): string[] {
    return this.#inbound.splice(0);
  }

  /** A step that was to use events failed: they wait for the next one. */
  giveBack(inbound: readonly string[]): void {
    this.#inbound.unshift(...inbound);
  }

  /** Seconds until the next look-up: pauses grow, the last one repeats. */
  nextPause(): number {
    const pauses = this.policy.lookUpAfterSeconds;
    return pauses[Math.min(this.lookUps, pauses.length - 1)] ?? 60;
  }

  /** What a run that continues this one has to know. */
  continued(): OnboardingInput {
    const carried = { look_ups: this.lookUps, waited_seconds: this.waitedSeconds, inbound: this.used() };
    return { user_id: this.id, continued: carried };
  }

  hasUnused(): boolean {
    return this.#inbound.length > 0;
  }

  async submit(request: SubmitApplication): Promise<OnboardingAnswer> {
    return this.#take(await this.#recorded(database.recordApplication({ user_id: this.id, ...request })));
  }

  async upload(request: UploadDocument): Promise<OnboardingAnswer> {
    return this.#take(await this.#recorded(database.recordKycDocument({ user_id: this.id, ...request })));
  }

  async decide(request: ReviewDecision): Promise<{ accepted: boolean }> {
    const intake = await this.#recorded(database.recordOnboardingDecision({ user_id: this.id, ...request }));
    if (intake.accepted) {
      this.isToRetry = true;
      this.hasNews = true;
    }
    return { accepted: this.#take(intake).accepted };
  }

  /** Why a decision is not possible now; undefined when it is, or when the database must tell. */
  refuseDecision({ decision }: ReviewDecision): string | undefined {
    const facts = this.#facts;
    if (!facts) return undefined;
    if (decision === 'ask_correction' && (facts.status !== 'pending' || facts.account_id !== null)) {
      return 'The broker has this application, or nobody has: it cannot go back to the customer.';
    }
    if (decision === 'reject' && facts.status !== 'pending' && facts.status !== 'action_required') {
      return 'This application is not being decided: it cannot be rejected.';
    }
    return undefined;
  }

  /** Waits until something changed, somebody spoke, or the pause is over. @returns false after the pause. */
  waitForChange(seconds: number, summary: string): Promise<boolean> {
    const version = this.#version;
    const isChanged = () => this.#version !== version || this.hasNews || this.isToRetry;
    return condition(isChanged, seconds * 1000, { summary });
  }

  /** Waits before a call is tried again; a person may say so earlier. */
  async waitForRetry(seconds: number, summary: string): Promise<void> {
    const status = this.facts.status;
    this.isToRetry = false;
    await condition(() => this.isToRetry || this.facts.status !== status, seconds * 1000, { summary });
  }

  /** Staff have stopped a call: shows it, and waits before it is tried again. Pauses grow with `round`. */
  async holdWhilePaused(words: string, round: number): Promise<void> {
    const pauses = this.policy.lookUpAfterSeconds.slice(0, 3);
    this.#heldBy = words;
    this.#publish();
    await this.waitForRetry(pauses[Math.min(round, pauses.length - 1)] ?? 60, words);
    this.#heldBy = undefined;
    this.#publish();
  }

  /** Waits for a person, who must settle the matter before a call can succeed. */
  async waitForPerson(): Promise<void> {
    const status = this.facts.status;
    this.isToRetry = false;
    await condition(() => this.isToRetry || this.facts.status !== status);
  }

  /** Waits until something changed, however long, or until that is enough. */
  waitForAnything(isEnough: () => boolean): Promise<void> {
    const version = this.#version;
    return condition(() => this.#version !== version || this.hasNews || isEnough());
  }

  /** Asks a person, and goes on: what moves on by itself closes the question. */
  async askPerson(reason: OnboardingReview, detail: string, walletId?: string): Promise<void> {
    const review = { reason, detail, due_seconds: this.policy.reviewDueSeconds };
    const note = { user_id: this.id, inbound: this.used() };
    const facts = await database.noteOnboarding({
      ...note,
      review: { ...review, ...(walletId && { wallet_id: walletId }) },
    });
    this.moveTo(facts);
  }

  /** A request that cannot be recorded must not leave a run that waits for nothing: it looks around, and ends. */
  async #recorded(step: Promise<Intake>): Promise<Intake> {
    try {
      return await step;
    } catch (error) {
      this.hasNews = true;
      throw error;
    }
  }

  #take(intake: Intake): OnboardingAnswer {
    this.moveTo(intake.facts);
    return { accepted: intake.accepted, status: intake.facts.status };
  }

  /** Shows the state where support searches. Costs an action, so it is done when what is shown changes. */
  #publish(): void {
    const { status, account_id, open_reviews } = this.facts;
    showCard(onboardingCard(this.id, this.facts, this.#heldBy));
    const shown = `${status} ${account_id} ${open_reviews.length}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    upsertSearchAttributes([
      { key: SEARCH.state, value: status },
      { key: SEARCH.review, value: open_reviews.length > 0 ? 'open' : null },
      ...(account_id ? [{ key: SEARCH.reference, value: [account_id] }] : []),
    ]);
  }
}
