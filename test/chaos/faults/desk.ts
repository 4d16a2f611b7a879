/** The people around a lifecycle, played: companies settle what they hold, support decides what is in review. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCircleClient } from '../../../activities/providers/circle/client.ts';
import type { ReviewDecisionName, ReviewEvidence } from '../../../domain/platform/review.ts';
import { createTemporalClient } from '../../../temporal/client.ts';
import { eventually } from '../../support/eventually.ts';
import type { TestStack } from '../../support/stack.ts';
import { decide } from '../../support/trouble.ts';
import type { Meaning } from './table.ts';

/** How one lifecycle ended, and what people were asked on its way. */
export interface Trail<Row> {
  readonly row: Row;
  /** Reasons of the reviews, in order. */
  readonly reasons: readonly string[];
}

/** What support says to a review; null where nobody can decide anything yet. */
export type Answer = { readonly decision: ReviewDecisionName; readonly evidence?: ReviewEvidence } | null;

interface Desk<Row> {
  readonly table: 'deposits' | 'withdrawals' | 'wires' | 'withdrawal_addresses';
  readonly id: string;
  readonly meaning: Meaning;
  /** Whether nothing more happens by itself. */
  isOver(row: Row): boolean;
  answer(reason: string): Answer;
  /** Whoever holds a step at a company lets it go on. */
  settle?(row: Row): Promise<unknown>;
  /** A second attempt answers instead of reviews: what is taken back before we heard of it is a no like any other. */
  insteadOfReviews?(row: Row): boolean;
}

interface Review {
  readonly id: string;
  readonly reason: string;
  readonly is_open: boolean;
}

/** A machine that others use too is slow, and what is under way there is not stuck. */
const LONGEST_MS = 150_000;
/** Longer than a quick look-up pause: what a company settles by itself it has settled by then. */
const HANGS_AFTER_LOOKS = 8;

/** Watches one to its end, and does meanwhile what only people can do. */
export async function seeThrough<Row extends { readonly status: string }>(
  stack: TestStack,
  desk: Desk<Row>,
): Promise<Trail<Row>> {
  const { reviews = [], hangs = false } = desk.meaning;
  const answered = new Set<string>();
  const deadline = performance.now() + LONGEST_MS;
  let unsettled = '';
  for (let looks = 0, before = ''; ; looks += 1) {
    const { row, asked } = await read<Row>(stack, desk);
    const open = asked.find(({ id, is_open }) => is_open && !answered.has(id));
    if (open) {
      const answer = desk.answer(open.reason);
      if (answer === null || (await say(stack, open.id, answer))) answered.add(open.id);
    } else if (desk.isOver(row) && (asked.length >= reviews.length || desk.insteadOfReviews?.(row))) {
      // A question that something in between has overtaken is asked anew: it is the same one.
      const reasons = asked.map(({ reason }) => reason);
      return { row, reasons: reasons.filter((reason, index) => reason !== reasons[index - 1]) };
    }
    const now = JSON.stringify(row);
    if (now !== before) looks = 0;
    before = now;
    // Who would be asked about it is asked before anybody helps. On a slow machine it may not hang yet, and what is
    // asked of a company may run into the fault itself.
    const isKnown = asked.length >= reviews.length;
    if (hangs && isKnown && looks > 0 && looks % HANGS_AFTER_LOOKS === 0) {
      await desk.settle?.(row).catch((error: Error) => {
        unsettled = `, not settled: ${error.message}`;
      });
    }
    if (performance.now() > deadline) {
      const asking = asked.map(({ reason }) => reason).join(', ') || 'none';
      throw new Error(`${desk.id} has not ended: reviews ${asking}${unsettled}, ${now}`);
    }
    await sleep(250);
  }
}

async function say(stack: TestStack, reviewId: string, answer: NonNullable<Answer>): Promise<boolean> {
  const { status } = await decide(stack, reviewId, answer.decision, answer.evidence);
  return status === 200;
}

/** Every question to a person counts, also one that was answered by itself before anybody looked. */
async function read<Row>(stack: TestStack, { table, id }: Desk<Row>): Promise<{ row: Row; asked: Review[] }> {
  const { rows } = await stack.database.pool.query<Row & { asked: Review[] }>(
    `select t.*, (select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'reason', r.reason,
         'is_open', r.decided_at is null) order by r.opened_at), '[]')
       from reviews r where r.subject_id = t.id) as asked
     from ${table} t where t.id = $1`,
    [id],
  );
  if (!rows[0]) throw new Error(`there is no ${id} in ${table}`);
  const { asked, ...row } = rows[0];
  return { row: row as Row, asked };
}

/** Steps of a lifecycle's operations at the companies, by state. */
export async function operationsOf(stack: TestStack, id: string): Promise<{ step: string; state: string }[]> {
  const { rows } = await stack.database.pool.query<{ step: string; state: string }>(
    'select step, state from provider_operations where subject_id = $1 order by step',
    [id],
  );
  return rows;
}

/** Offers a higher fee for a transfer, as somebody does it in Circle's console. */
export async function raiseFee(stack: TestStack, transactionId: string): Promise<void> {
  const idempotencyKey = randomUUID();
  await createCircleClient(stack.config.circle).accelerate({ transactionId, idempotencyKey });
}

/** What runs by the clock is not to run into what is meant for others. */
export async function pauseSchedules(stack: TestStack, names: readonly string[]): Promise<void> {
  const temporal = await createTemporalClient(stack.config);
  await Promise.all(names.map((name) => temporal.schedule.getHandle(name).pause()));
  await temporal.connection.close();
}

const AT_ONCE = 5;

/** So many customers, a few at a time: on a slow machine companies that all are asked at once answer too late. */
export async function severalOf<One>(count: number, make: () => Promise<One>): Promise<One[]> {
  const made: One[] = [];
  while (made.length < count) {
    const next = Math.min(AT_ONCE, count - made.length);
    made.push(...(await Promise.all(Array.from({ length: next }, make))));
  }
  return made;
}

/** Waits until the last call fault that matches these fields has been run into. */
export async function isHit(stack: TestStack, wanted: Readonly<Record<string, unknown>>): Promise<void> {
  const looks = async () => {
    const { data } = await stack.sandbox.control<{ data: PlantedFault[] }>('GET', '/control/faults');
    const fits = ({ match }: PlantedFault) =>
      Object.entries(wanted).every(([field, value]) => match?.[field] === value);
    return data.some((fault) => !fault.kind.endsWith('_event') && fits(fault) && fault.hits > 0);
  };
  await eventually('the fault was run into', looks, { timeoutMs: 90_000, everyMs: 50 });
}

interface PlantedFault {
  readonly kind: string;
  readonly hits: number;
  readonly match?: Readonly<Record<string, unknown>>;
}
