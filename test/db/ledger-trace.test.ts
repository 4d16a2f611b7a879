/** Which money is which: from the chain transaction that brought it, through every account, to the one that took it. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { customerPostings, moneyEvidence, ownerOfMoney } from '../../db/funding/ledger-trace-queries.ts';
import { brokerFunded, offRampCompleted, offRampStarted } from '../../domain/funding/deposit-postings.ts';
import { move, type Posting } from '../../domain/funding/ledger.ts';
import { type CustomerPosting, traceMoney } from '../../domain/funding/ledger-trace.ts';
import {
  answerTrace,
  type TraceAnswer,
  type TraceQuestion,
} from '../../domain/funding/ledger-trace-answer.ts';
import * as withdrawn from '../../domain/funding/withdrawal-postings.ts';
import { formatUnits, parseUnits } from '../../domain/money.ts';
import {
  addDeposit,
  addUser,
  addWallet,
  confirmDeposit,
  type LedgerDatabase,
  openLedgerDatabase,
} from './records.ts';

let database: LedgerDatabase;
beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database.drop());

interface Person {
  readonly id: string;
  readonly wallet: string;
}

async function person(): Promise<Person> {
  const id = await addUser(database);
  return { id, wallet: await addWallet(database, id) };
}

/** Posts one step of a lifecycle as its own functions do. */
async function step(
  lifecycle: string,
  id: string,
  event: string,
  postings: readonly Posting[],
): Promise<void> {
  await database.query('select ledger_post($1, $2, $3, $4, $5)', [
    `${lifecycle}:${id}:${event}:1`,
    lifecycle,
    id,
    event,
    JSON.stringify(postings),
  ]);
}

/** USDC arrives and becomes buying power. */
async function deposit({ id: userId, wallet: walletId }: Person, amount: string): Promise<string> {
  const id = await addDeposit(database, walletId, amount);
  const { amount_usd } = await confirmDeposit(database, id);
  if (amount_usd === '0.00') return id;
  const money = { userId, walletId, units: parseUnits(amount_usd!) };
  await step('deposit', id, 'off_ramp_started', offRampStarted(money));
  await step('deposit', id, 'off_ramp_completed', offRampCompleted(money));
  await step('deposit', id, 'broker_funded', brokerFunded(money));
  return id;
}

interface Withdrawal {
  readonly id: string;
  readonly money: withdrawn.WithdrawalMoney;
}

/** A request: the amount is held. */
async function request({ id: userId }: Person, amount: string, fee = '1'): Promise<Withdrawal> {
  const id = randomUUID();
  const net = parseUnits(amount) - parseUnits(fee);
  const money = {
    userId,
    amount: parseUnits(amount),
    fee: parseUnits(fee),
    net,
    treasuryWalletId: randomUUID(),
  };
  await database.query(
    `insert into withdrawals (id, user_id, chain, destination_address, amount_usd, fee_usd, net_usd, tx_hash)
     values ($1, $2, 'base', '0xdestination', $3, $4, $5, $6)`,
    [id, userId, amount, fee, formatUnits(net), `0xout-${id}`],
  );
  await step(
    'withdrawal',
    id,
    'requested',
    move(
      money.amount,
      { account: 'customer_cash', owner: userId },
      { account: 'customer_held', owner: userId },
    ),
  );
  return { id, money };
}

async function pay({ id, money }: Withdrawal): Promise<void> {
  await step('withdrawal', id, 'broker_withdrawal_completed', withdrawn.brokerWithdrawn(money));
  await step('withdrawal', id, 'on_ramp_started', withdrawn.onRampStarted(money));
  await step('withdrawal', id, 'on_ramp_completed', withdrawn.onRampCompleted(money));
  await step('withdrawal', id, 'transfer_started', withdrawn.transferStarted(money));
  await step('withdrawal', id, 'completed', withdrawn.transferCompleted(money));
}

async function trace(userId: string, question: TraceQuestion): Promise<TraceAnswer> {
  return answerTrace(traceMoney(await customerPostings(database, userId)), question);
}

const of = (lifecycle: string, id: string): TraceQuestion => ({ of: 'lifecycle', lifecycle, id });
const sources = ({ sources: all }: TraceAnswer) =>
  all.map(({ units, origin }) => [origin.subject_id, formatUnits(units)]);
const places = ({ places: all }: TraceAnswer) =>
  all.map(({ units, account, moved }) => [
    account ?? `left by ${moved.event}`,
    moved.subject_id,
    formatUnits(units),
  ]);

