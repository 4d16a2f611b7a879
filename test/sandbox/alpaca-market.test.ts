/**
 * The sandbox's market calendar against the exchange's published dates, and the SDK's clients against its
 * routes.
 */
import { trading } from '@alpacahq/alpaca-trade-api/rest';
import {
  earlyCloses,
  marketClock,
  marketDay,
  marketDays,
  marketHolidays,
  newYorkInstant,
  newYorkTimestamp,
} from '../../sandbox/alpaca/market-calendar.ts';
import { type Json, startWorld, type World } from './alpaca-world.ts';

/** As the exchange published them. */
const PUBLISHED: Record<number, { closed: string[]; early: string[] }> = {
  2020: {
    closed: ['01-01', '01-20', '02-17', '04-10', '05-25', '07-03', '09-07', '11-26', '12-25'],
    early: ['11-27', '12-24'],
  },
  2021: {
    closed: ['01-01', '01-18', '02-15', '04-02', '05-31', '07-05', '09-06', '11-25', '12-24'],
    early: ['11-26'],
  },
  2022: {
    closed: ['01-17', '02-21', '04-15', '05-30', '06-20', '07-04', '09-05', '11-24', '12-26'],
    early: ['11-25'],
  },
  2023: {
    closed: ['01-02', '01-16', '02-20', '04-07', '05-29', '06-19', '07-04', '09-04', '11-23', '12-25'],
    early: ['07-03', '11-24'],
  },
  2024: {
    closed: ['01-01', '01-15', '02-19', '03-29', '05-27', '06-19', '07-04', '09-02', '11-28', '12-25'],
    early: ['07-03', '11-29', '12-24'],
  },
  2025: {
    closed: [
      ...['01-01', '01-09', '01-20', '02-17', '04-18', '05-26', '06-19', '07-04', '09-01', '11-27'],
      '12-25',
    ],
    early: ['07-03', '11-28', '12-24'],
  },
  2026: {
    closed: ['01-01', '01-19', '02-16', '04-03', '05-25', '06-19', '07-03', '09-07', '11-26', '12-25'],
    early: ['11-27', '12-24'],
  },
  2027: {
    closed: ['01-01', '01-18', '02-15', '03-26', '05-31', '06-18', '07-05', '09-06', '11-25', '12-24'],
    early: ['11-26'],
  },
  2028: {
    closed: ['01-17', '02-21', '04-14', '05-29', '06-19', '07-04', '09-04', '11-23', '12-25'],
    early: ['07-03', '11-24'],
  },
};

describe('the calendar', () => {
  test.each(Object.entries(PUBLISHED))('of %s is the published one', (year, { closed, early }) => {
    expect(marketHolidays(Number(year))).toEqual(closed.map((day) => `${year}-${day}`));
    expect(earlyCloses(Number(year))).toEqual(early.map((day) => `${year}-${day}`));
  });

  test('has about 252 sessions in every year up to 2035', () => {
    for (let year = 2020; year <= 2035; year++) {
      const { length } = marketDays(`${year}-01-01`, `${year}-12-31`);
      expect(length).toBeGreaterThanOrEqual(250);
      expect(length).toBeLessThanOrEqual(253);
    }
  });

  test('settles two days later until May 2024, then one', () => {
    expect(marketDay('2024-05-24')?.settlement_date).toBe('2024-05-29');
    expect(marketDay('2024-05-28')?.settlement_date).toBe('2024-05-29');
    expect(marketDay('2026-11-25')?.settlement_date).toBe('2026-11-27');
  });

  test('settles nothing on Columbus Day and Veterans Day, although they trade', () => {
    expect(marketDay('2026-10-12')?.close).toBe('16:00');
    expect(marketDay('2026-10-09')?.settlement_date).toBe('2026-10-13');
    expect(marketDay('2026-11-10')?.settlement_date).toBe('2026-11-12');
  });
});

