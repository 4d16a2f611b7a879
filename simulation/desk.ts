/** Support in a world: reads each review after a while and decides what its rule allows, with evidence that is true. */
import { NEEDS_SECOND_PERSON, type ReviewDecisionName } from '../domain/platform/review.ts';
import { reviewRule } from '../domain/platform/review-rules.ts';
import type { Review } from './database/store.ts';
import type { World } from './world.ts';

const MINUTE = 60_000;
const UP_TO_MINUTES = 2_000;
/** A desk that is refused so often has found a deadlock. */
const PATIENCE = 40;

export class SupportDesk {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Looks at the review in a while. */
  take(review: Review, tries = PATIENCE): void {
    const { engine, random } = this.#world;
    engine.after(random.integer(1, UP_TO_MINUTES) * MINUTE, () => {
      if (!review.decided && tries > 0) this.#decide(review, tries);
    });
  }

  #decide(review: Review, tries: number): void {
    const { engine, executions, store, random, entryOf } = this.#world;
    const execution = executions.get(review.subject)?.execution;
    if (!execution) return;
    const evidence = entryOf(review.lifecycle).evidence(store.row(review.subject));
    const rule = reviewRule(review.lifecycle, review.reason);
    const isKnown = (field: string) => evidence?.[field] !== undefined;
    const open = rule.decisions.filter(
      (name) =>
        !NEEDS_SECOND_PERSON.includes(name) || Object.keys(rule.evidence?.[name] ?? {}).every(isKnown),
    );
    const decision: ReviewDecisionName = open.length > 0 ? random.pick(open) : 'close';
    if (execution.ended) {
      store.decide(review.id, decision, 'after the end');
      return;
    }
    const input = {
      ...{ review_id: review.id, decision, decided_by: 'support', note: 'decided', reason: review.reason },
      request_id: `request-${tries}`,
      ...(NEEDS_SECOND_PERSON.includes(decision) && { evidence }),
    };
    const again = () => this.take(review, tries - 1);
    engine.tell(execution, 'decideReview', input).then(again, again);
  }
}