test('a withdrawal is fed by the oldest deposits, down to their chain transactions', async () => {
  const ada = await person();
  const first = await deposit(ada, '30');
  const second = await deposit(ada, '50');
  const out = await request(ada, '45');
  await pay(out);

  const answer = await trace(ada.id, of('withdrawal', out.id));
  expect(sources(answer)).toEqual([
    [first, '30.00'],
    [second, '15.00'],
  ]);
  expect(places(answer)).toEqual([
    ['left by completed', out.id, '30.00'],
    ['left by broker_withdrawal_completed', out.id, '1.00'],
    ['left by completed', out.id, '14.00'],
  ]);
  const evidence = await moneyEvidence(database, [first, second, out.id]);
  expect(evidence).toHaveLength(3);
  expect(evidence.find(({ id }) => id === first)).toMatchObject({
    tx_hash: `0x${first.replaceAll('-', '')}`,
    references: { circle_transaction_id: `tx-${first}` },
  });
  expect(evidence.find(({ id }) => id === out.id)).toMatchObject({ tx_hash: `0xout-${out.id}` });
});

test('a deposit tells where it went: what is spent, what is held, what is left', async () => {
  const ada = await person();
  const first = await deposit(ada, '100');
  const paid = await request(ada, '20');
  await pay(paid);
  const held = await request(ada, '30');
  const answer = await trace(ada.id, of('deposit', first));
  expect(sources(answer)).toEqual([[first, '100.00']]);
  expect(places(answer)).toEqual([
    ['customer_cash', first, '50.00'],
    ['left by broker_withdrawal_completed', paid.id, '1.00'],
    ['left by completed', paid.id, '19.00'],
    ['customer_held', held.id, '30.00'],
  ]);
  expect(sources(await trace(ada.id, { of: 'user' }))).toEqual([[first, '80.00']]);
});

test('dust keeps the deposit it came with, and is named in the one that takes it along', async () => {
  const ada = await person();
  const dust = await deposit(ada, '0.004');
  const next = await deposit(ada, '10.008');
  expect(sources(await trace(ada.id, of('deposit', next)))).toEqual([
    [dust, '0.002'],
    [next, '10.008'],
  ]);
  expect(places(await trace(ada.id, of('deposit', dust)))).toEqual([
    ['customer_incoming', dust, '0.002'],
    ['customer_cash', next, '0.002'],
  ]);
});

test('two withdrawals at once keep apart what each has held', async () => {
  const ada = await person();
  const [first, second] = [await deposit(ada, '10'), await deposit(ada, '10')];
  const one = await request(ada, '10');
  const two = await request(ada, '10');
  await pay(two);
  await pay(one);
  expect(sources(await trace(ada.id, of('withdrawal', one.id)))).toEqual([[first, '10.00']]);
  expect(sources(await trace(ada.id, of('withdrawal', two.id)))).toEqual([[second, '10.00']]);
  expect(places(await trace(ada.id, of('deposit', second))).every(([, by]) => by === two.id)).toBe(true);
});

test('what is canceled goes back to its place in the queue', async () => {
  const ada = await person();
  const [first, second] = [await deposit(ada, '10'), await deposit(ada, '10')];
  const canceled = await request(ada, '10');
  await step('withdrawal', canceled.id, 'canceled', withdrawn.released(canceled.money));
  const out = await request(ada, '15');
  expect(sources(await trace(ada.id, of('withdrawal', out.id)))).toEqual([
    [first, '10.00'],
    [second, '5.00'],
  ]);
});

test.each([
  ['as dollars', withdrawn.refundedAsDollars, false],
  ['from the treasury wallet', withdrawn.refundedFromTreasury, true],
])('a refund %s gives back the very units, the fee among them', async (_, refunded, minted) => {
  const ada = await person();
  const first = await deposit(ada, '50');
  const out = await request(ada, '20');
  await step('withdrawal', out.id, 'broker_withdrawal_completed', withdrawn.brokerWithdrawn(out.money));
  if (minted) {
    await step('withdrawal', out.id, 'on_ramp_started', withdrawn.onRampStarted(out.money));
    await step('withdrawal', out.id, 'on_ramp_completed', withdrawn.onRampCompleted(out.money));
  }
  await step('withdrawal', out.id, 'refunded', refunded(out.money));
  expect(sources(await trace(ada.id, { of: 'user' }))).toEqual([[first, '50.00']]);
  expect(places(await trace(ada.id, { of: 'user' }))).toEqual([
    ['customer_cash', first, '30.00'],
    ['customer_cash', out.id, '20.00'],
  ]);
});

test('a payment that the chain took back is owed again out of the same units', async () => {
  const ada = await person();
  const first = await deposit(ada, '50');
  const out = await request(ada, '20');
  await pay(out);
  await step('withdrawal', out.id, 'reorganised', withdrawn.transferReorganised(out.money));
  expect(places(await trace(ada.id, of('deposit', first)))).toEqual([
    ['customer_cash', first, '30.00'],
    ['left by broker_withdrawal_completed', out.id, '1.00'],
    ['customer_outgoing', out.id, '19.00'],
  ]);
});

