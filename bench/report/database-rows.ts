/** Rows of the report about the ledger, webhooks, recovery and growth. */
import type { GrowthFigures } from '../growth.ts';
import type { Results } from './results.ts';
import type { Row } from './table.ts';

/** "what: figure" rows of the parts that ran. */
export function databaseRows({ ledger, growth }: Results): Row[] {
  const rows: Row[] = [];
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
