/** CPU time per lifecycle as stacked bars: which process takes how much. */
import { median } from '../measure/statistics.ts';
import { svg, text } from './plots.ts';
import type { Results } from './results.ts';

const COLORS: Readonly<Record<string, string>> = {
  temporal: '#1f4e79',
  worker: '#3b82c4',
  api: '#7fb2de',
  sender: '#7fb2de',
  postgres: '#8a6d3b',
  sandbox: '#c9d1d9',
};
const [LEFT, TOP, WIDTH, BAR] = [170, 44, 330, 20];

interface Bar {
  readonly title: string;
  readonly cpuMs: Readonly<Record<string, number>>;
}

/** Deposits of each version, withdrawals, and the engine alone; undefined where none of it was measured. */
export function cpuPlot(results: Results): string | undefined {
  const bars = [...deposits(results), ...withdrawals(results), ...engine(results)];
  if (bars.length === 0) return undefined;
  const totals = bars.map(({ cpuMs }) => Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0));
  const most = Math.max(...totals);
  const rows = bars.flatMap(({ title, cpuMs }, index) => {
    const y = TOP + index * (BAR + 10);
    let x = LEFT;
    const parts = Object.keys(COLORS).flatMap((name) => {
      const width = ((cpuMs[name] ?? 0) / most) * WIDTH;
      if (width === 0) return [];
      const place = `x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR}"`;
      x += width;
      return [`<rect ${place} fill="${COLORS[name]}"/>`];
    });
    return [text(14, y + 14, title), ...parts, text(x + 6, y + 14, (totals[index] ?? 0).toFixed(0))];
  });
  const legendY = TOP + bars.length * (BAR + 10) + 14;
  const shown = Object.keys(COLORS).filter((name) => bars.some(({ cpuMs }) => (cpuMs[name] ?? 0) > 0));
  const legend = shown.flatMap((name, index) => [
    `<rect x="${14 + index * 90}" y="${legendY - 10}" width="12" height="12" fill="${COLORS[name]}"/>`,
    text(31 + index * 90, legendY, name),
  ]);
  return svg('CPU milliseconds per lifecycle, all processes', 580, legendY + 20, [...rows, ...legend]);
}

function deposits({ variants = [] }: Results): Bar[] {
  return variants.map(({ variant, cpuMs }) => ({ title: variant, cpuMs }));
}

function withdrawals({ withdrawals: figures }: Results): Bar[] {
  return (figures?.variants ?? []).map(({ variant }) => {
    const rounds = figures?.rounds.filter((round) => round.variant === variant) ?? [];
    return { title: `withdrawal, ${variant}`, cpuMs: middle(rounds.map(({ cpuMs }) => cpuMs)) };
  });
}

function engine({ engine: figures }: Results): Bar[] {
  if (!figures) return [];
  return [{ title: 'the engine alone', cpuMs: middle(figures.rounds.map((round) => round.engine.cpuMs)) }];
}

function middle(rounds: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(rounds.map((cpuMs) => cpuMs[name] ?? 0))]));
}
