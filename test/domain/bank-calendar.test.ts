/** Business days, hours and cut-off times of US banks; the expected days are the Federal Reserve's own. */
import fc from 'fast-check';
import {
  type BankHours,
  bankHolidays,
  expectedArrival,
  inNewYork,
  isBankDay,
  newYorkTime,
  nextBankDay,
  sendsFrom,
} from '../../domain/funding/bank-calendar.ts';

const HOURS: BankHours = {
  opensAt: '09:00',
  cutOffAt: '17:00',
  arrivesWithinSeconds: 4 * 3600,
  always: false,
};

test.each([
  [
    2026,
    [
      ...['2026-01-01', '2026-01-19', '2026-02-16', '2026-05-25', '2026-06-19', '2026-07-04'],
      ...['2026-09-07', '2026-10-12', '2026-11-11', '2026-11-26', '2026-12-25'],
    ],
  ],
  [
    2027,
    [
      ...['2027-01-01', '2027-01-18', '2027-02-15', '2027-05-31', '2027-06-19', '2027-07-05'],
      ...['2027-09-06', '2027-10-11', '2027-11-11', '2027-11-25', '2027-12-25'],
    ],
  ],
  [
    2028,
    [
      ...['2028-01-01', '2028-01-17', '2028-02-21', '2028-05-29', '2028-06-19', '2028-07-04'],
      ...['2028-09-04', '2028-10-09', '2028-11-11', '2028-11-23', '2028-12-25'],
    ],
  ],
])('the holidays of %i', (year, days) => {
  expect(bankHolidays(year)).toEqual(days);
});

test('Juneteenth is a holiday since 2022', () => {
  expect(bankHolidays(2021)).not.toContain('2021-06-19');
  expect(bankHolidays(2022)).toContain('2022-06-20');
});

test('a holiday on a Sunday closes the banks on Monday; one on a Saturday leaves the Friday open', () => {
  expect(isBankDay('2027-07-05')).toBe(false);
  expect(isBankDay('2026-07-03')).toBe(true);
  expect(nextBankDay('2026-07-03')).toBe('2026-07-06');
});

test('New York is five hours behind UTC in winter and four in summer', () => {
  expect(inNewYork('2026-01-15', '09:00').toISOString()).toBe('2026-01-15T14:00:00.000Z');
  expect(inNewYork('2026-07-15', '09:00').toISOString()).toBe('2026-07-15T13:00:00.000Z');
});

test.each([
  ['the day on which clocks go forward', '2026-03-08', '09:00', '2026-03-08T13:00:00.000Z'],
  ['the day before', '2026-03-07', '09:00', '2026-03-07T14:00:00.000Z'],
  ['the day on which clocks go back', '2026-11-01', '09:00', '2026-11-01T14:00:00.000Z'],
  ['the day before that', '2026-10-31', '09:00', '2026-10-31T13:00:00.000Z'],
])('%s', (_what, day, time, expected) => {
  expect(inNewYork(day, time).toISOString()).toBe(expected);
});

test('every time of a bank day survives the way to UTC and back', () => {
  const when = fc.record({
    offset: fc.integer({ min: 0, max: 3_650 }),
    hour: fc.integer({ min: 4, max: 23 }),
    minute: fc.integer({ min: 0, max: 59 }),
  });
  fc.assert(
    fc.property(when, ({ offset, hour, minute }) => {
      const day = new Date(Date.UTC(2024, 0, 1 + offset)).toISOString().slice(0, 10);
      const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
      expect(newYorkTime(inNewYork(day, time))).toEqual({ day, time });
    }),
  );
});

test.each([
  ['on a Tuesday morning: now', '2026-03-10T15:00:00Z', '2026-03-10T15:00:00.000Z'],
  ['before the banks open: when they do', '2026-03-10T11:00:00Z', '2026-03-10T13:00:00.000Z'],
  ['a minute before the cut-off: now', '2026-03-10T20:59:00Z', '2026-03-10T20:59:00.000Z'],
  ['at the cut-off: on the next day', '2026-03-10T21:00:00Z', '2026-03-11T13:00:00.000Z'],
  ['on Friday evening: on Monday', '2026-03-13T22:00:00Z', '2026-03-16T13:00:00.000Z'],
  ['on the evening before Thanksgiving: on Friday', '2026-11-25T23:00:00Z', '2026-11-27T14:00:00.000Z'],
  ['before the weekend on which clocks go back', '2026-10-30T21:30:00Z', '2026-11-02T14:00:00.000Z'],
])('a wire is sent %s', (_what, now, expected) => {
  expect(sendsFrom(new Date(now), HOURS).toISOString()).toBe(expected);
});

test('a wire ordered in the morning arrives on the same day', () => {
  expect(expectedArrival(new Date('2026-03-10T15:00:00Z'), HOURS).toISOString()).toBe(
    '2026-03-10T19:00:00.000Z',
  );
});

test('what would arrive after Fedwire has closed arrives when the banks open next', () => {
  expect(expectedArrival(new Date('2026-03-13T20:30:00Z'), HOURS).toISOString()).toBe(
    '2026-03-16T13:00:00.000Z',
  );
});

test('a network that never closes knows no days', () => {
  const now = new Date('2026-12-25T03:00:00Z');
  expect(sendsFrom(now, { ...HOURS, always: true })).toEqual(now);
  expect(expectedArrival(now, { ...HOURS, always: true, arrivesWithinSeconds: 60 }).toISOString()).toBe(
    '2026-12-25T03:01:00.000Z',
  );
});

test('whenever it is, a wire is sent in bank hours, and arrives after it was sent', () => {
  const moment = fc.date({ min: new Date('2024-01-01'), max: new Date('2034-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(moment, (now) => {
      const sent = sendsFrom(now, HOURS);
      const { day, time } = newYorkTime(sent);
      expect(isBankDay(day)).toBe(true);
      expect(time >= HOURS.opensAt && time < HOURS.cutOffAt).toBe(true);
      expect(sent.getTime()).toBeGreaterThanOrEqual(now.getTime());
      expect(expectedArrival(now, HOURS).getTime()).toBeGreaterThan(sent.getTime());
    }),
  );
});
