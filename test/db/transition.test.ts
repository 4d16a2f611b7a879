/** One writer of every status: it moves along declared edges only, once, and writes all of it or nothing. */
import { randomUUID } from 'node:crypto';
import { annotate, type OperationEntry, type TransitionDetails, transition } from '../../db/transition.ts';
import type { OperationState } from '../../domain/provider-operation.ts';
import {
  addDeposit,
  addUser,
  addWallet,
  balanceOf,
  confirmDeposit,
  count,
  expectBooksToBalance,
  type LedgerDatabase,
  openLedgerDatabase,
  units,
} from './records.ts';

let database: LedgerDatabase;
let userId: string;
let walletId: string;
let depositId: string;

beforeAll(async () => {
  database = await openLedgerDatabase();
});
beforeEach(async () => {
  userId = await addUser(database);
  walletId = await addWallet(database, userId);
  depositId = await addDeposit(database, walletId, '10.00');
  await confirmDeposit(database, depositId);
});
afterEach(() => expectBooksToBalance(database));
afterAll(() => database.drop());

const operation = (state: OperationState, more: Partial<OperationEntry> = {}): OperationEntry => ({
  step: 'off_ramp:1',
  provider: 'circle',
  key: randomUUID(),
  state,
  ...more,
});

const offRampStarted = (): TransitionDetails => ({
  patch: { circle_transfer_ref: 'circle-transfer-1', off_ramp_initiated_at: new Date().toISOString() },
  evidence: { circle_transfer: 'circle-transfer-1' },
  operations: [operation('accepted', { reference: 'circle-transfer-1' })],
  notice: { kind: 'deposit.off_ramp_initiated', body: 'Your USDC is being converted to dollars.' },
  postings: [
    { account: 'circle_in_transit', amount: units('10.00') },
    { account: 'circle_wallet', owner: walletId, amount: units('-10.00') },
  ],
});

const start = (details = offRampStarted(), reference = '1') =>
  transition(database, 'deposit', depositId, 'off_ramp_started', reference, details);

/** What the database holds about the deposit, to see that a refused transition left nothing. */
async function everythingOfDeposit(): Promise<unknown> {
  const of = async (sql: string) => database.query(sql, [depositId]);
  return {
    deposit: await of('select * from deposits where id = $1'),
    events: await of('select * from lifecycle_events where subject_id = $1 order by id'),
    operations: await of('select * from provider_operations where subject_id = $1'),
    notices: await of('select * from notifications where subject_id = $1'),
    reviews: await of('select * from reviews where subject_id = $1'),
    ledger: await of('select * from ledger_transactions where subject_id = $1 order by id'),
    wallet: await balanceOf(database, 'circle_wallet', walletId),
  };
}

/** The confirmation before has a notice of its own. */
const NOTICES_OF_START = `notifications where kind = 'deposit.off_ramp_initiated' and subject_id = $1`;

/** The state that the deposit's off-ramp operation stands in. */
async function operationState(): Promise<string> {
  const [row] = await database.query<{ state: string }>(
    'select state from provider_operations where subject_id = $1',
    [depositId],
  );
  return row!.state;
}

test('one round trip moves the row and writes the event, the operation, the notice and the postings', async () => {
  const before = database.roundTrips();
  expect(await start()).toEqual({ moved: true, status: 'off_ramp_initiated' });
  expect(database.roundTrips() - before).toBe(1);

  const [deposit] = await database.query('select * from deposits where id = $1', [depositId]);
  expect(deposit).toMatchObject({ status: 'off_ramp_initiated', circle_transfer_ref: 'circle-transfer-1' });
  expect(deposit!.updated_at.getTime()).toBeGreaterThan(deposit!.created_at.getTime());
  const events = await database.query(
    `select event, reference, from_state, to_state, user_id, evidence
     from lifecycle_events where subject_id = $1 order by id`,
    [depositId],
  );
  expect(events.map((event) => event.event)).toEqual(['seen', 'confirmed', 'off_ramp_started']);
  expect(events[2]).toEqual({
    event: 'off_ramp_started',
    reference: '1',
    from_state: 'confirmed_on_chain',
    to_state: 'off_ramp_initiated',
    user_id: userId,
    evidence: { circle_transfer: 'circle-transfer-1' },
  });
  expect(await operationState()).toBe('accepted');
  expect(await count(database, `${NOTICES_OF_START} and user_id = $2`, [depositId, userId])).toBe(1);
  expect(await balanceOf(database, 'circle_wallet', walletId)).toBe(0n);
});

