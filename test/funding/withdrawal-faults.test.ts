/**
 * Every call that a withdrawal makes at a company, times everything that can happen to the call and everything that
 * can become of what it asked for. The table is generated; what must come of each case follows from the class that
 * the answer belongs to, so that a new fault of the sandbox or a new call needs no new expectation.
 */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { createTemporalClient } from '../../temporal/client.ts';
import { expectCleanLedger, payments } from '../support/books.ts';
import { mirrors } from '../support/mirrors.ts';
import { createSpender, receivedAt, type Spender, setWithdrawalPolicy } from '../support/money-out.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { type Fault, plant } from '../support/trouble.ts';
import { seeThrough, type Trail } from '../support/withdrawal-operator.ts';

const CUSTOMERS = 8;
const ATTEMPTS = 2;
/** Withdrawals on their way at once. */
const AT_ONCE = 16;

/** What a withdrawal asks of the companies, and how a request of one withdrawal is told from all others. */
const CALLS = {
  journal: { operation: 'alpaca.createJournal', outcomes: 'alpaca.createJournal' },
  on_ramp: { operation: 'mint.createTransfer', outcomes: 'mint.transfer' },
  transfer: { operation: 'circle.createTransfer', outcomes: 'circle.transfer' },
  refund: { operation: 'alpaca.createJournal', outcomes: 'alpaca.createJournal' },
} as const;
type Call = keyof typeof CALLS;

/** What can happen to a call, with the class of the answer (see classify.ts). */
const TRANSPORT = {
  cut_before: { class: 'unclear' },
  cut_after: { class: 'unclear' },
  timeout_before: { class: 'unclear', delay_ms: 1_000 },
  timeout_after: { class: 'unclear', delay_ms: 1_000 },
  error: { class: 'unclear' },
  error_after: { class: 'unclear' },
  rate_limit: { class: 'unavailable' },
  unavailable: { class: 'unavailable' },
  slow: { class: 'fine', delay_ms: 700 },
  refuse: { class: 'defect' },
  'refuse 404': { class: 'refused', status: 404 },
  'refuse 422': { class: 'refused', status: 422 },
} as const;

/** What can become of an accepted call, and what a withdrawal makes of it when it happens once. */
const OUTCOMES = {
  journal: {
    pending: 'operator',
    stuck: 'operator',
    reject: 'again',
    cancel: 'again',
    fail: 'again',
    correct: 'journal_corrected',
  },
  on_ramp: { pending: 'operator', fail: 'again', revert: 'again', deny: 'on_ramp_denied' },
  transfer: { pending: 'operator', stuck: 'fine', fail: 'again', revert: 'again', deny: 'transfer_denied' },
  refund: {
    pending: 'operator',
    stuck: 'operator',
    reject: 'refund_rejected',
    cancel: 'refund_canceled',
    fail: 'refund_refused',
    correct: 'journal_corrected',
  },
} as const satisfies Record<Call, Record<string, string>>;

/** Events that may be lost, doubled, late, out of order or forged; and the look-ups that must make up for it. */
const EVENTS = ['alpaca.event.journals', 'mint.event.transfers', 'circle.event.transactions.outbound'];
const EVENT_FAULTS = ['drop_event', 'duplicate_event', 'delay_event', 'reorder_events', 'forge_event'];
const LOOK_UPS = [
  'alpaca.listJournals',
  'circle.listTransactions',
  'mint.getTransfer',
  'circle.getTransaction',
];

interface Case {
  readonly name: string;
  readonly call: Call | 'event' | 'look-up';
  /** Net amount in cents: unique, so that a fault finds this withdrawal and no other. */
  readonly cents: number;
  readonly faults: (wish: Wish) => readonly Fault[];
  readonly end: 'complete' | 'refunded' | 'failed';
  /** Reasons of the reviews that people must decide, in order. */
  readonly reviews: readonly string[];
  /** A company holds the step until somebody there lets it go on. */
  readonly hangs?: boolean;
  /** Effects that are made under a second key. */
  readonly again?: Call;
}

interface Wish {
  readonly id: string;
  readonly net: string;
  readonly gross: string;
}

const companyOf = (operation: string) => operation.split('.')[0] ?? '';

/** The fields by which a request of this withdrawal is known at the company. */
function matchOf(call: Call, { net, gross, id }: Wish): Record<string, unknown> {
  if (call === 'on_ramp') return { 'amount.amount': net };
  if (call === 'transfer') return { 'amounts.0': net };
  // The deposit before moved another amount; the two journals differ by their description.
  return { amount: gross, description: `withdrawal:${id}:${call}:1` };
}

