/** Support in a world: reads each review after a while and decides what its rule allows, with evidence that is true. */
import { DEPOSIT_REVIEWS } from '../domain/funding/deposit-reviews.ts';
import type { ReviewDecisionName } from '../domain/platform/review.ts';
import type { DepositRow } from './deposit-functions.ts';
import type { Review } from './store.ts';
import type { World } from './world.ts';

const MINUTE = 60_000;
const UP_TO_MINUTES = 2_000;
/** A desk that is refused so often has found a deadlock. */
const PATIENCE = 40;

/** What the rules allow for a reason. */
function allowed(reason: string): readonly ReviewDecisionName[] {
  const prefix = Object.keys(DEPOSIT_REVIEWS).find(
    (key) => key.endsWith('*') && reason.startsWith(key.slice(0, -1)),
  );
  return (DEPOSIT_REVIEWS[reason] ?? DEPOSIT_REVIEWS[prefix ?? ''])?.decisions ?? ['retry'];
}

export class SupportDesk {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Looks at the review in a while. */
  take(review: Review, tries = PATIENCE): void {
    const { engine } = this.#world;
    engine.after(engine.random.integer(1, UP_TO_MINUTES) * MINUTE, () => {
      if (!review.decided && tries > 0) this.#decide(review, tries);
    });
  }

  #decide(review: Review, tries: number): void {
    const { engine, executions, store } = this.#world;
    const execution = executions.get(review.subject);
    if (!execution) return;
    const evidence = this.#evidence(review.subject);
    const open = allowed(review.reason).filter((name) => name !== 'force_complete' || evidence !== undefined);
    const decision = engine.random.pick(open.length > 0 ? open : (['close'] as const));
    if (execution.ended) {
      store.decide(review.id, 'after the end');
      return;
    }
    const input = {
      ...{
        review_id: review.id,
        decision,
        decided_by: 'support',
        note: 'decided',
        request_id: `request-${tries}`,
      },
      ...(decision === 'force_complete' && { evidence }),
    };
    engine.tell(execution, 'decideReview', input).then(
      () => this.take(review, tries - 1),
      () => this.take(review, tries - 1),
    );
  }

  /** What a person can read at the companies; undefined while the step has not happened there. */
  #evidence(id: string): Readonly<Record<string, string>> | undefined {
    const { companies, store } = this.#world;
    const row = store.rows.get(id) as DepositRow | undefined;
    if (row?.status === 'off_ramp_initiated') {
      const transfer = companies.transfers.get(row.circle_transfer_ref ?? '');
      const credited = [...companies.mintTransfers.values()].find((one) => one.txHash === transfer?.txHash);
      return credited?.state === 'complete' ? { mint_transfer_id: credited.id } : undefined;
    }
    if (row?.status === 'off_ramp_complete') {
      const name = `deposit:${id}:journal:${row.journal_attempt}`;
      const journal = [...companies.broker.journals.values()].find((one) => one.description === name);
      return journal?.state === 'executed' ? { journal_id: journal.id } : undefined;
    }
    return undefined;
  }
}
