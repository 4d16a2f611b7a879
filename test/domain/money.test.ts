/** Exact money: nothing is created or lost between text, units and cents. */
import fc from 'fast-check';
import { floorToCents, formatUnits, parseUnits, UNITS_PER_CENT } from '../../domain/money.ts';

const units = fc.bigInt(-(10n ** 24n), 10n ** 24n);

test.each([
  ['0', 0n],
  ['1', 1_000_000n],
  ['1.5', 1_500_000n],
  ['-0.000001', -1n],
  ['0.1', 100_000n],
  ['9007199254740993.000001', 9_007_199_254_740_993_000_001n],
  ['12.340000000000000000', 12_340_000n],
  ['007.10', 7_100_000n],
])('parses %s', (text, expected) => {
  expect(parseUnits(text)).toBe(expected);
});

test.each([
  '',
  ' ',
  '.5',
  '5.',
  '1e3',
  '1,5',
  '+1',
  '--1',
  '0x1',
  'NaN',
  'Infinity',
  '1.2.3',
  ' 1',
  '1 ',
  '1\n',
  '١',
])('refuses %j', (text) => {
  expect(() => parseUnits(text)).toThrow(RangeError);
});

test('refuses more decimals than the asset has instead of rounding them', () => {
  expect(() => parseUnits('0.0000001')).toThrow('more than 6 decimals');
  expect(parseUnits('0.0000010')).toBe(1n);
});

test.each([
  [0n, '0.00'],
  [1n, '0.000001'],
  [-1n, '-0.000001'],
  [10_000n, '0.01'],
  [1_500_000n, '1.50'],
  [-1_234_567n, '-1.234567'],
  [1_000_000_000_000n, '1000000.00'],
])('formats %s units as %s', (amount, expected) => {
  expect(formatUnits(amount)).toBe(expected);
});

test('formats with as few decimals as asked for, never fewer than there are', () => {
  expect(formatUnits(1_000_000n, 0)).toBe('1');
  expect(formatUnits(1_100_000n, 0)).toBe('1.1');
  expect(formatUnits(1_100_000n, 6)).toBe('1.100000');
});

test('text and units are the same thing in two spellings', () => {
  fc.assert(
    fc.property(units, fc.nat(6), (amount, decimals) => {
      expect(parseUnits(formatUnits(amount, decimals))).toBe(amount);
    }),
  );
});

test('a plain decimal comes back as the same number', () => {
  const decimal = fc
    .tuple(fc.boolean(), fc.bigInt(0n, 10n ** 15n), fc.nat(999_999))
    .map(
      ([negative, whole, fraction]) => `${negative ? '-' : ''}${whole}.${String(fraction).padStart(6, '0')}`,
    );
  fc.assert(
    fc.property(decimal, (text) => {
      const negativeZero = /^-0\.0+$/.test(text);
      expect(formatUnits(parseUnits(text), 6)).toBe(negativeZero ? text.slice(1) : text);
    }),
  );
});

test('parsing adds up like the amounts do', () => {
  fc.assert(
    fc.property(units, units, (a, b) => {
      expect(parseUnits(formatUnits(a)) + parseUnits(formatUnits(b))).toBe(parseUnits(formatUnits(a + b)));
    }),
  );
});

test('whole cents and the rest are the amount; the rest is below a cent; no money appears', () => {
  fc.assert(
    fc.property(units, (amount) => {
      const cents = floorToCents(amount);
      const rest = amount - cents;
      const size = (value: bigint) => (value < 0n ? -value : value);
      expect(cents % UNITS_PER_CENT).toBe(0n);
      expect(size(rest)).toBeLessThan(UNITS_PER_CENT);
      expect(size(cents)).toBeLessThanOrEqual(size(amount));
      expect(floorToCents(cents)).toBe(cents);
    }),
  );
});

test('cents taken from many amounts never exceed the cents of their sum', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt(0n, 10n ** 12n)), (amounts) => {
      const sum = amounts.reduce((total, amount) => total + amount, 0n);
      const taken = amounts.reduce((total, amount) => total + floorToCents(amount), 0n);
      expect(taken).toBeLessThanOrEqual(floorToCents(sum));
    }),
  );
});
