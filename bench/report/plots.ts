/** Small SVG plots, written as text: bars of throughput, and memory over deposits. */
import type { Results } from './results.ts';

const INK = '#24292f';
const SOFT = '#8c959f';
const BAR = '#3b82c4';
const OTHER = '#b9c4cf';

/** A whole picture. */
export function svg(title: string, width: number, height: number, content: readonly string[]): string {
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(14, 24, title, `fill="${INK}" font-weight="bold"`),
    ...content,
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

/** Words at a place. */
export function text(x: number, y: number, words: string, more = `fill="${INK}"`): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${words}</text>`;
}

/** Deposits per second of each version. */
export function throughputPlot({ variants }: Results): string | undefined {
  if (!variants) return undefined;
  const most = Math.max(...variants.map(({ perSecond }) => perSecond));
  const rows = variants.flatMap(({ variant, perSecond }, index) => {
    const y = 44 + index * 30;
    const width = (perSecond / most) * 340;
    const color = variant === 'sluice' ? BAR : OTHER;
    return [
      text(14, y + 14, variant),
      `<rect x="120" y="${y}" width="${width.toFixed(1)}" height="20" fill="${color}"/>`,
      text(126 + width, y + 14, perSecond.toFixed(1)),
    ];
  });
  return svg('Deposits per second, end to end', 540, 60 + variants.length * 30, rows);
}

/** What is left of each figure's speed with the many rows behind it. */
export function growthPlot({ growth }: Results): string | undefined {
  if (!growth) return undefined;
  const { figures, fewRows, manyRows } = growth;
  const [left, scale] = [250, 220];
  const rows = figures.flatMap(({ name, worse }, index) => {
    const y = 44 + index * 26;
    const share = 1 / (1 + worse);
    const width = Math.min(share, 1.4) * scale;
    return [
      text(14, y + 14, name),
      `<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="18" fill="${worse > 0.1 ? OTHER : BAR}"/>`,
      text(left + 6 + width, y + 14, `${(share * 100).toFixed(0)} %`),
    ];
  });
  const end = 44 + figures.length * 26;
  const line = `<path d="M${left + scale} 36V${end}" stroke="${SOFT}" stroke-dasharray="3 3"/>`;
  return svg(`Speed with ${manyRows} postings behind, of that with ${fewRows}`, 640, end + 16, [
    ...rows,
    line,
  ]);
}

/** RSS and heap of the worker over the deposits of the memory run. */
export function memoryPlot({ memory }: Results): string | undefined {
  if (!memory || memory.samples.length < 2) return undefined;
  const [left, top, width, height] = [50, 44, 440, 140];
  const most = Math.max(...memory.samples.map(({ rssMb }) => rssMb)) * 1.1;
  const { deposits: total, samples } = memory;
  const x = (deposits: number) => left + (deposits / total) * width;
  const y = (mb: number) => top + height - (mb / most) * height;
  const line = (read: (sample: (typeof samples)[number]) => number, color: string) => {
    const points = samples.map((one) => `${x(one.deposits).toFixed(1)},${y(read(one)).toFixed(1)}`);
    return `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points.join(' ')}"/>`;
  };
  const last = memory.samples.at(-1);
  const soft = `fill="${SOFT}"`;
  return svg(`Memory of the worker over ${memory.deposits} deposits, MB`, 600, 220, [
    `<path d="M${left} ${top}V${top + height}H${left + width}" fill="none" stroke="${SOFT}"/>`,
    line(({ rssMb }) => rssMb, BAR),
    line(({ heapMb }) => heapMb, INK),
    text(left + width + 6, y(last?.rssMb ?? 0) + 4, `RSS ${last?.rssMb.toFixed(0)}`),
    text(left + width + 6, y(last?.heapMb ?? 0) + 4, `heap ${last?.heapMb.toFixed(0)}`),
    text(14, y(0) + 4, '0', soft),
    text(14, top + 4, most.toFixed(0), soft),
    text(left + width - 50, top + height + 18, `${memory.deposits}`, soft),
  ]);
}
