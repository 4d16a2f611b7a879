/**
 * The New York Stock Exchange's sessions, computed by rule: which days trade, when they open and close, and
 * when a trade of that day settles. Covers 2020 to 2035; nothing here looks at a clock.
 */

export interface MarketDay {
  /** Trade date, YYYY-MM-DD, in New York. */
  date: string;
  /** Opening time in New York, HH:MM. */
  open: string;
  /** Closing time in New York, HH:MM; 13:00 on half days. */
  close: string;
  session_open: string;
  session_close: string;
  settlement_date: string;
}

const FIRST_YEAR = 2020;
const LAST_YEAR = 2035;

/** Days the exchange closed for one occasion, which no rule foretells (NYSE announcements). */
const MOURNING_DAYS = ['2025-01-09'];

/** The first trade date that settles on the next business day (SEC Rule 15c6-1, amended); two days before. */
const FIRST_T1_DATE = '2024-05-28';

const DAY_MS = 86_400_000;

function iso(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function day(year: number, month: number, date: number): number {
  return Date.UTC(year, month - 1, date);
}

function weekday(time: number): number {
  return new Date(time).getUTCDay();
}

/** The nth given weekday (0 = Sunday) of a month. */
function nthWeekday(year: number, month: number, wanted: number, nth: number): number {
  const first = day(year, month, 1);
  return first + (((wanted - weekday(first) + 7) % 7) + (nth - 1) * 7) * DAY_MS;
}

function lastMonday(year: number, month: number): number {
  const last = day(year, month + 1, 0);
  return last - ((weekday(last) + 6) % 7) * DAY_MS;
}

/** Easter Sunday of a Gregorian year (the anonymous computus). */
function easterSunday(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const e = b % 4;
  const f = Math.floor((b + 8) / 25);
  const g = Math.floor((b - f + 1) / 3);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * e + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return day(year, Math.floor(n / 31), (n % 31) + 1);
}

/**
 * NYSE Rule 7.2: a holiday on a Saturday is kept on the Friday before, one on a Sunday on the Monday after.
 */
function observed(time: number): number {
  const on = weekday(time);
  if (on === 6) return time - DAY_MS;
  return on === 0 ? time + DAY_MS : time;
}

/** The exchange's full holidays of a year, as YYYY-MM-DD. NYSE Rule 7.2. */
export function marketHolidays(year: number): string[] {
  const newYear = day(year, 1, 1);
  const holidays = [
    nthWeekday(year, 1, 1, 3),
    nthWeekday(year, 2, 1, 3),
    easterSunday(year) - 2 * DAY_MS,
    lastMonday(year, 5),
    observed(day(year, 7, 4)),
    nthWeekday(year, 9, 1, 1),
    nthWeekday(year, 11, 4, 4),
    observed(day(year, 12, 25)),
  ];
  // A New Year's Day on a Saturday is not moved, because the Friday before ends the accounting year.
  if (weekday(newYear) !== 6) holidays.push(observed(newYear));
  // Juneteenth became an exchange holiday in 2022.
  if (year >= 2022) holidays.push(observed(day(year, 6, 19)));
  return [...holidays.map(iso), ...MOURNING_DAYS.filter((date) => date.startsWith(`${year}`))].sort();
}

/** Days that close at 13:00: before Independence Day, after Thanksgiving, Christmas Eve; when they trade. */
export function earlyCloses(year: number): string[] {
  const closed = new Set(marketHolidays(year));
  const days = [nthWeekday(year, 11, 4, 4) + DAY_MS];
  const eveOfJuly4 = day(year, 7, 3);
  const christmasEve = day(year, 12, 24);
  for (const eve of [eveOfJuly4, christmasEve]) {
    // An eve on a Friday precedes a Saturday holiday, which is kept on that Friday itself.
    if (weekday(eve) >= 1 && weekday(eve) <= 4) days.push(eve);
  }
  return days
    .map(iso)
    .filter((date) => !closed.has(date))
    .sort();
}

/** Bank holidays on which the exchange trades but nothing settles: Columbus Day and Veterans Day. */
function settlementPauses(year: number): string[] {
  return [nthWeekday(year, 10, 1, 2), observed(day(year, 11, 11))].map(iso);
}

function buildCalendar(): MarketDay[] {
  const closed = new Set<string>();
  const early = new Set<string>();
  const unsettled = new Set<string>();
  for (let year = FIRST_YEAR; year <= LAST_YEAR + 1; year++) {
    for (const date of marketHolidays(year)) closed.add(date);
    for (const date of earlyCloses(year)) early.add(date);
    for (const date of settlementPauses(year)) unsettled.add(date);
  }
  const trades = (time: number) => weekday(time) % 6 !== 0 && !closed.has(iso(time));
  const settles = (time: number) => trades(time) && !unsettled.has(iso(time));
  const days: MarketDay[] = [];
  for (let time = day(FIRST_YEAR, 1, 1); time <= day(LAST_YEAR, 12, 31); time += DAY_MS) {
    if (!trades(time)) continue;
    const date = iso(time);
    let settlement = time;
    for (let left = date < FIRST_T1_DATE ? 2 : 1; left > 0; ) {
      settlement += DAY_MS;
      if (settles(settlement)) left--;
    }
    days.push({
      date,
      open: '09:30',
      close: early.has(date) ? '13:00' : '16:00',
      session_open: '0400',
      session_close: early.has(date) ? '1700' : '2000',
      settlement_date: iso(settlement),
    });
  }
  return days;
}

const DAYS = buildCalendar();

/** Market days from `start` to `end` inclusive, by trade date or by settlement date. */
export function marketDays(
  start?: string,
  end?: string,
  by: 'date' | 'settlement_date' = 'date',
): MarketDay[] {
  return DAYS.filter((one) => (!start || one[by] >= start) && (!end || one[by] <= end));
}

/** The session of a New York date, or undefined when the exchange is closed. */
export function marketDay(date: string): MarketDay | undefined {
  return DAYS[firstAtOrAfter(date)]?.date === date ? DAYS[firstAtOrAfter(date)] : undefined;
}

function firstAtOrAfter(date: string): number {
  let low = 0;
  let high = DAYS.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((DAYS[middle]?.date ?? '') < date) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * New York's offset from UTC in hours on a date: daylight saving from March's 2nd to November's 1st Sunday.
 */
function newYorkOffsetHours(time: number): number {
  const year = new Date(time).getUTCFullYear();
  const start = nthWeekday(year, 3, 0, 2) + 7 * 3_600_000;
  const end = nthWeekday(year, 11, 0, 1) + 6 * 3_600_000;
  return time >= start && time < end ? -4 : -5;
}

/** The date in New York of an instant (milliseconds since 1970), YYYY-MM-DD. */
export function newYorkDate(time: number): string {
  return iso(time + newYorkOffsetHours(time) * 3_600_000);
}

/** An instant as New York wall time with its offset, such as 2026-11-23T09:30:00-05:00. */
export function newYorkTimestamp(time: number, withFraction = false): string {
  const offset = newYorkOffsetHours(time);
  const wall = new Date(time + offset * 3_600_000).toISOString().slice(0, -1);
  return `${withFraction ? wall : wall.slice(0, 19)}-0${-offset}:00`;
}

/** The instant of a New York date and HH:MM time, in milliseconds since 1970. */
export function newYorkInstant(date: string, time: string): number {
  const wall = Date.parse(`${date}T${time}:00Z`);
  // Sessions start and end by day, hours away from the night in which the offset changes.
  return wall - newYorkOffsetHours(wall + 5 * 3_600_000) * 3_600_000;
}

export interface MarketClock {
  timestamp: string;
  is_open: boolean;
  next_open: string;
  next_close: string;
}

/** The market clock at an instant. Alpaca: GET /v1/clock (closing time belongs to the closed market). */
export function marketClock(now: number): MarketClock {
  let at = firstAtOrAfter(newYorkDate(now));
  const opens = (one: MarketDay) => newYorkInstant(one.date, one.open);
  const closes = (one: MarketDay) => newYorkInstant(one.date, one.close);
  const at0 = DAYS[at];
  if (at0 && now >= closes(at0)) at++;
  const current = DAYS[at] as MarketDay;
  const isOpen = now >= opens(current);
  const next = isOpen ? (DAYS[at + 1] as MarketDay) : current;
  return {
    timestamp: newYorkTimestamp(now, true),
    is_open: isOpen,
    next_open: newYorkTimestamp(opens(next)),
    next_close: newYorkTimestamp(closes(current)),
  };
}

/** The settlement date of something booked at an instant: that of its market day, or of the next one. */
export function settlementDate(now: number): string {
  return DAYS[firstAtOrAfter(newYorkDate(now))]?.settlement_date ?? newYorkDate(now);
}

/** When the last session before an instant closed, milliseconds since 1970. */
export function previousClose(now: number): number {
  let at = firstAtOrAfter(newYorkDate(now));
  for (; at > 0; at--) {
    const one = DAYS[at];
    const closedAt = one && newYorkInstant(one.date, one.close);
    if (closedAt !== undefined && closedAt <= now) return closedAt;
  }
  return 0;
}