/** Circle fails every attempt, so that the withdrawal must go back. */
const noWayOut = (wish: Wish): Fault => ({
  company: 'circle',
  operation: 'circle.transfer',
  kind: 'fail',
  count: ATTEMPTS,
  match: { 'amounts.0': wish.net },
});

function callCases(): Omit<Case, 'cents'>[] {
  return (Object.keys(CALLS) as Call[]).flatMap((call) =>
    Object.entries(TRANSPORT).map(([name, fault]) => {
      const { class: kind, ...more } = fault;
      const { operation } = CALLS[call];
      const isBack = call === 'refund';
      return {
        name: `${call}: ${name}`,
        call,
        faults: (wish: Wish) => [
          {
            company: companyOf(operation),
            operation,
            kind: name.split(' ')[0] ?? name,
            match: matchOf(call, wish),
            ...more,
          },
          ...(isBack ? [noWayOut(wish)] : []),
        ],
        end: isBack ? ('refunded' as const) : ('complete' as const),
        reviews:
          kind === 'defect' ? [`${call}_defect`] : kind === 'refused' && isBack ? ['refund_refused'] : [],
        ...(kind === 'refused' && { again: call }),
      };
    }),
  );
}

function outcomeCases(): Omit<Case, 'cents'>[] {
  return (Object.keys(OUTCOMES) as Call[]).flatMap((call) =>
    Object.entries(OUTCOMES[call]).flatMap(([kind, means]) => {
      const operation = CALLS[call].outcomes;
      const isBack = call === 'refund';
      const isReview = !['operator', 'again', 'fine'].includes(means);
      const fault = (wish: Wish, count: number): Fault => ({
        company: companyOf(operation),
        operation,
        kind,
        count,
        match: matchOf(call, wish),
      });
      const once = {
        name: `${call} is accepted, then: ${kind}`,
        call,
        faults: (wish: Wish) => [fault(wish, 1), ...(isBack ? [noWayOut(wish)] : [])],
        end: isBack ? ('refunded' as const) : ('complete' as const),
        reviews: isReview ? [means] : [],
        hangs: means === 'operator',
        ...((means === 'again' || isReview) && { again: call }),
      };
      if (means !== 'again') return [once];
      // The second attempt has another description: only there does the journal differ from the first.
      const always = (wish: Wish) =>
        call === 'journal'
          ? [1, 2].map((number) => ({
              ...fault(wish, 1),
              match: { amount: wish.gross, description: `withdrawal:${wish.id}:journal:${number}` },
            }))
          : [fault(wish, ATTEMPTS)];
      const end = call === 'journal' ? ('failed' as const) : ('refunded' as const);
      return [once, { ...once, name: `${once.name}, again and again`, faults: always, end }];
    }),
  );
}

function eventCases(): Omit<Case, 'cents'>[] {
  const matches: Record<string, (wish: Wish) => Record<string, unknown>> = {
    'alpaca.event.journals': ({ id }) => ({ description: `withdrawal:${id}:journal:1` }),
    'mint.event.transfers': ({ net }) => ({ 'amount.amount': net }),
    'circle.event.transactions.outbound': ({ net }) => ({ 'amounts.0': net }),
  };
  return EVENTS.flatMap((operation) =>
    EVENT_FAULTS.map((kind) => ({
      name: `${operation}: ${kind}`,
      call: 'event' as const,
      faults: (wish: Wish) => [
        {
          company: companyOf(operation),
          operation,
          kind,
          count: 6,
          delay_ms: 300,
          match: matches[operation]?.(wish) ?? {},
        },
      ],
      end: 'complete' as const,
      reviews: [],
    })),
  );
}

/** The word is lost, and the company that is asked instead fails as well. */
function lookUpCases(): Omit<Case, 'cents'>[] {
  return LOOK_UPS.flatMap((operation) =>
    ['error', 'unavailable', 'cut_after'].map((kind) => ({
      name: `${operation}, when the answer or the event was lost: ${kind}`,
      call: 'look-up' as const,
      faults: (wish: Wish) => [
        { company: companyOf(operation), operation, kind, count: 2 },
        ...(operation === 'alpaca.listJournals' ? [lost('journal', wish)] : []),
        ...(operation === 'circle.listTransactions' ? [lost('transfer', wish)] : []),
        {
          company: 'mint',
          operation: 'mint.event.transfers',
          kind: 'drop_event',
          count: 6,
          match: { 'amount.amount': wish.net },
        },
        {
          company: 'circle',
          operation: 'circle.event.transactions.outbound',
          kind: 'drop_event',
          count: 6,
          match: { 'amounts.0': wish.net },
        },
      ],
      end: 'complete' as const,
      reviews: [],
    })),
  );
}

