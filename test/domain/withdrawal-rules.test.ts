/** The rules of a request without a server: fees and their rounding, what can leave, how long it takes, names. */
import fc from 'fast-check';
import { sanctionsNameKey } from '../../domain/funding/sanctions.ts';
import { type WithdrawalStanding, withdrawable } from '../../domain/funding/withdrawable.ts';
import { etaOf } from '../../domain/funding/withdrawal-eta.ts';
import { storedFees, withdrawalFee, withdrawalFees } from '../../domain/funding/withdrawal-fee.ts';
import { reaches, withdrawalLimits } from '../../domain/funding/withdrawal-limits.ts';
import { formatUnits, parseUnits } from '../../domain/money.ts';

test.each([
  ['100.00', { flatUsd: '0.20', bps: 10 }, '0.30', '99.70'],
  ['12.34', { flatUsd: '0.20', bps: 10 }, '0.21', '12.13'],
  ['19.99', { flatUsd: '0', bps: 100 }, '0.19', '19.80'],
  ['0.99', { flatUsd: '0', bps: 100 }, '0.00', '0.99'],
  ['50000.00', { flatUsd: '2', bps: 0 }, '2.00', '49998.00'],
])('of %s with %j the fee is %s and %s arrives', (amount, fee, feeUsd, netUsd) => {
  expect(withdrawalFee(amount, fee)).toEqual({ feeUsd, netUsd });
});

test('fee and rest are whole cents that sum up to the amount, and the share is never more than written', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 9n }),
      fc.integer({ min: 0, max: 1000 }),
      fc.integer({ min: 0, max: 1000 }),
      (cents, bps, flatCents) => {
        const [amount, flat] = [cents * 10_000n, BigInt(flatCents) * 10_000n];
        const { feeUsd, netUsd } = withdrawalFee(formatUnits(amount), { flatUsd: formatUnits(flat), bps });
        const [fee, net] = [parseUnits(feeUsd), parseUnits(netUsd)];
        expect(fee + net).toBe(amount);
        expect([fee % 10_000n, net % 10_000n]).toEqual([0n, 0n]);
        expect((fee - flat) * 10_000n).toBeLessThanOrEqual(amount * BigInt(bps));
      },
    ),
  );
});

test('settings that make no sense leave the usual fees and limits, never none', () => {
  const usual = withdrawalFees(null);
  expect(withdrawalFees({ baseFlatUsd: -1, baseBps: 1.5, solanaBps: 99_999 })).toEqual(usual);
  expect(withdrawalFees({ baseFlatUsd: '9.00' }).base).toEqual({ flatUsd: '9.00', bps: usual.base.bps });
  expect(withdrawalFees(storedFees(usual))).toEqual(usual);
  const limits = withdrawalLimits(null);
  const nonsense = { perDayUsd: 'much', perHour: -1, mostUsd: '', companyPerDayUsd: '1.234' };
  expect(withdrawalLimits(nonsense)).toEqual(limits);
  expect(reaches('10000.00', limits.approvalFromUsd)).toBe(true);
  expect(reaches('9999.99', limits.approvalFromUsd)).toBe(false);
});

const STANDING: WithdrawalStanding = {
  status: 'active',
  kyc_status: 'approved',
  cash_units: '100000000',
  held_units: '0',
  unsettled_units: '0',
  receivable_units: '0',
  usage: { day_units: 0, hour_count: 0 },
  paused: false,
};
const LIMITS = withdrawalLimits({ perDayUsd: '80.00', mostUsd: '90.00', perHour: 3 });

test.each([
  ['all is usual', {}, '80.00', ['limit_day']],
  ['little cash', { cash_units: '12345678' }, '12.34', []],
  ['sales that settle tomorrow', { cash_units: '0', unsettled_units: '5000000' }, '0.00', ['unsettled']],
  ['an order under way', { cash_units: '1000000', held_units: '2000000' }, '1.00', ['held']],
  ['something owed', { receivable_units: '1' }, '0.00', ['receivable_open', 'limit_day']],
  ['a suspended account', { status: 'suspended' }, '0.00', ['account_suspended', 'limit_day']],
  ['no identity check', { kyc_status: 'pending' }, '0.00', ['kyc_required', 'limit_day']],
  ['a stopped rail', { paused: true }, '0.00', ['withdrawals_paused', 'limit_day']],
  [
    'three requests in an hour',
    { usage: { day_units: 0, hour_count: 3 } },
    '0.00',
    ['limit_hour', 'limit_day'],
  ],
  ['most of the day used', { usage: { day_units: 79_000_000, hour_count: 1 } }, '1.00', ['limit_day']],
  ['more than the day used', { usage: { day_units: 99_000_000, hour_count: 1 } }, '0.00', ['limit_day']],
] as const)('with %s', (_name, change, withdrawableUsd, codes) => {
  const found = withdrawable({ ...STANDING, ...change }, LIMITS);
  expect(found.withdrawableUsd).toBe(withdrawableUsd);
  expect(found.obstacles.map(({ code }) => code)).toEqual(codes);
  for (const { message } of found.obstacles) expect(message).toMatch(/^[A-Z0-9].*\.$/);
});

test('times are our own where there are enough of them, and a written guess before', () => {
  const measured = { p50_seconds: 61.2, p90_seconds: 300, sample: 20 };
  expect(etaOf('base', measured)).toEqual({ p50_seconds: 62, p90_seconds: 300, sample: 20 });
  expect(etaOf('base', { ...measured, sample: 19 })).toMatchObject({ sample: 0 });
  expect(etaOf('ethereum', { p50_seconds: null, p90_seconds: null, sample: 0 }).p90_seconds).toBe(7200);
});

test.each([
  ['Lovelace, Ada', 'ada lovelace'],
  ['ÁDA  LOVELACE', 'ada lovelace'],
  ['ALVAREZ, José', 'alvarez jose'],
  ['O’Brien-Smith', 'brien o smith'],
  ['Иванов Пётр', 'иванов петр'],
  [' .,- ', ''],
])('the name %j is compared as %j', (name, key) => {
  expect(sanctionsNameKey(name)).toBe(key);
});
