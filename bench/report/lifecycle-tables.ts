/** Tables of the report about withdrawals, the engine's own limit and the first answers of writes. */
import type { EngineSide } from '../engine/engine.ts';
import { median } from '../measure/statistics.ts';
import type { WriteFigures } from '../writes/writes.ts';
import { kilobytes, number, type Row } from './cells.ts';
import type { Results } from './results.ts';

const ms = (value: number, digits = 0) => `${value.toFixed(digits)} ms`;

/** Withdrawals end to end, the heading first; empty when they were not measured. */
export function withdrawalTable({ withdrawals }: Results): Row[] {
  if (!withdrawals) return [];
  const heading = [
    ...['version', 'withdrawals/s', 'alone p50', 'alone p95', 'load p50', 'load p95', 'load p99'],
    ...['actions', 'events', 'history', 'round trips', 'CPU ms'],
  ];
  const rows = withdrawals.variants.map((one) => [
    one.variant,
    one.perSecond.toFixed(1),
    ...[one.aloneP50, one.aloneP95, one.loadP50, one.loadP95, one.loadP99].map((value) => ms(value)),
    number(one.cost.actions),
    number(one.cost.events),
    kilobytes(one.cost.historyBytes),
    number(one.cost.roundTrips, 1),
    number(one.cpuMs),
  ]);
  return [heading, ...rows];
}

/** Deposits beside the engine's own limit, the heading first. */
export function engineTable({ engine }: Results): Row[] {
  if (!engine) return [];
  const { rounds, ratio } = engine;
  const row = (name: string, read: (round: (typeof rounds)[number]) => EngineSide, share: string) => {
    const middle = (figure: (side: EngineSide) => number) =>
      median(rounds.map((round) => figure(read(round))));
    return [
      name,
      middle(({ perSecond }) => perSecond).toFixed(1),
      share,
      ms(middle(({ aloneP50 }) => aloneP50)),
      ms(middle(({ loadP50 }) => loadP50)),
      middle(({ events }) => events).toFixed(1),
      kilobytes(middle(({ historyBytes }) => historyBytes)),
      middle(({ cpuMs }) => Object.values(cpuMs).reduce((sum, one) => sum + one, 0)).toFixed(0),
    ];
  };
  return [
    [
      'beside the engine',
      'lifecycles/s',
      'events/s, of the limit',
      'alone p50',
      'load p50',
      'events',
      'history',
      'CPU ms',
    ],
    row('deposit', ({ deposit }) => deposit, `${(ratio * 100).toFixed(0)} %`),
    row('engine alone, same history', (round) => round.engine, '100 %'),
  ];
}

const WRITES: readonly (readonly [keyof WriteFigures, string])[] = [
  ['bareStart', 'bare Express, workflow start'],
  ['bareUpdate', 'bare Express, update with start'],
  ['withdrawal', 'POST /v1/withdrawals'],
  ['kyc', 'POST /v1/me/kyc'],
];

/** First answers of writes, the heading first; the yardstick is the bare update with start. */
export function writeTable({ writes }: Results): Row[] {
  if (!writes) return [];
  const yardstick = writes.bareUpdate;
  return [
    [
      ...['first answer', 'alone p50', 'to bare', 'alone p99'],
      ...['16 at a time p50', 'to bare', '16 at a time p99', 'per second'],
    ],
    ...WRITES.map(([name, title]) => {
      const { alone, together } = writes[name];
      return [
        title,
        ms(alone.p50, 1),
        `${(alone.p50 / yardstick.alone.p50).toFixed(2)} ×`,
        ms(alone.p99, 1),
        ms(together.p50, 1),
        `${(together.p50 / yardstick.together.p50).toFixed(2)} ×`,
        ms(together.p99, 1),
        together.perSecond.toFixed(0),
      ];
    }),
  ];
}
