/** Whatever happens to deposits in whatever order: what others hold for us equals what we owe. */
import fc from 'fast-check';
import {
  brokerFunded,
  type DepositMoney,
  offRampCompleted,
  offRampFailed,
  offRampStarted,
} from '../../domain/funding/deposit-postings.ts';
import type { Posting } from '../../domain/funding/ledger.ts';
import { formatUnits, parseUnits } from '../../domain/money.ts';
import {
  addDeposit,
  addUser,
  addWallet,
  balanceOf,
  confirmDeposit,
  expectBooksToBalance,
  type LedgerDatabase,
  openLedgerDatabase,
} from './records.ts';

let database: LedgerDatabase;

beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database.drop());

/** A deposit of the model, with what it should have become. */
interface Modelled {
  readonly id: string;
  readonly wallet: number;
  readonly units: bigint;
  state: string;
  attempt: number;
  /** Whole cents that are converted, as the database said when it was confirmed. */
  cents: bigint;
}

/** One thing that happens: a new transfer, or a push to one of those that are under way. */
type Step =
  | { readonly kind: 'arrive'; readonly wallet: number; readonly units: bigint }
  | { readonly kind: 'go'; readonly which: number; readonly fails: boolean; readonly twice: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('arrive' as const),
    wallet: fc.nat(1),
    // Amounts around the cent are where rounding could go wrong.
    units: fc.oneof(fc.bigInt(1n, 25_000n), fc.bigInt(1n, 5_000_000_000n)),
  }),
  fc.record({ kind: fc.constant('go' as const), which: fc.nat(), fails: fc.boolean(), twice: fc.boolean() }),
);

/** Plays the steps for one customer with two wallets and compares the books with the model all along. */
async function play(steps: readonly Step[], sideBySide: boolean): Promise<void> {
  const userId = await addUser(database);
  const wallets = [await addWallet(database, userId), await addWallet(database, userId, 'polygon')];
  const deposits: Modelled[] = [];

  const move = async (
    deposit: Modelled,
    event: string,
    reference: number,
    postings: Posting[],
  ): Promise<string> => {
    const sql =
      event === 'broker_funded'
        ? 'select (deposit_funded($1, $4)) as facts, $2::text, $3::text'
        : 'select transition($5, $1, $2, $3, $4) as facts';
    const values = [deposit.id, event, String(reference), JSON.stringify({ postings })];
    const [row] = await database.query<{ facts: { status: string } }>(
      sql,
      event === 'broker_funded' ? values : [...values, 'deposit'],
    );
    return row!.facts.status;
  };

  const go = async (deposit: Modelled, fails: boolean): Promise<void> => {
    const money: DepositMoney = { userId, walletId: wallets[deposit.wallet]!, units: deposit.cents };
    if (deposit.state === 'pending_confirmation') {
      const facts = await confirmDeposit(database, deposit.id);
      deposit.state = facts.status;
      deposit.cents = parseUnits(facts.amount_usd!);
    } else if (deposit.state === 'confirmed_on_chain' && deposit.cents > 0n) {
      deposit.attempt += 1;
      deposit.state = await move(deposit, 'off_ramp_started', deposit.attempt, offRampStarted(money));
    } else if (deposit.state === 'off_ramp_initiated') {
      deposit.state = fails
        ? await move(deposit, 'off_ramp_failed', deposit.attempt, offRampFailed(money))
        : await move(deposit, 'off_ramp_completed', 1, offRampCompleted(money));
    } else if (deposit.state === 'off_ramp_complete') {
      deposit.state = await move(deposit, 'broker_funded', 1, brokerFunded(money));
    }
  };

  const pushes: Promise<void>[] = [];
  const busy = new Set<Modelled>();
  for (const next of steps) {
    if (next.kind === 'arrive') {
      const id = await addDeposit(database, wallets[next.wallet]!, formatUnits(next.units));
      deposits.push({
        id,
        wallet: next.wallet,
        units: next.units,
        state: 'pending_confirmation',
        attempt: 0,
        cents: 0n,
      });
      continue;
    }
    const deposit = deposits[next.which % Math.max(deposits.length, 1)];
    if (!deposit || busy.has(deposit)) continue;
    if (sideBySide) {
      busy.add(deposit);
      pushes.push(go(deposit, next.fails).finally(() => busy.delete(deposit)));
    } else {
      const before = { ...deposit };
      await go(deposit, next.fails);
      // A retry tells the same again: it must count once.
      if (next.twice && before.state !== deposit.state) await go({ ...before }, next.fails);
    }
  }
  await Promise.all(pushes);
  await expectClaimsToBeCovered(userId, wallets, deposits);
}

async function expectClaimsToBeCovered(
  userId: string,
  wallets: readonly string[],
  deposits: readonly Modelled[],
): Promise<void> {
  await expectBooksToBalance(database);
  const sum = (chosen: (deposit: Modelled) => boolean, of: (deposit: Modelled) => bigint) =>
    deposits.filter(chosen).reduce((total, deposit) => total + of(deposit), 0n);
  const inStates =
    (...states: string[]) =>
    (deposit: Modelled) =>
      states.includes(deposit.state);
  const credited = (deposit: Modelled) => deposit.state !== 'pending_confirmation';
  const cents = (deposit: Modelled) => deposit.cents;

  for (const [index, wallet] of wallets.entries()) {
    const mine = (deposit: Modelled) => deposit.wallet === index;
    const arrived = sum(
      (d) => mine(d) && credited(d),
      (d) => d.units,
    );
    const setAside = sum((d) => mine(d) && credited(d), cents);
    const left = sum(
      (d) => mine(d) && inStates('off_ramp_initiated', 'off_ramp_complete', 'broker_funded')(d),
      cents,
    );
    expect(await balanceOf(database, 'customer_incoming', wallet)).toBe(arrived - setAside);
    expect(await balanceOf(database, 'circle_wallet', wallet)).toBe(arrived - left);
    // Dust is less than a cent: whole cents never linger.
    expect(arrived - setAside).toBeLessThan(10_000n);
  }
  expect(await balanceOf(database, 'customer_converting', userId)).toBe(
    sum(inStates('confirmed_on_chain', 'off_ramp_initiated'), cents),
  );
  expect(await balanceOf(database, 'customer_pending', userId)).toBe(
    sum(inStates('off_ramp_complete'), cents),
  );
  const funded = sum(inStates('broker_funded'), cents);
  expect(await balanceOf(database, 'customer_cash', userId)).toBe(funded);
  expect(await balanceOf(database, 'alpaca_customer', userId)).toBe(funded);
  const [view] = await database.query('select * from balances where user_id = $1', [userId]);
  expect(parseUnits(view!.buying_power_usd)).toBe(funded);
}

test('in any order, one after the other, with retries', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => play(steps, false)),
    { numRuns: 40 },
  );
});

test('in any order, side by side', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => play(steps, true)),
    { numRuns: 40 },
  );
});

test('in the end Mint and the firm hold what all customers brought, less what they were given', async () => {
  const completed = await database.query<{ units: string }>(
    `select coalesce(sum(amount_usd) * 1000000, 0)::bigint as units from deposits
     where status in ('off_ramp_complete', 'broker_funded') and waiting_for is null`,
  );
  expect(await balanceOf(database, 'mint_balance')).toBe(BigInt(completed[0]!.units));
  const given = await database.query<{ units: string }>(
    "select coalesce(sum(amount_usd) * 1000000, 0)::bigint as units from deposits where status = 'broker_funded'",
  );
  expect(await balanceOf(database, 'alpaca_firm')).toBe(-BigInt(given[0]!.units));
});
