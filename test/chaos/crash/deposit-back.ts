/** Deposits that somebody takes back, or that need another try: what they meet, and what they come to. */
import { randomUUID } from 'node:crypto';
import type { DepositRow } from '../../support/customer.ts';
import type { Fault } from '../../support/trouble.ts';
import { type Answers, type Cast, decided, inReview, seeThrough } from './cast.ts';
import { arrived, isAt } from './deposit-senders.ts';
import { type CrashEntry, errands, expectRows, type Group } from './entry.ts';
import { type Paid, paidFor } from './paid.ts';

/** Circle does not take the transfer at all. */
const REFUSES: Fault = {
  ...{ company: 'circle', operation: 'circle.createTransfer', kind: 'refuse', status: 422 },
  body: { code: 155229, message: 'not eligible for operation' },
};

/** What a path that goes back looks at. */
interface BackRow extends DepositRow {
  readonly circle_transaction_id: string;
  readonly journal_attempt: number;
  /** How often the broker took its journal back. */
  readonly corrections: number;
}

interface Back {
  readonly path: string;
  readonly amount: string;
  readonly faults?: (count: number) => readonly Fault[];
  readonly isReady: (row: DepositRow) => boolean;
  /** What is asked before the path begins, because Circle does not take the transfer. */
  readonly asked?: string;
  /** The sandbox's chain takes nothing back that is final, so what lies in these wallets is not compared. */
  readonly isOffTheBooks?: boolean;
  /** What has happened to each before the path begins, until it stands there. */
  readonly before?: { readonly world: (row: BackRow) => Promise<unknown>; readonly status: string };
  /** What the world does, once to each. */
  readonly world?: (row: BackRow) => Promise<unknown>;
  readonly answers: Answers;
  readonly isOver: (row: BackRow) => boolean;
  /** The question whose answer ends it. */
  readonly ends: string;
  readonly paid: readonly Paid[];
}

/** One way, as a path of deposits. */
export function back(cast: Cast, way: Back): CrashEntry {
  return {
    ...{ of: 'deposit', path: way.path },
    begin: async (count): Promise<Group> => {
      const match = { 'amounts.0': way.amount };
      for (const fault of way.faults?.(count) ?? []) await cast.plant({ ...fault, match });
      // For as long as they come to stand ready: what one call meets, its second try meets as well.
      const refuses = way.asked ? await cast.plant({ ...REFUSES, match }) : undefined;
      const customer = way.isOffTheBooks ? await cast.outsider() : undefined;
      const ids = await arrived(cast, count, way.amount, way.isReady, customer && (() => customer));
      if (way.asked) await inReview(cast, ids, way.asked);
      await refuses?.remove();
      const [errand, reviews] = [errands(), errands()];
      const read = () =>
        cast.rows<BackRow>(
          `select d.*, (select count(*)::int from lifecycle_events e where e.lifecycle = 'deposit'
             and e.subject_id = d.id and e.event = 'journal_corrected') as corrections
           from deposits d where d.id = any ($1)`,
          [ids],
        );
      const { before } = way;
      if (before) {
        const earlier = errands();
        await seeThrough({
          tend: async () => {
            for (const row of await read()) earlier.once(row.id, () => before.world(row));
          },
          rests: async () =>
            expectRows(`deposits, before one ${way.path}`, await read(), count, isAt(before.status)),
        });
      }
      return {
        tend: async () => {
          const { world } = way;
          if (world) for (const row of await read()) errand.once(row.id, () => world(row));
          await cast.answer(reviews, ids, way.answers);
        },
        rests: async () => {
          expectRows(`deposits, ${way.path}`, await read(), count, way.isOver);
          await decided(cast, ids, way.ends);
        },
        holds: () => paidFor(cast, ids, way.paid),
      };
    },
  };
}

/** Circle takes its word about the inbound transfer back, and a round of the sweep finds it. */
export async function undo(cast: Cast, { circle_transaction_id }: BackRow): Promise<void> {
  const { stack, temporal } = cast.stage;
  const path = `/control/circle/transactions/${circle_transaction_id}/state`;
  await stack.sandbox.control('POST', path, { state: 'FAILED', error_reason: 'BLOCK_REORGANIZED' });
  await temporal.workflow.execute('sweep', {
    workflowId: `sweep:${randomUUID()}`,
    taskQueue: stack.config.temporal.taskQueue,
    args: [],
  });
}
