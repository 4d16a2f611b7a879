/** Rows of the report about the ledger, webhooks, recovery and growth. */
import type { GrowthFigures } from '../growth.ts';
import type { Row } from './cells.ts';
import type { Results } from './results.ts';

/** "what: figure" rows of the parts that ran. */
export function databaseRows({ costs, ledger, webhooks, recovery, growth }: Results): Row[] {
  const rows: Row[] = [];
  for (const [variant, cost] of Object.entries(costs ?? {}))
    rows.push([
      `write-ahead log of one deposit, ${variant}`,
      `${(cost.walBytes / 1024).toFixed(1)} kB, without what the server writes at rest`,
    ]);
  if (ledger) {
    const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
    const bare = ledger.tool === 'pgbench' ? 'pgbench' : 'a loop on pg (no pgbench here)';
    for (const one of ledger.pairs)
      rows.push([
        `ledger, ${one.means}, ${ledger.clients} clients`,
        `${one.ours.toFixed(0)} postings/s; bare inserts by ${bare} ${one.bare.toFixed(0)}/s (ours: ` +
          `${percent(one.share)}), in one statement ${one.bareOneStatement.toFixed(0)}/s ` +
          `(ours: ${percent(one.shareOneStatement)})`,
      ]);
  }
  for (const { means, perSecond, latency, cpuMs } of webhooks?.figures ?? []) {
    const cpu = Object.entries(cpuMs).map(([name, ms]) => `${name} ${ms.toFixed(2)}`);
    rows.push([
      `webhooks in: ${means}`,
      `${perSecond.toFixed(0)}/s, p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms; ` +
        `CPU ms each: ${cpu.join(', ')}`,
    ]);
  }
  for (const { blow, firstStep, allGoOn, fullSpeed, onTheWay } of recovery?.recoveries ?? [])
    rows.push([
      `kill -9 of ${blow} at ${recovery?.perSecond.toFixed(1)} deposits/s`,
      `first step of a lifecycle after ${firstStep.toFixed(1)} s, all ${onTheWay} on their way after ` +
        `${allGoOn.toFixed(1)} s, full speed after ${fullSpeed.toFixed(1)} s`,
    ]);
  if (growth) rows.push(...growthRows(growth));
  return rows;
}

function growthRows({ figures, fewRows, manyRows, fillSeconds, databaseMb, scanned }: GrowthFigures): Row[] {
  const shown = (value: number, unit: '/s' | 'ms') =>
    unit === 'ms' ? `${value.toFixed(1)} ms` : `${value.toFixed(value < 100 ? 1 : 0)}/s`;
  const rows = figures.map(({ name, unit, few, many, worse }): Row => {
    const change = `${Math.abs(worse * 100).toFixed(0)} % ${worse > 0 ? 'worse' : 'better'}`;
    return [
      `${name}, with ${fewRows} and with ${manyRows} postings behind it`,
      `${shown(few, unit)} and ${shown(many, unit)} (${change})`,
    ];
  });
  const tables = Object.entries(scanned).map(([table, read]) => `${table} (${read} rows)`);
  return [
    ...rows,
    [
      `history of ${manyRows} postings`,
      `written in ${fillSeconds.toFixed(0)} s, ${databaseMb.toFixed(0)} MB; read by full scans meanwhile: ` +
        (tables.join(', ') || 'no large table'),
    ],
  ];
}
