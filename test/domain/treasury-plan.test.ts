/** Which wires the floats need, and what the forecast says of them. */
import fc from 'fast-check';
import { type Float, forecast } from '../../domain/funding/float.ts';
import { planWires, type WireUnderWay } from '../../domain/funding/treasury-plan.ts';

const NOW = new Date('2026-03-10T15:00:00Z');
const OPTIONS = { now: NOW, minimum: 1_000_000_000n };
const dollars = (amount: number): bigint => BigInt(Math.round(amount * 100)) * 10_000n;

function float(account: Float['account'], reported: number, more: Partial<Float> = {}): Float {
  return {
    account,
    reported: dollars(reported),
    ...{ unbooked: 0n, out: 0n, in: 0n, arriving: 0n, arrivingInTime: 0n, leaving: 0n, drawPerHour: 0n },
    ...{ low: dollars(5_000), target: dollars(20_000), high: dollars(100_000) },
    refillAt: new Date('2026-03-10T19:00:00Z'),
    ...more,
  };
}
const firm = (reported: number, more: Partial<Float> = {}) => float('alpaca_firm', reported, more);
const mint = (reported: number, more: Partial<Float> = {}) => float('mint_balance', reported, more);
const underWay = (kind: WireUnderWay['kind'], more: Partial<WireUnderWay> = {}): WireUnderWay => ({
  ...{ kind, chain: null, status: 'sent', waiting_for: null },
  ...more,
});

test('floats within their bounds need nothing', () => {
  expect(planWires([firm(10_000), mint(10_000)], [], OPTIONS)).toEqual([]);
});

test('a float below its low mark is filled to its target, and the reason says so with figures', () => {
  expect(planWires([firm(4_000), mint(50_000)], [], OPTIONS)).toEqual([
    {
      kind: 'mint_to_alpaca',
      chain: null,
      amount: dollars(16_000),
      reason:
        'The firm account at Alpaca will stand at 4000.00, below its low mark of 5000.00; its target is 20000.00.',
    },
  ]);
});

test('the other place keeps its own low mark', () => {
  expect(planWires([firm(0), mint(12_000)], [], OPTIONS)).toMatchObject([{ amount: dollars(7_000) }]);
});

test('too little to be worth a wire stays where it is', () => {
  expect(planWires([firm(0), mint(5_900)], [], OPTIONS)).toEqual([]);
});

test('what deposits draw and withdrawals bring is netted before a wire is planned', () => {
  const draws = { out: dollars(30_000) };
  expect(planWires([firm(20_000, draws), mint(90_000)], [], OPTIONS)).toMatchObject([
    { kind: 'mint_to_alpaca', amount: dollars(30_000) },
  ]);
  expect(planWires([firm(20_000, { ...draws, in: dollars(30_000) }), mint(90_000)], [], OPTIONS)).toEqual([]);
});

test('a wire on its way counts as arriving: the same need is not served twice', () => {
  const served = firm(4_000, { arriving: dollars(16_000) });
  expect(planWires([served, mint(34_000)], [underWay('mint_to_alpaca')], OPTIONS)).toEqual([]);
});

test('the usual draw until a wire could arrive is covered as well', () => {
  const drawn = firm(10_000, { drawPerHour: dollars(2_000) });
  expect(planWires([drawn, mint(90_000)], [], OPTIONS)).toMatchObject([{ amount: dollars(18_000) }]);
});

test('what lies above the high mark goes where there is room for it', () => {
  expect(planWires([firm(20_000), mint(150_000)], [], OPTIONS)).toMatchObject([
    { kind: 'mint_to_alpaca', amount: dollars(80_000) },
  ]);
  expect(planWires([firm(150_000), mint(20_000)], [], OPTIONS)).toMatchObject([
    { kind: 'alpaca_to_mint', amount: dollars(80_000) },
  ]);
});

test('never two wires in opposite directions at once', () => {
  expect(planWires([firm(150_000), mint(0)], [underWay('mint_to_alpaca')], OPTIONS)).toEqual([]);
});

test('while a wire is just being ordered, its place is not judged', () => {
  const wallet = float('treasury_wallet:base', 50_000);
  const leaving = underWay('mint_to_wallet', { chain: 'base', status: 'planned' });
  expect(planWires([firm(50_000), mint(0), wallet], [leaving], OPTIONS)).toEqual([]);
});

