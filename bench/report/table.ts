/** The results as text: the table on standard output and the same as Markdown. */
import { kilobytes, number, type Row } from './cells.ts';
import { databaseRows } from './database-rows.ts';
import { engineTable, withdrawalTable, writeTable } from './lifecycle-tables.ts';
import type { Results } from './results.ts';

/** Every table of the report, in its order; those of parts that did not run are left out. */
export function tablesOf(results: Results): Row[][] {
  return [
    comparisonRows(results),
    withdrawalTable(results),
    engineTable(results),
    writeTable(results),
    factRows(results),
  ].filter((rows) => rows.length > 0);
}

/** Rows of the comparison, its heading first. */
function comparisonRows({ variants, costs }: Results): Row[] {
  if (!variants) return [];
  const heading = [
    ...['version', 'deposits/s', 'to plain', 'alone p50', 'alone p95', 'load p50', 'load p95', 'load p99'],
    ...['actions', 'events', 'history', 'round trips', 'CPU ms'],
  ];
  const rows = variants.map((one) => {
    const cost = costs?.[one.variant];
    const cpu = Object.values(one.cpuMs).reduce((sum, ms) => sum + ms, 0);
    return [
      one.variant,
      number(one.perSecond, 1),
      one.ratio === null ? '–' : `${one.ratio.toFixed(2)} ×`,
      ...[one.aloneP50, one.aloneP95, one.loadP50, one.loadP95, one.loadP99].map((ms) => `${number(ms)} ms`),
      number(cost?.actions),
      number(cost?.events),
      kilobytes(cost?.historyBytes),
      number(cost?.roundTrips, 1),
      number(cpu),
    ];
  });
  return [heading, ...rows];
}

/** Everything else as "what: figure" rows, its heading first. */
function factRows(results: Results): Row[] {
  const { api, memory, reconciliation } = results;
  const rows: Row[] = [];
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  if (api) {
    const share = (api.balancePerSecond / api.barePerSecond) * 100;
    rows.push(
      ['PATCH /v1/me, first answer alone', `p50 ${ms(api.updateMe.p50)}, p99 ${ms(api.updateMe.p99)}`],
      [
        'GET /v1/balance, 16 at a time',
        `${api.balancePerSecond.toFixed(0)}/s, p99 ${ms(api.balanceLatency.p99)}`,
      ],
      ['bare Express + pg, same query', `${api.barePerSecond.toFixed(0)}/s (ours: ${share.toFixed(0)} %)`],
    );
  }
  if (memory) {
    const slopes = `RSS ${signed(memory.rssSlope)}, heap ${signed(memory.heapSlope)} MB per 1,000 deposits`;
    const last = memory.samples.at(-1);
    rows.push(
      [`worker's memory over ${memory.deposits} deposits`, slopes],
      ['at their end', `RSS ${last?.rssMb.toFixed(0)} MB, heap ${last?.heapMb.toFixed(1)} MB`],
    );
  }
  if (reconciliation) {
    const { postings, operations, seconds, backendMb, cleanBreaks, plantedBreaks } = reconciliation;
    rows.push([
      `reconciliation of ${postings} postings, ${operations} operations, two comparisons`,
      `${seconds.toFixed(1)} s, ${backendMb.toFixed(0)} MB in Postgres; breaks: ${cleanBreaks} on clean books, ` +
        `${plantedBreaks} with one cent wrong`,
    ]);
  }
  rows.push(...databaseRows(results));
  return rows.length === 0 ? [] : [['measured', 'figure'], ...rows];
}

function signed(value: number): string {
  return `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(2)}`;
}

/** Columns aligned with spaces. */
export function plainTable(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: Row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const [heading, ...others] = rows;
  if (!heading) return '';
  return [line(heading), widths.map((width) => '-'.repeat(width)).join('  '), ...others.map(line)].join('\n');
}

/** The same as Markdown. */
export function markdownTable(rows: readonly Row[]): string {
  const [heading, ...others] = rows;
  if (!heading) return '';
  const line = (row: Row) => `| ${row.join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...others.map(line)].join('\n');
}