test('an event that the state does not take is refused and changes nothing', async () => {
  const before = await everythingOfDeposit();
  await expect(
    transition(database, 'deposit', depositId, 'broker_funded', '1', offRampStarted()),
  ).rejects.toMatchObject({
    code: 'SL001',
    message: 'a deposit in state confirmed_on_chain does not take the event broker_funded',
  });
  expect(await everythingOfDeposit()).toEqual(before);
});

test('a row that does not exist is refused', async () => {
  await expect(transition(database, 'deposit', randomUUID(), 'confirmed', '1', {})).rejects.toMatchObject({
    code: 'SL005',
  });
  await expect(annotate(database, 'deposit', randomUUID(), {})).rejects.toMatchObject({ code: 'SL005' });
});

test('a patch that is refused is told by its columns, never by what it says', async () => {
  const details = { ...offRampStarted(), patch: { colour: 'Ada Lovelace', status: 'failed' } };
  await expect(start(details)).rejects.toMatchObject({
    code: 'SL001',
    message: 'a patch of a deposit writes only to columns beside the state, not to colour, status',
  });
});

test.each<[string, () => TransitionDetails, string]>([
  [
    'unbalanced postings',
    () => ({ ...offRampStarted(), postings: offRampStarted().postings!.slice(0, 1) }),
    'SL003',
  ],
  [
    'a guarded account that would pass zero',
    () => ({
      ...offRampStarted(),
      postings: [
        { account: 'circle_in_transit', amount: units('10.01') },
        { account: 'circle_wallet', owner: walletId, amount: units('-10.01') },
      ],
    }),
    'SL004',
  ],
  [
    'a column that the table does not have',
    () => ({ ...offRampStarted(), patch: { colour: 'red' } }),
    '42703',
  ],
  [
    'an operation in a state that is none',
    () => ({ ...offRampStarted(), operations: [operation('lost' as OperationState)] }),
    '22P02',
  ],
])('all or nothing: %s leave no event, no notice, no operation', async (_what, details, code) => {
  const before = await everythingOfDeposit();
  await expect(
    start({ ...details(), review: { reason: 'x', detail: 'X.', due_seconds: 60 } }),
  ).rejects.toMatchObject({
    code,
  });
  expect(await everythingOfDeposit()).toEqual(before);
});

describe('the same event with the same reference', () => {
  test('is recorded once', async () => {
    await start();
    const before = await everythingOfDeposit();
    expect(await start()).toEqual({ moved: false, status: 'off_ramp_initiated' });
    expect(await everythingOfDeposit()).toEqual(before);
  });

  test('is recorded once when twenty say it at the same time', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => start()));
    expect(results.filter((result) => result.moved)).toHaveLength(1);
    expect(await balanceOf(database, 'circle_wallet', walletId)).toBe(0n);
    expect(await count(database, NOTICES_OF_START, [depositId])).toBe(1);
  });

  test('answers where the row stands now, however far it went on', async () => {
    await start();
    await transition(database, 'deposit', depositId, 'off_ramp_failed', '1', {
      postings: [
        { account: 'circle_wallet', owner: walletId, amount: units('10.00') },
        { account: 'circle_in_transit', amount: units('-10.00') },
      ],
    });
    expect(await start()).toEqual({ moved: false, status: 'confirmed_on_chain' });
    expect(await balanceOf(database, 'circle_wallet', walletId)).toBe(10_000_000n);
    expect(await start(offRampStarted(), '2')).toEqual({ moved: true, status: 'off_ramp_initiated' });
    expect(await balanceOf(database, 'circle_wallet', walletId)).toBe(0n);
  });
});

describe('an operation at a provider', () => {
  const words: [OperationState[], OperationState][] = [
    [['intended', 'accepted', 'succeeded'], 'succeeded'],
    [['succeeded', 'accepted'], 'succeeded'],
    [['succeeded', 'unknown'], 'succeeded'],
    [['succeeded', 'intended'], 'succeeded'],
    [['failed', 'accepted'], 'failed'],
    [['failed', 'unknown'], 'failed'],
    [['failed', 'intended'], 'failed'],
    [['accepted', 'intended'], 'accepted'],
    [['unknown', 'intended'], 'unknown'],
    [['intended', 'unknown', 'accepted'], 'accepted'],
    [['unknown', 'succeeded'], 'succeeded'],
    [['unknown', 'failed'], 'failed'],
  ];
  test.each(words)('that was said to be %j stands at %s', async (said, stands) => {
    const entry = operation('intended');
    for (const state of said) {
      await annotate(database, 'deposit', depositId, { operations: [{ ...entry, state }] });
    }
    expect(await operationState()).toBe(stands);
  });

  test('keeps its reference and its hash when a later word leaves them out', async () => {
    const entry = operation('accepted', { reference: 'ref-1', tx_hash: '0xabc', error: 'slow' });
    await annotate(database, 'deposit', depositId, { operations: [entry] });
    await annotate(database, 'deposit', depositId, {
      operations: [{ step: entry.step, provider: entry.provider, key: entry.key, state: 'succeeded' }],
    });
    const [row] = await database.query('select * from provider_operations where subject_id = $1', [
      depositId,
    ]);
    expect(row).toMatchObject({
      provider_reference: 'ref-1',
      tx_hash: '0xabc',
      last_error: 'slow',
      idempotency_key: entry.key,
      state: 'succeeded',
    });
  });

  test('never shares its idempotency key with another one', async () => {
    const key = randomUUID();
    await annotate(database, 'deposit', depositId, { operations: [operation('accepted', { key })] });
    await expect(
      annotate(database, 'deposit', depositId, {
        operations: [operation('accepted', { key, step: 'off_ramp:2' })],
      }),
    ).rejects.toMatchObject({ code: '23505' });
  });
});

