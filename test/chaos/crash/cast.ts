/** The people of the crash points: customers with money, staff, and what they do through the API. */
import type { ReviewDecisionName, ReviewEvidence } from '../../../domain/platform/review.ts';
import { type Customer, createCustomer } from '../../support/customer.ts';
import { eventually } from '../../support/eventually.ts';
import type { KillStage } from '../../support/kill-stage.ts';
import { createSpender, type Spender } from '../../support/money-out.ts';
import { type Treasury, treasuryOf } from '../../support/treasury.ts';
import type { Fault } from '../../support/trouble.ts';
import { newStaff } from '../../support/withdrawer.ts';
import { type Errands, LONGEST_MS } from './entry.ts';
import type { Pace } from './rules.ts';

const SPENDERS = 6;
/** An answer that has not come by then is asked for again: whoever would give it may be dead. */
const PATIENCE_MS = 20_000;

/** What a person says to a review with that reason. */
export type Answers = Readonly<
  Record<string, { readonly decision: ReviewDecisionName; readonly evidence?: ReviewEvidence }>
>;

export interface Cast {
  readonly stage: KillStage;
  /** How soon things are looked up; see `setPace`. */
  pace: Pace;
  /** Customers with dollars at the broker and wallets; who is next takes turns. */
  readonly spenders: readonly Spender[];
  nextSpender(): Spender;
  /** Everybody whose money the books are compared for. */
  everybody(): readonly Customer[];
  /** One whose account and wallets nobody else uses. */
  newCustomer(): Promise<Customer>;
  /** One whose wallets the books are not compared for. */
  outsider(): Promise<Customer>;
  readonly treasury: Treasury;
  readonly admin: { readonly id: string; readonly token: string };
  readonly second: { readonly id: string; readonly token: string };
  /** Answers the open reviews of these, as one person of support after the other would. */
  answer(reviews: Errands, ids: readonly string[], answers: Answers): Promise<void>;
  /** A call that must be answered in the 200s, else it throws; the same key makes it the same request. */
  call(method: string, path: string, options: CallOptions): Promise<Record<string, string>>;
  /** A fault for so many, or until it is removed. */
  plant(fault: Fault): Promise<{ remove(): Promise<unknown> }>;
  /** Rows, as the test itself reads them. */
  rows<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

interface CallOptions {
  readonly token: string;
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Casts them on a stage. */
export async function castOf(stage: KillStage): Promise<Cast> {
  const { stack, temporal } = stage;
  const { pool } = stack.database;
  const treasury = await treasuryOf(stack);
  const spenders = await Promise.all(
    Array.from({ length: SPENDERS }, () => createSpender(stack, temporal, '100000.00')),
  );
  const everybody: Customer[] = [...spenders];
  const [admin, second] = await Promise.all([newStaff(stack, 'admin'), newStaff(stack, 'admin')]);
  let turn = 0;
  let outsider: Promise<Customer> | undefined;
  const rows = async <Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> =>
    (await pool.query<Row>(text, [...values])).rows;
  const call: Cast['call'] = async (method, path, { key, ...options }) => {
    const answer = stack.call(method, path, { ...options, ...(key && { idempotencyKey: key }) });
    const { status, body } = await Promise.race([answer, impatience(path)]);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  };
  return {
    pace: 'quick',
    ...{ stage, spenders, treasury, admin, second, rows, call },
    nextSpender: () => spenders[turn++ % SPENDERS] as Spender,
    everybody: () => everybody,
    outsider: () => {
      outsider ??= createCustomer(stack);
      return outsider;
    },
    newCustomer: async () => {
      const customer = await createCustomer(stack);
      everybody.push(customer);
      return customer;
    },
    answer: async (reviews, ids, answers) => {
      const open = await rows<{ id: string; reason: string }>(
        'select id, reason from reviews where subject_id = any ($1) and decided_at is null',
        [ids],
      );
      for (const { id, reason } of open) {
        const said = answers[reason];
        const body = { ...said, note: 'Looked at by the test.' };
        const path = `/v1/admin/reviews/${id}/decision`;
        if (said) reviews.again(id, () => call('POST', path, { token: admin.token, body }));
      }
    },
    plant: async (fault) => {
      const { id } = await stack.sandbox.control<{ id: string }>('POST', '/control/faults', fault);
      return { remove: () => stack.sandbox.control('DELETE', `/control/faults/${id}`) };
    },
    close: () => treasury.close(),
  };
}

function impatience(path: string): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`${path} was not answered in time`)), PATIENCE_MS).unref();
  });
}

/** Does it again until it works: a busy machine answers late, and the same key makes it the same request. */
export async function insist(what: string, work: () => Promise<unknown>): Promise<void> {
  const done = async () => {
    await work();
    return true;
  };
  await eventually(what, done, { timeoutMs: LONGEST_MS, everyMs: 500 });
}

/** Waits until so many of these have an open review with that reason. */
export async function inReview(cast: Cast, ids: readonly string[], reason: string): Promise<void> {
  await eventually(
    `${ids.length} reviews ${reason} are open`,
    async () => {
      const open = await cast.rows(
        'select from reviews where subject_id = any ($1) and reason = $2 and decided_at is null',
        [ids, reason],
      );
      if (open.length < ids.length) throw new Error(`${open.length} are`);
      return true;
    },
    { timeoutMs: LONGEST_MS, everyMs: 100 },
  );
}

/** How many reviews of these a person has decided. */
export async function decided(cast: Cast, ids: readonly string[], reason: string): Promise<void> {
  const [row] = await cast.rows<{ n: number }>(
    `select count(distinct subject_id)::int as n from reviews
     where subject_id = any ($1) and reason = $2 and decided_at is not null`,
    [ids, reason],
  );
  if (row?.n !== ids.length) throw new Error(`${row?.n} of ${ids.length} reviews ${reason} are decided`);
}

/** Runs `tend` and waits until the group rests, with nothing in its way. */
export async function seeThrough(group: { tend(): Promise<void>; rests(): Promise<void> }): Promise<void> {
  await eventually(
    'a group comes to its end',
    async () => {
      await group.tend();
      await group.rests();
      return true;
    },
    { timeoutMs: LONGEST_MS, everyMs: 100 },
  );
}