test('a clawback takes the deposit’s own dollars; what was spent of them is owed', async () => {
  const ada = await person();
  const first = await deposit(ada, '50');
  const second = await deposit(ada, '5');
  await request(ada, '20', '0.50');
  await database.query(`select transition('deposit', $1, 'off_ramp_started', '1', '{}')`, [first]);
  await database.query(`select transition('deposit', $1, 'off_ramp_completed', '1', '{}')`, [first]);
  await database.query(`select transition('deposit', $1, 'broker_funded', '1', '{}')`, [first]);
  await database.query(`select deposit_returned($1, '{}')`, [first]);
  const answer = await trace(ada.id, { of: 'user' });
  expect(places(answer).filter(([account]) => account === 'customer_pending')).toEqual([
    ['customer_pending', first, '30.00'],
    ['customer_pending', first, '5.00'],
    ['customer_pending', first, '15.00'],
  ]);
  expect(sources(answer)).toEqual([
    [first, '50.00'],
    [second, '5.00'],
    [first, '15.00'],
  ]);
});

test('one ledger transaction shows the units that it moved', async () => {
  const ada = await person();
  const first = await deposit(ada, '10');
  const [row] = await database.query<{ id: string }>(
    'select id from ledger_transactions where reference = $1',
    [`deposit:${first}:broker_funded:1`],
  );
  expect(await ownerOfMoney(database, { transactionId: row!.id })).toBe(ada.id);
  const { movements } = await trace(ada.id, { of: 'transaction', id: String(row!.id) });
  expect(movements).toMatchObject([
    {
      from: 'customer_pending',
      to: 'customer_cash',
      units: 10_000_000n,
      origin: { subject_id: first, event: 'confirmed' },
    },
  ]);
});

test('a transaction that took its number before the one it lived on is followed after it', () => {
  const posting = (
    id: string,
    account: 'customer_cash' | 'customer_held',
    grows: bigint,
  ): CustomerPosting => ({
    transaction_id: id,
    ...{ lifecycle: 'test', subject_id: null, event: 'tested', at: '', account_id: account, account, grows },
  });
  const { held } = traceMoney([
    posting('1', 'customer_cash', -5n),
    posting('1', 'customer_held', 5n),
    posting('2', 'customer_cash', 7n),
  ]);
  expect(held).toMatchObject([
    { account: 'customer_cash', units: 2n, origin: { transaction_id: '2' } },
    { account: 'customer_held', units: 5n, origin: { transaction_id: '2' } },
  ]);
});

test('no unit is made or lost, whatever moves', () => {
  const move = fc.record({
    who: fc.integer({ min: 0, max: 4 }),
    from: fc.integer({ min: -1, max: 3 }),
    to: fc.integer({ min: -1, max: 3 }),
    units: fc.bigInt({ min: 1n, max: 50n }),
  });
  const kinds = ['customer_pending', 'customer_cash', 'customer_held', 'customer_outgoing'] as const;
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const balances = [0n, 0n, 0n, 0n];
      const postings: CustomerPosting[] = [];
      for (const [index, { who, from, to, units }] of moves.entries()) {
        if (from === to || (from >= 0 && balances[from]! < units)) continue;
        const step = {
          transaction_id: String(index),
          lifecycle: 'test',
          subject_id: `${who}`,
          event: 'moved',
          at: '',
        };
        for (const [account, grows] of [
          [from, -units],
          [to, units],
        ] as const) {
          if (account < 0) continue;
          balances[account]! += grows;
          postings.push({ ...step, account_id: `${account}`, account: kinds[account]!, grows });
        }
      }
      const { held, left, movements } = traceMoney(postings);
      const sum = (lots: readonly { units: bigint }[]) =>
        lots.reduce((total, { units }) => total + units, 0n);
      expect(kinds.map((kind) => sum(held.filter(({ account }) => account === kind)))).toEqual(balances);
      // Each unit that is here or has left was brought by the transaction that it names, and by no other.
      const brought = new Map<string, bigint>();
      for (const { origin, moved, from, units } of movements) {
        if (origin === moved && from === undefined) {
          brought.set(origin.transaction_id, (brought.get(origin.transaction_id) ?? 0n) + units);
        }
      }
      for (const { origin, units } of [...held, ...left]) {
        brought.set(origin.transaction_id, (brought.get(origin.transaction_id) ?? 0n) - units);
      }
      expect([...brought.values()].every((rest) => rest === 0n)).toBe(true);
    }),
  );
});