function lost(call: Call, wish: Wish): Fault {
  const { operation } = CALLS[call];
  return { company: companyOf(operation), operation, kind: 'cut_after', match: matchOf(call, wish) };
}

const CASES: Case[] = [...callCases(), ...outcomeCases(), ...eventCases(), ...lookUpCases()].map(
  (one, index) => ({
    ...one,
    // From 20.01 on: none of the sandbox's magic amounts, and no deposit's.
    cents: 2_001 + index,
  }),
);

let stack: TestStack;
let temporal: Client;
let customers: Spender[];
/** Each case by its name, from its request to its end. */
let trails: Map<string, Promise<Trail & { readonly wish: Wish; readonly address: string }>>;

beforeAll(async () => {
  stack = await startStack({ firmCash: '1000000.00' });
  temporal = await createTemporalClient(stack.config);
  await setWithdrawalPolicy(stack, { attempts: ATTEMPTS });
  customers = await Promise.all(
    Array.from({ length: CUSTOMERS }, () => createSpender(stack, temporal, '5000.00')),
  );
  trails = new Map();
  const lanes: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve());
  for (const [index, one] of CASES.entries()) {
    const lane = index % AT_ONCE;
    const trail = (lanes[lane] as Promise<unknown>).then(() => play(one, index));
    // A case that fails says so in its own test; the next one in its lane begins all the same.
    lanes[lane] = trail.catch(() => undefined);
    trails.set(one.name, trail);
    trail.catch(() => undefined);
  }
}, 60_000);

afterAll(async () => {
  await temporal?.connection.close();
  await stack?.stop();
});

/** The broker may take the first journal back before or after we have heard that it had executed. */
const takenBack = ({ call, reviews }: Case): boolean =>
  call === 'journal' && reviews.includes('journal_corrected');

async function play(one: Case, index: number) {
  const customer = customers[index % CUSTOMERS] as Spender;
  const net = (one.cents / 100).toFixed(2);
  const wish = { id: randomUUID(), net, gross: ((one.cents + 50) / 100).toFixed(2) };
  for (const fault of one.faults(wish)) await plant(stack, fault);
  const { answer, address } = await customer.withdraw({ id: wish.id, amount: wish.gross, fee: '0.50' });
  expect(answer).toMatchObject({ status: 'pending' });
  return {
    ...(await seeThrough(stack, wish.id, {
      reviews: one.reviews.length,
      hangs: one.hangs ?? false,
      orNewJournal: takenBack(one),
    })),
    wish,
    address,
  };
}

test.each(CASES)(
  '$name → $end',
  async (one) => {
    const { name, end, reviews, again } = one;
    const { row, reasons, wish, address } = await (trails.get(name) as NonNullable<
      ReturnType<typeof trails.get>
    >);
    const asked = takenBack(one) && reasons.length === 0 ? [] : reviews;
    expect({ status: row.status, reasons }).toEqual({ status: end, reasons: asked });
    expect(row.owed_journal).toBeNull();
    const { rows: operations } = await stack.database.pool.query<{ step: string; state: string }>(
      `select step, state from provider_operations where subject_id = $1 order by step`,
      [wish.id],
    );
    const made = operations
      .filter(({ state }) => state === 'succeeded')
      .map(({ step }) => step.split(':')[0]);
    const effects = {
      complete: ['journal', 'on_ramp', 'transfer'],
      refunded: made.includes('on_ramp') ? ['journal', 'on_ramp', 'refund'] : ['journal', 'refund'],
      failed: [],
    }[end];
    expect(made).toEqual(effects);
    expect(operations.filter(({ state }) => state === 'unknown')).toEqual([]);
    if (again && end === 'complete')
      expect(operations).toContainEqual({ step: `${again}:2`, state: 'succeeded' });
    const arrived = end === 'complete' ? BigInt(Math.round(Number(wish.net) * 1_000_000)) : 0n;
    expect(await receivedAt(stack, 'base', address)).toBe(arrived);
  },
  120_000,
);

test('nothing was paid twice, and our books are those of the companies', async () => {
  await Promise.allSettled(trails.values());
  const paid = (await payments(stack)).filter(({ effective }) => effective);
  const names = paid.flatMap(({ company, operation, reference, amount }) => {
    if (reference?.startsWith('withdrawal:')) return [reference.split(':').slice(1, 3).join(':')];
    // Mint keeps no reference of ours: the amount, which no other withdrawal has, tells whose transfer it is.
    return company === 'mint' && operation === 'mint.createTransfer' ? [`on_ramp of ${Number(amount)}`] : [];
  });
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  await expectCleanLedger(stack.database.pool);
  const { ours, theirs } = await mirrors(stack, customers);
  expect(ours).toEqual(theirs);
}, 180_000);
