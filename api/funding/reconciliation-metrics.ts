/** Gauges of reconciliation: does the ledger hold together, and how much money does nothing explain? */
import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../../db/client.ts';
import {
  type ReconciliationFigures,
  reconciliationFigures,
} from '../../db/funding/reconciliation-queries.ts';

const ASSETS = ['USD', 'USDC'] as const;

/** Registers the gauges; one query fills all of them at each scrape. */
export function registerReconciliationMetrics(database: Database, metrics: Registry): void {
  let asked: Promise<ReconciliationFigures | undefined> | undefined;
  // All gauges of one scrape share its answer. Without a database they keep their last values.
  const figures = () => {
    asked ??= reconciliationFigures(database)
      .catch(() => undefined)
      .finally(() => {
        asked = undefined;
      });
    return asked;
  };
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    fill: (gauge: Gauge, figures: ReconciliationFigures) => void,
  ) =>
    new Gauge({
      name: `sluice_${name}`,
      help,
      labelNames,
      registers: [metrics],
      async collect() {
        const found = await figures();
        if (!found) return;
        this.reset();
        fill(this, found);
      },
    });
  gauge(
    'money_conservation',
    'All that others hold for us minus all that we owe, by asset: anything but zero is an alarm.',
    ['asset'],
    (one, { conservation }) => {
      for (const asset of ASSETS) one.set({ asset }, conservation[`${asset}/6`] ?? 0);
    },
  );
  gauge(
    'reconciliation_unexplained',
    'Money of open breaks without sign, by asset, when the last run ended.',
    ['asset'],
    (one, { unexplained }) => {
      for (const asset of ASSETS) one.set({ asset }, unexplained[`${asset}/6`] ?? 0);
    },
  );
  gauge('reconciliation_breaks_open', 'Open breaks by kind.', ['kind'], (one, { breaks }) => {
    for (const { kind, count } of breaks) one.set({ kind }, count);
  });
  gauge('reconciliation_age_seconds', 'Since the last run that compared everything.', [], (one, found) => {
    if (found.age_seconds !== null) one.set(found.age_seconds);
  });
}