test('a treasury wallet is filled from Mint, and gives back what is too much', () => {
  const wallet = (reported: number) =>
    float('treasury_wallet:base', reported, {
      low: dollars(2_000),
      target: dollars(4_000),
      high: dollars(8_000),
    });
  expect(planWires([firm(20_000), mint(50_000), wallet(500)], [], OPTIONS)).toMatchObject([
    { kind: 'mint_to_wallet', chain: 'base', amount: dollars(3_500) },
  ]);
  expect(planWires([firm(20_000), mint(50_000), wallet(9_000)], [], OPTIONS)).toMatchObject([
    { kind: 'wallet_to_mint', chain: 'base', amount: dollars(5_000) },
  ]);
});

test('what is in a wallet and not in our books is somebody else’s: it is not given away', () => {
  const wallet = float('treasury_wallet:base', 200_000, { unbooked: dollars(150_000) });
  expect(planWires([firm(20_000), mint(20_000), wallet], [], OPTIONS)).toEqual([]);
});

test('whatever the floats are, no plan takes a place below its low mark, and amounts are whole cents', () => {
  const amount = fc.bigInt({ min: 0n, max: dollars(500_000) });
  const any = fc.record({ firm: amount, mint: amount, firmOut: amount, mintOut: amount, rate: amount });
  fc.assert(
    fc.property(any, ({ firm: a, mint: b, firmOut, mintOut, rate }) => {
      const floats = [
        firm(0, { reported: a, out: firmOut, drawPerHour: rate / 100n }),
        mint(0, { reported: b, out: mintOut }),
      ];
      const wires = planWires(floats, [], OPTIONS);
      for (const { kind, amount: units } of wires) {
        expect(units % 10_000n).toBe(0n);
        expect(units).toBeGreaterThanOrEqual(OPTIONS.minimum);
        const from = kind === 'mint_to_alpaca' ? floats[1] : floats[0];
        expect((from?.reported ?? 0n) - units).toBeGreaterThanOrEqual(from?.low ?? 0n);
      }
      expect(new Set(wires.map(({ kind }) => kind)).size).toBeLessThanOrEqual(1);
    }),
  );
});

test('no draw, no alarm', () => {
  expect(forecast(firm(100), NOW)).toEqual({ dryAt: null, alarm: null });
});

test('the alarm for what is on its way names what stands there, what is drawn, and what is missing', () => {
  const { dryAt, alarm } = forecast(firm(12_000, { out: dollars(15_000), in: dollars(1_000) }), NOW);
  expect(dryAt).toEqual(NOW);
  expect(alarm).toBe(
    'The firm account at Alpaca holds 12000.00 USD. On their way are 15000.00 that will be drawn, 1000.00 that come ' +
      'in, and wires that bring 0.00 in time. 2000.00 are missing; a wire sent now arrives about 2026-03-10T19:00Z.',
  );
});

test('the alarm comes before the float runs dry: as soon as no wire could arrive in time', () => {
  const slow = forecast(firm(9_000, { drawPerHour: dollars(2_000) }), NOW);
  expect(slow).toEqual({ dryAt: new Date('2026-03-10T19:30:00Z'), alarm: null });
  const fast = forecast(firm(9_000, { drawPerHour: dollars(3_000) }), NOW);
  expect(fast.dryAt).toEqual(new Date('2026-03-10T18:00:00Z'));
  expect(fast.alarm).toMatch(
    /usual draw is 3000.00 an hour, so it runs dry about 2026-03-10T18:00Z, before a wire/,
  );
});

test('what is missing by less than a cent is no alarm: no wire could bring it', () => {
  const lasting = (units: bigint) => firm(0, { reported: units, drawPerHour: dollars(3_000) });
  expect(forecast(lasting(dollars(12_000) - 9_999n), NOW).alarm).toBeNull();
  expect(forecast(lasting(dollars(12_000) - 10_000n), NOW).alarm).toMatch(/so it runs dry about/);
});

test('a wire that arrives in time calms the alarm', () => {
  const helped = firm(9_000, { drawPerHour: dollars(3_000), arrivingInTime: dollars(6_000) });
  expect(forecast(helped, NOW).alarm).toBeNull();
});
