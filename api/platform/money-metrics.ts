/** Gauges of money in flight, read from the database when Prometheus asks. */
import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../../db/client.ts';
import { type MoneyInFlight, moneyInFlight } from '../../db/platform/money-in-flight-queries.ts';

/** Registers the gauges; one query fills all of them at each scrape. */
export function registerMoneyMetrics(database: Database, metrics: Registry): void {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `sluice_${name}`, help, labelNames, registers: [metrics] });
  const states = ['status', 'waiting_for'];
  const gauges = {
    count: gauge(
      'deposits_in_flight',
      'Deposits that are not finished, by state and reason to wait.',
      states,
    ),
    amount: gauge('deposits_in_flight_usd', 'Dollars of deposits that are not finished.', states),
    oldest: gauge(
      'deposits_in_flight_oldest_seconds',
      'Age of the oldest deposit that is not finished.',
      states,
    ),
    reviews: gauge('reviews_open', 'Reviews that wait for a person, by reason.', ['reason']),
    overdue: gauge('reviews_overdue', 'Reviews past their due time, by reason.', ['reason']),
    floats: gauge('float_usd', 'Dollars in our own accounts, as the provider last reported.', ['account']),
    alarms: gauge('float_alarm', '1 while a float is forecast to run dry before a wire can arrive.', [
      'account',
    ]),
    dry: gauge('float_dry_seconds', 'Until a float runs dry by the forecast; absent while it lasts.', [
      'account',
    ]),
    wires: gauge('wires_in_flight_usd', 'Dollars of wires that are not at their end.', ['kind', 'status']),
  };
  new Gauge({
    name: 'sluice_events_unrouted',
    help: 'Stored provider events that no lifecycle has used for ten minutes: somebody must look.',
    registers: [metrics],
    async collect() {
      // Without a database the other measurements are wanted most: these keep their last values.
      const figures = await moneyInFlight(database).catch(() => undefined);
      if (!figures) return;
      this.set(figures.unrouted_events);
      fill(gauges, figures);
    },
  });
}

function fill(
  gauges: Record<
    'count' | 'amount' | 'oldest' | 'reviews' | 'overdue' | 'floats' | 'alarms' | 'dry' | 'wires',
    Gauge
  >,
  figures: MoneyInFlight,
): void {
  for (const one of Object.values(gauges)) one.reset();
  for (const { status, waiting_for, count, amount, oldest_seconds } of figures.deposits) {
    const labels = { status, waiting_for: waiting_for ?? 'nothing' };
    gauges.count.set(labels, count);
    gauges.amount.set(labels, amount);
    gauges.oldest.set(labels, oldest_seconds);
  }
  for (const { reason, count, overdue } of figures.open_reviews) {
    gauges.reviews.set({ reason }, count);
    gauges.overdue.set({ reason }, overdue);
  }
  for (const { account, amount, alarm, dry_seconds } of figures.floats) {
    gauges.floats.set({ account }, amount);
    gauges.alarms.set({ account }, alarm);
    if (dry_seconds !== null) gauges.dry.set({ account }, dry_seconds);
  }
  for (const { kind, status, amount } of figures.wires) gauges.wires.set({ kind, status }, amount);
}
