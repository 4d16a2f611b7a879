/** The market's clock and calendar over HTTP. */
import { type Route, route } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { marketClock, marketDays } from './market-calendar.ts';
import { malformed } from './problem.ts';

function readDate(query: URLSearchParams, name: string): string | undefined {
  const value = query.get(name);
  if (!value) return undefined;
  const date = value.slice(0, 10);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(Date.parse(date))) {
    throw malformed(`${name} must be in YYYY-MM-DD format`);
  }
  return date;
}

/** Makes the routes. Alpaca: Broker API reference, Clock and Calendar; the clock also answers under /v2. */
export function marketRoutes(kernel: Kernel): Route[] {
  const clock = () => ({ status: 200, body: marketClock(kernel.clock.millis()) });
  return [
    route('GET', '/v1/clock', 'alpaca.getClock', clock),
    route('GET', '/v2/clock', 'alpaca.getClock', clock),
    route('GET', '/v1/calendar', 'alpaca.getCalendar', ({ query }) => {
      const type = (query.get('date_type') ?? 'trading').toLowerCase();
      if (type !== 'trading' && type !== 'settlement') throw malformed('date_type is invalid');
      const by = type === 'trading' ? 'date' : 'settlement_date';
      return { status: 200, body: marketDays(readDate(query, 'start'), readDate(query, 'end'), by) };
    }),
  ];
}