describe('a review', () => {
  const review = { reason: 'off_ramp_stuck', detail: 'Circle does not answer.', due_seconds: 3600 };

  test('is opened once for a reason while it is open', async () => {
    await annotate(database, 'deposit', depositId, { review });
    await annotate(database, 'deposit', depositId, { review });
    expect(await count(database, 'reviews where subject_id = $1 and user_id = $2', [depositId, userId])).toBe(
      1,
    );
    const [row] = await database.query(
      'select extract(epoch from due_at - opened_at)::int as seconds from reviews where subject_id = $1',
      [depositId],
    );
    expect(row!.seconds).toBe(3600);
  });

  test('is overtaken when the deposit moves on by itself', async () => {
    await annotate(database, 'deposit', depositId, { review });
    await start();
    const [row] = await database.query(
      'select decision, decided_by, decided_at from reviews where subject_id = $1',
      [depositId],
    );
    expect(row).toMatchObject({ decision: 'overtaken', decided_by: null, decided_at: expect.any(Date) });
  });

  test('is decided once, by whoever comes first', async () => {
    await annotate(database, 'deposit', depositId, { review });
    const [open] = await database.query<{ id: string }>('select id from reviews where subject_id = $1', [
      depositId,
    ]);
    const decide = (decision: string) =>
      database.query<{ decided: boolean }>('select decide_review($1, $2, $3, $4, $5) as decided', [
        open!.id,
        decision,
        userId,
        'seen',
        'request-1',
      ]);
    const answers = (await Promise.all([decide('retry'), decide('refund')])).map(([row]) => row!.decided);
    expect(answers.sort()).toEqual([false, true]);
    // The same request again hears what it heard: its first answer may have been lost.
    const again = (await Promise.all([decide('retry'), decide('refund')])).map(([row]) => row!.decided);
    expect(again.sort()).toEqual([false, true]);
    expect(await count(database, 'reviews where id = $1 and decided_by = $2', [open!.id, userId])).toBe(1);
  });
});

test('a note changes columns without moving the row or adding an event', async () => {
  const events = await count(database, 'lifecycle_events where subject_id = $1', [depositId]);
  expect(await annotate(database, 'deposit', depositId, { patch: { waiting_for: 'float' } })).toEqual({
    moved: false,
    status: 'confirmed_on_chain',
  });
  const [row] = await database.query('select waiting_for from deposits where id = $1', [depositId]);
  expect(row!.waiting_for).toBe('float');
  expect(await count(database, 'lifecycle_events where subject_id = $1', [depositId])).toBe(events);
});

test('the status never hides in a patch', async () => {
  await expect(
    annotate(database, 'deposit', depositId, { patch: { status: 'off_ramp_initiated' } }),
  ).rejects.toMatchObject({ code: 'SL001' });
  await expect(start({ ...offRampStarted(), patch: { status: 'refunded' } })).rejects.toMatchObject({
    code: 'SL001',
  });
});

test('the inbound events that it used up are marked, also when the move was made before', async () => {
  const store = async () => {
    const [row] = await database.query<{ id: string }>('select store_event($1) as id', [
      JSON.stringify({
        provider: 'circle',
        provider_event_id: randomUUID(),
        kind: 'circle.outbound',
        payload: {},
        message: {},
      }),
    ]);
    return row!.id;
  };
  const [first, second] = [await store(), await store()];
  await start({ ...offRampStarted(), inbound: [first] });
  await start({ ...offRampStarted(), inbound: [second] });
  expect(await count(database, 'inbound_events where processed_at is not null')).toBe(2);
});
