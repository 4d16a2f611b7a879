/** The books of a withdrawal: each edge balances, each way back undoes its way out, and nothing is left at the end. */
import fc from 'fast-check';
import { type AccountKind, CHART, type Posting } from '../../domain/funding/ledger.ts';
import * as postings from '../../domain/funding/withdrawal-postings.ts';

const OWNERS = {
  user: 'the-user',
  treasury_wallet: 'the-treasury',
  wallet: 'nobody',
  nothing: undefined,
} as const;
/** Amount and fee in smallest units; the fee never takes all of it. */
const money = fc
  .record({ net: fc.bigInt(1n, 10n ** 15n), fee: fc.bigInt(0n, 10n ** 9n) })
  .map(({ net, fee }) => ({
    ...{ userId: 'the-user', treasuryWalletId: 'the-treasury', net, fee },
    amount: net + fee,
  }));

/** What is left in each account, zeros left out. */
function left(lines: readonly Posting[]): Record<string, bigint> {
  const totals = new Map<string, bigint>();
  for (const { account, amount } of lines) totals.set(account, (totals.get(account) ?? 0n) + BigInt(amount));
  return Object.fromEntries([...totals].filter(([, total]) => total !== 0n));
}

/** The hold that the request posts in the database. */
const held = (given: postings.WithdrawalMoney): Posting[] =>
  postings.released(given).map((line) => ({ ...line, amount: (-BigInt(line.amount)).toString() }));

const UP_TO_THE_TREASURY = [held, postings.brokerWithdrawn, postings.onRampStarted, postings.onRampCompleted];

test.each(Object.entries(postings))(
  '%s balances per asset, and names an owner where there is one',
  (_name, post) => {
    fc.assert(
      fc.property(money, (given) => {
        const perAsset: Record<string, bigint> = {};
        for (const { account, amount, owner } of post(given)) {
          const kind: AccountKind = CHART[account];
          perAsset[kind.asset] = (perAsset[kind.asset] ?? 0n) + BigInt(amount);
          expect(owner).toBe(OWNERS[kind.owner]);
        }
        expect(Object.values(perAsset).filter((sum) => sum !== 0n)).toEqual([]);
      }),
    );
  },
);

test.each([
  ['a released hold', [held, postings.released]],
  ['a journal that the broker took back', [postings.brokerWithdrawn, postings.brokerWithdrawalUndone]],
  ['a corrected journal that was made again', [postings.journalTakenBack, postings.journalMoved]],
  ['a failed conversion', [postings.onRampStarted, postings.onRampFailed]],
  ['a failed transfer', [postings.transferStarted, postings.transferFailed]],
  ['a refund before any USDC was made', [held, postings.brokerWithdrawn, postings.refundedAsDollars]],
  [
    'a dropped transfer that is sent anew',
    [postings.transferReorganised, postings.transferStarted, postings.transferCompleted],
  ],
] as const)('%s leaves nothing behind', (_name, edges) => {
  fc.assert(fc.property(money, (given) => expect(left(edges.flatMap((edge) => edge(given)))).toEqual({})));
});

test('one that arrives leaves the amount gone from the customer, the fee with us, and USDC paid for by Mint', () => {
  fc.assert(
    fc.property(money, (given) => {
      const edges = [...UP_TO_THE_TREASURY, postings.transferStarted, postings.transferCompleted];
      const {
        customer_cash,
        alpaca_customer,
        alpaca_firm,
        mint_balance,
        company_fees = 0n,
        ...rest
      } = left(edges.flatMap((edge) => edge(given)));
      expect({ customer_cash, alpaca_customer, alpaca_firm, mint_balance, company_fees }).toEqual({
        customer_cash: given.amount,
        alpaca_customer: -given.amount,
        alpaca_firm: given.amount,
        mint_balance: -given.net,
        company_fees: -given.fee,
      });
      expect(rest).toEqual({});
    }),
  );
});

test('one refunded from the treasury wallet costs the customer nothing: the USDC is ours for dollars of ours', () => {
  fc.assert(
    fc.property(money, (given) => {
      const edges = [...UP_TO_THE_TREASURY, postings.refundedFromTreasury];
      expect(left(edges.flatMap((edge) => edge(given)))).toEqual({
        mint_balance: -given.net,
        treasury_wallet: given.net,
        company_float_usdc: -given.net,
        company_float: given.net,
      });
    }),
  );
});
