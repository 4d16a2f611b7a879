/** Gauges of reconciliation: does the ledger hold together, and how much money does nothing explain? */
import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../../db/client.ts';
import { reconciliationFigures } from '../../db/funding/reconciliation-queries.ts';

/** Registers the gauges; one query fills them at each scrape. */
export function registerReconciliationMetrics(database: Database, metrics: Registry): void {
  const gauge = (name: string, help: string, labelNames: string[]) =>
    new Gauge({ name: `sluice_${name}`, help, labelNames, registers: [metrics] });
  const unexplained = gauge(
    'reconciliation_unexplained',
    'Money of open breaks without sign, by asset, when the last run ended.',
    ['asset'],
  );
  const breaks = gauge('reconciliation_breaks_open', 'Open breaks by kind.', ['kind']);
  const age = gauge('reconciliation_age_seconds', 'Since the last run that compared everything.', []);
  const conservation = new Gauge({
    name: 'sluice_money_conservation',
    help: 'All that others hold for us minus all that we owe, by asset: anything but zero is an alarm.',
    labelNames: ['asset'],
    registers: [metrics],
    async collect() {
      // Without a database the other measurements are wanted most: these keep their last values.
      const figures = await reconciliationFigures(database).catch(() => undefined);
      if (!figures) return;
      for (const one of [unexplained, breaks, age]) one.reset();
      for (const asset of ['USD', 'USDC']) {
        conservation.set({ asset }, figures.conservation[`${asset}/6`] ?? 0);
        unexplained.set({ asset }, figures.unexplained[`${asset}/6`] ?? 0);
      }
      for (const { kind, count } of figures.breaks) breaks.set({ kind }, count);
      if (figures.age_seconds !== null) age.set(figures.age_seconds);
    },
  });
}