describe('the clock', () => {
  const at = (date: string, time: string) => marketClock(newYorkInstant(date, time));

  test('is open from half past nine to four', () => {
    expect(at('2026-11-23', '09:29').is_open).toBe(false);
    expect(at('2026-11-23', '09:30')).toMatchObject({
      is_open: true,
      next_open: '2026-11-24T09:30:00-05:00',
      next_close: '2026-11-23T16:00:00-05:00',
    });
    expect(at('2026-11-23', '16:00')).toMatchObject({
      is_open: false,
      next_open: '2026-11-24T09:30:00-05:00',
      next_close: '2026-11-24T16:00:00-05:00',
    });
  });

  test('skips Thanksgiving and closes early on the day after', () => {
    expect(at('2026-11-26', '12:00')).toMatchObject({
      is_open: false,
      next_open: '2026-11-27T09:30:00-05:00',
      next_close: '2026-11-27T13:00:00-05:00',
    });
    expect(at('2026-11-27', '13:30').is_open).toBe(false);
  });

  test('follows daylight saving', () => {
    expect(newYorkTimestamp(newYorkInstant('2026-03-06', '09:30'))).toBe('2026-03-06T09:30:00-05:00');
    expect(newYorkTimestamp(newYorkInstant('2026-03-09', '09:30'))).toBe('2026-03-09T09:30:00-04:00');
    expect(newYorkInstant('2026-03-09', '09:30')).toBe(Date.parse('2026-03-09T13:30:00Z'));
  });
});

describe('over HTTP', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.sandbox.stop();
  });

  test('the calendar is cut to the days asked for, by trade or settlement date', async () => {
    const path = '/v1/calendar?start=2026-11-25&end=2026-11-27';
    const days = (await world.call<Json[]>('GET', path)).body;
    expect(days.map(({ date, close }) => [date, close])).toEqual([
      ['2026-11-25', '16:00'],
      ['2026-11-27', '13:00'],
    ]);
    const settling = (await world.call<Json[]>('GET', `${path}&date_type=settlement`)).body;
    expect(settling.map(({ date }) => date)).toEqual(['2026-11-24', '2026-11-25']);
    expect((await world.call('GET', '/v1/calendar?start=soon')).status).toBe(400);
  });

  test('assets are listed and found by symbol or id', async () => {
    const assets = (await world.call<Json[]>('GET', '/v1/assets?status=active')).body;
    const symbols = assets.map(({ symbol }) => symbol);
    expect(symbols).toEqual(
      expect.arrayContaining(['VTI', 'BND', 'AAPL', 'MSFT', 'SPY', 'QQQ', 'TSLA', 'NVDA']),
    );
    const { body } = await world.call('GET', '/v1/assets/AAPL');
    expect(body).toMatchObject({
      id: 'b0b6dd9d-8b9b-48a9-ba46-b9d54906e415',
      class: 'us_equity',
      tradable: true,
    });
    expect((await world.call('GET', `/v1/assets/${body.id}`)).body).toEqual(body);
    expect((await world.call('GET', '/v1/assets/NOPE')).status).toBe(404);
  });

  test('the official SDK reads clock, calendar and assets', async () => {
    const configuration = new trading.Configuration({
      basePath: world.baseUrl,
      headers: { Authorization: world.authorization },
      // The SDK speaks the Trading API's paths; the Broker API serves the same facts under /v1.
      middleware: [{ pre: async ({ url, init }) => ({ url: url.replace('/v2/', '/v1/'), init }) }],
    });
    const clock = await new trading.ClockApi(configuration).legacyClock();
    expect(clock.nextOpen).toBeInstanceOf(Date);
    const range = { start: new Date('2026-11-25'), end: new Date('2026-11-27') };
    expect(await new trading.CalendarApi(configuration).legacyCalendar(range)).toHaveLength(2);
    const asset = await new trading.AssetsApi(configuration).getV2AssetsSymbolOrAssetId({
      symbolOrAssetId: 'VTI',
    });
    expect(asset).toMatchObject({ symbol: 'VTI', fractionable: true });
  });
});
