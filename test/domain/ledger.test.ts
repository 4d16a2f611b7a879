/** The chart of accounts and what each step of a deposit posts. */
import fc from 'fast-check';
import {
  brokerFunded,
  offRampCompleted,
  offRampFailed,
  offRampStarted,
} from '../../domain/funding/deposit-postings.ts';
import { type AccountKind, CHART, move, type Posting } from '../../domain/funding/ledger.ts';

const kinds = Object.entries(CHART).map(([name, kind]) => ({ name, ...(kind as AccountKind) }));
const MONEY = { userId: 'the-user', walletId: 'the-wallet', units: 12_340_000n };

describe.each(kinds)('$name', (kind) => {
  test('says in a sentence what it holds', () => {
    expect(kind.means).toMatch(/^[A-Z].*\.$/);
  });

  test('has one row when it is guarded: shards could not see each other', () => {
    if (kind.guarded) expect(kind.shards).toBe(1);
  });

  test('is spread over rows when everybody shares it', () => {
    if (kind.owner === 'nothing') expect(kind.shards).toBeGreaterThan(8);
  });

  test('is guarded when it is a claim of a customer', () => {
    if (kind.name.startsWith('customer_')) expect(kind).toMatchObject({ guarded: true });
  });
});

test('each account means something different', () => {
  expect(new Set(kinds.map((kind) => kind.means)).size).toBe(kinds.length);
});

test('what others hold for us stands on the debit side, what we owe on the credit side', () => {
  const onDebit = kinds.filter((kind) => kind.normal === 'debit').map((kind) => kind.name);
  expect(onDebit.sort()).toEqual([
    'alpaca_customer',
    'alpaca_firm',
    'circle_in_transit',
    'circle_out_transit',
    'circle_wallet',
    'customer_receivable',
    'mint_balance',
    'on_ramp_in_transit',
    'treasury_wallet',
    'wires_in_flight',
  ]);
});

/** Sum per asset; all zero in a good transaction. */
function sums(postings: readonly Posting[]): bigint[] {
  const totals: Record<string, bigint> = {};
  for (const { account, amount } of postings) {
    const { asset } = CHART[account];
    totals[asset] = (totals[asset] ?? 0n) + BigInt(amount);
  }
  return Object.values(totals);
}

test.each(Object.entries({ offRampStarted, offRampFailed, offRampCompleted, brokerFunded }))(
  '%s balances per asset at every amount and names an owner exactly where there is one',
  (_name, postings) => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 18n), (units) => {
        const lines = postings({ ...MONEY, units });
        expect(sums(lines).every((sum) => sum === 0n)).toBe(true);
        for (const line of lines) {
          const owner = { user: 'the-user', wallet: 'the-wallet', nothing: undefined }[
            (CHART[line.account] as AccountKind).owner as 'user' | 'wallet' | 'nothing'
          ];
          expect(line.owner).toBe(owner);
        }
      }),
    );
  },
);

test('a failed conversion takes back exactly what its start posted', () => {
  const net = new Map<string, bigint>();
  for (const { account, amount } of [...offRampStarted(MONEY), ...offRampFailed(MONEY)]) {
    net.set(account, (net.get(account) ?? 0n) + BigInt(amount));
  }
  expect([...net.values()].every((amount) => amount === 0n)).toBe(true);
});

test('a move debits the first account and credits the second', () => {
  expect(move(5n, { account: 'mint_balance' }, { account: 'customer_pending', owner: 'a' })).toEqual([
    { account: 'mint_balance', amount: '5' },
    { account: 'customer_pending', owner: 'a', amount: '-5' },
  ]);
});
