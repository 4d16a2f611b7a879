/** What a campaign says at its end: for people as text, for programs as JSON. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Evidence } from './entry.ts';

type Counts = Readonly<Record<string, number>>;

export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly started: number;
  /** How long everything took to come to rest after the load. */
  readonly restSeconds: number;
  readonly ended: Counts;
  readonly blows: Counts;
  /** Faults of the companies that really hit, by kind. */
  readonly faults: Counts;
  /** Processes that ended without having been killed. */
  readonly crashes: Counts;
  /** Decisions of support, by the review's reason. */
  readonly decisions: Counts;
  readonly invariants: readonly (Evidence & { readonly holds: string })[];
}

const FOLDER = path.join(import.meta.dirname, 'results');
const BREACHES_SHOWN = 20;

/** Whether every sentence holds. */
export function passed(report: Report): boolean {
  return report.invariants.every(({ breaches }) => breaches.length === 0);
}

/** The report as a person reads it. */
export function inWords(report: Report): string {
  const list = (title: string, counts: Counts) =>
    [`${title}:`, ...Object.entries(counts).map(([name, n]) => `  ${String(n).padStart(6)}  ${name}`)].join(
      '\n',
    );
  const checks = report.invariants.map(({ holds, shown, breaches }) =>
    [
      `${breaches.length === 0 ? 'holds   ' : 'BROKEN  '}${holds} (${shown})`,
      ...breaches.slice(0, BREACHES_SHOWN).map((breach) => `          ${breach}`),
      ...(breaches.length > BREACHES_SHOWN ? [`          and ${breaches.length - BREACHES_SHOWN} more`] : []),
    ].join('\n'),
  );
  return [
    `Seed ${report.seed}: ${report.started} lifecycles in ${report.seconds.toFixed(0)} s, ` +
      `at rest ${report.restSeconds.toFixed(0)} s after the load.`,
    list('Ended', report.ended),
    list('Blows', report.blows),
    list('Faults that hit', report.faults),
    list('Processes that ended by themselves', report.crashes),
    list('Decisions of support', report.decisions),
    ...checks,
    passed(report) ? 'Every invariant holds.' : `Play it again: npm run chaos -- --seed ${report.seed}`,
  ].join('\n');
}

/** Writes the JSON beside the campaign; answers the path from the root. */
export function keep(report: Report): string {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(path.join(FOLDER, 'latest.json'), `${JSON.stringify(report, null, 2)}\n`);
  return 'chaos/results/latest.json';
}
