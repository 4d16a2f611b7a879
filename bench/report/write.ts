/** Writes the results: JSON for programs, figures and plots into docs/performance.md for people. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cpuPlot } from './cpu-plot.ts';
import { growthPlot, memoryPlot, throughputPlot } from './plots.ts';
import type { Results } from './results.ts';
import { markdownTable, tablesOf } from './table.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const DOCUMENT = path.join(ROOT, 'docs', 'performance.md');
const BEGIN = '<!-- figures: written by npm run bench -->';
const END = '<!-- end of figures -->';

/** Writes bench/results/latest.json. @returns its path from the root. */
export function writeJson(results: Results): string {
  const folder = path.join(ROOT, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'latest.json');
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return path.relative(ROOT, file);
}

/** Replaces the figures in docs/performance.md and its plots; the words around them stay. */
export function writeDocument(results: Results): void {
  if (!existsSync(DOCUMENT)) return;
  const images = path.join(ROOT, 'docs', 'images');
  mkdirSync(images, { recursive: true });
  const plots = {
    'performance-throughput': throughputPlot(results),
    'performance-cpu': cpuPlot(results),
    'performance-memory': memoryPlot(results),
    'performance-growth': growthPlot(results),
  };
  const shown: string[] = [];
  for (const [name, plot] of Object.entries(plots)) {
    if (plot === undefined) continue;
    writeFileSync(path.join(images, `${name}.svg`), plot);
    shown.push(`![${name.replace('performance-', '')}](images/${name}.svg)`);
  }
  const { machine } = results;
  const facts = [
    `Measured ${results.at.slice(0, 10)} in ${Math.round(results.seconds)} s by \`${results.command}\` on ` +
      `${machine.cores} cores`,
    `(${machine.cpu}), ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node};`,
    `the machine's load in the minute before was ${machine.loadBefore.toFixed(1)}.`,
    ...(results.leftOut ? [results.leftOut] : []),
  ].join('\n');
  const tables = tablesOf(results).map(markdownTable);
  const figures = [BEGIN, facts, ...tables, ...shown, END].join('\n\n');
  const before = readFileSync(DOCUMENT, 'utf8');
  const [head = ''] = before.split(BEGIN);
  const tail = before.includes(END) ? (before.split(END)[1] ?? '') : '\n';
  writeFileSync(DOCUMENT, `${head}${figures}${tail}`);
}
