/**
 * When a wire between US banks can be sent and when it arrives: business days and hours of the Fedwire Funds
 * Service, computed by rule.
 */

/** All bank hours are told in this zone; its daylight saving time comes from the runtime's own tables. */
const ZONE = 'America/New_York';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Fedwire's business day ends at 19:00 in New York (Federal Reserve, "Fedwire Funds Services": opens at 21:00 of the
 * day before, Monday to Friday except holidays). What has not arrived by then arrives on the next business day.
 */
const FEDWIRE_CLOSES_AT = '19:00';

/** The hours in which our banks take wires, "HH:MM" in New York; a bank's own cut-off lies before Fedwire's. */
export interface BankHours {
  readonly opensAt: string;
  /** The last minute at which a wire still leaves on the same day. */
  readonly cutOffAt: string;
  /** How long a wire usually takes between the two companies. */
  readonly arrivesWithinSeconds: number;
  /** A network without closing times: no days and no hours apply. */
  readonly always: boolean;
}

/** Month (1 to 12), weekday (0 = Sunday) and which one in the month; -1 = the last. */
type MovingHoliday = readonly [month: number, weekday: number, place: number];

/** Federal Reserve: holiday schedule. Martin Luther King, Washington, Memorial, Labor, Columbus, Thanksgiving. */
const MOVING: readonly MovingHoliday[] = [
  [1, 1, 3],
  [2, 1, 3],
  [5, 1, -1],
  [9, 1, 1],
  [10, 1, 2],
  [11, 4, 4],
];
/** New Year, Juneteenth (since 2022), Independence Day, Veterans Day, Christmas. */
const FIXED: readonly (readonly [month: number, day: number, since?: number])[] = [
  [1, 1],
  [6, 19, 2022],
  [7, 4],
  [11, 11],
  [12, 25],
];

const pad = (value: number): string => String(value).padStart(2, '0');
const utc = (day: string): Date => new Date(`${day}T00:00:00Z`);
const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
const addDays = (day: string, days: number): string => dayOf(new Date(utc(day).getTime() + days * DAY_MS));

function movingHoliday(year: number, [month, weekday, place]: MovingHoliday): string {
  if (place < 0) {
    const last = new Date(Date.UTC(year, month, 0));
    return addDays(dayOf(last), -((last.getUTCDay() - weekday + 7) % 7));
  }
  const first = new Date(Date.UTC(year, month - 1, 1));
  const offset = ((weekday - first.getUTCDay() + 7) % 7) + (place - 1) * 7;
  return addDays(dayOf(first), offset);
}

/**
 * The days of a year on which the Federal Reserve Banks are closed, beside weekends, in order. A holiday on a
 * Sunday is kept on the Monday after it; for one on a Saturday the banks are open on the Friday before (Federal
 * Reserve: holiday schedule, footnote).
 */
export function bankHolidays(year: number): string[] {
  const fixed = FIXED.filter(([, , since]) => since === undefined || year >= since).map(([month, day]) => {
    const date = `${year}-${pad(month)}-${pad(day)}`;
    return utc(date).getUTCDay() === 0 ? addDays(date, 1) : date;
  });
  return [...fixed, ...MOVING.map((rule) => movingHoliday(year, rule))].sort();
}

/** Whether US banks settle wires on that day, YYYY-MM-DD in New York. */
export function isBankDay(day: string): boolean {
  const weekday = utc(day).getUTCDay();
  if (weekday === 0 || weekday === 6) return false;
  return !bankHolidays(Number(day.slice(0, 4))).includes(day);
}

/** The first business day after that day. */
export function nextBankDay(day: string): string {
  let next = addDays(day, 1);
  while (!isBankDay(next)) next = addDays(next, 1);
  return next;
}

const CLOCK = new Intl.DateTimeFormat('en-CA', {
  timeZone: ZONE,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
});

/** Day and time of the day, "HH:MM", on New York's clocks. */
export function newYorkTime(at: Date): { readonly day: string; readonly time: string } {
  const parts = Object.fromEntries(CLOCK.formatToParts(at).map(({ type, value }) => [type, value]));
  return { day: `${parts.year}-${parts.month}-${parts.day}`, time: `${parts.hour}:${parts.minute}` };
}

/** The moment at which New York's clocks show that day and time. */
export function inNewYork(day: string, time: string): Date {
  const wanted = Date.parse(`${day}T${time}:00Z`);
  let guess = wanted;
  // The zone's offset is that of the answer itself: the second round settles it on days when clocks change.
  for (let round = 0; round < 2; round += 1) {
    const shown = newYorkTime(new Date(guess));
    guess += wanted - Date.parse(`${shown.day}T${shown.time}:00Z`);
  }
  return new Date(guess);
}

/** The moment from which a wire can be sent: now, or when the banks open next. */
export function sendsFrom(now: Date, hours: BankHours): Date {
  if (hours.always) return now;
  const { day, time } = newYorkTime(now);
  if (!isBankDay(day) || time >= hours.cutOffAt) return inNewYork(nextBankDay(day), hours.opensAt);
  return time < hours.opensAt ? inNewYork(day, hours.opensAt) : now;
}

/** When a wire that is ordered now is expected at its other end. */
export function expectedArrival(now: Date, hours: BankHours): Date {
  const sent = sendsFrom(now, hours);
  const arrives = new Date(sent.getTime() + hours.arrivesWithinSeconds * 1000);
  if (hours.always) return arrives;
  const { day } = newYorkTime(sent);
  if (arrives <= inNewYork(day, FEDWIRE_CLOSES_AT)) return arrives;
  return inNewYork(nextBankDay(day), hours.opensAt);
}
