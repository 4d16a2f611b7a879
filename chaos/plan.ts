/** Whom the campaign kills or pauses, and when: all of it follows from the seed. */
import { randomFrom } from './random.ts';

const PROCESSES = ['worker-1', 'worker-2', 'api-1', 'api-2', 'sandbox', 'temporal', 'postgres'] as const;

/** Whether there is a process of that name. */
export const isProcess = (name: string): name is ProcessName => PROCESSES.some((known) => known === name);

export type ProcessName = (typeof PROCESSES)[number];

/** Postgres is many processes: only stopping them all would be a pause. */
const PAUSABLE: readonly ProcessName[] = PROCESSES.filter((name) => name !== 'postgres');
/** Our own programs die more often than what they stand on, as they are deployed more often. */
const VICTIMS: readonly ProcessName[] = [
  ...(['worker-1', 'worker-2', 'worker-1', 'worker-2', 'api-1', 'api-2', 'api-1', 'api-2'] as const),
  ...(['sandbox', 'sandbox', 'temporal', 'postgres'] as const),
];
const SHORTEST_GAP_MS = 1_500;
const LONGEST_GAP_MS = 6_000;

export interface Blow {
  /** Since the load began. */
  readonly atMs: number;
  readonly kind: 'kill' | 'pause' | 'skew';
  /** Whom it hits; the clock of the companies for a skew. */
  readonly victim: ProcessName | 'clock';
  /** How long a paused process stands still, how long a killed one stays away, how far a clock jumps. */
  readonly lastsMs: number;
}

/** The blows of a run of that length; with `only` that process alone is killed, again and again. */
export function blowsOf(seed: number, seconds: number, only?: ProcessName): Blow[] {
  const random = randomFrom(seed);
  const blows: Blow[] = [];
  let atMs = 0;
  for (;;) {
    atMs += random.integer(SHORTEST_GAP_MS, LONGEST_GAP_MS);
    if (atMs >= seconds * 1_000) return blows;
    const kind = only ? 'kill' : random.pick(['kill', 'kill', 'kill', 'pause', 'pause', 'skew'] as const);
    if (kind === 'skew') blows.push({ atMs, kind, victim: 'clock', lastsMs: random.integer(1, 20) * 1_000 });
    else if (kind === 'pause')
      blows.push({ atMs, kind, victim: random.pick(PAUSABLE), lastsMs: random.integer(200, 6_000) });
    else blows.push({ atMs, kind, victim: only ?? random.pick(VICTIMS), lastsMs: random.integer(0, 1_500) });
  }
}

/** One fault as the sandbox's control API takes it. */
export interface PlannedFault {
  readonly operation: string;
  readonly kind: string;
  readonly rate: number;
  readonly seed: number;
  readonly delay_ms?: number;
}

const CALLS = ['circle.*', 'mint.*', 'alpaca.*'] as const;
const CALL_FAULTS: readonly (readonly [kind: string, rate: number, delayMs?: number])[] = [
  ['error', 0.004],
  ['unavailable', 0.004],
  ['rate_limit', 0.004],
  ['error_after', 0.004],
  ['cut_before', 0.004],
  ['cut_after', 0.006],
  ['timeout_before', 0.001, 3_000],
  ['timeout_after', 0.002, 3_000],
  ['slow', 0.01, 400],
];
const EVENTS = ['circle.event*', 'mint.event*', 'alpaca.event.journals'] as const;
const EVENT_FAULTS: readonly (readonly [kind: string, rate: number])[] = [
  ['drop_event', 0.02],
  ['duplicate_event', 0.05],
  ['reorder_events', 0.04],
  ['delay_event', 0.04],
  ['forge_event', 0.02],
];
/** What the companies themselves may decide. */
const OUTCOMES: readonly (readonly [operation: string, kind: string, rate: number])[] = [
  ['circle.transfer', 'fail', 0.01],
  ['circle.transfer', 'deny', 0.004],
  ['circle.transfer', 'stuck', 0.004],
  ['circle.transfer', 'revert', 0.004],
  ['alpaca.createJournal', 'pending', 0.004],
  ['alpaca.createJournal', 'reject', 0.006],
  ['alpaca.createJournal', 'correct', 0.002],
  ['mint.inbound', 'fail', 0.001],
  ['mint.transfer', 'fail', 0.01],
  ['chain.finalize', 'reorg', 0.004],
];

/** The faults of the companies, each with its rate; the n-th chance of each falls alike for a seed. */
export function faultsOf(seed: number): PlannedFault[] {
  return [
    ...CALLS.flatMap((operation) =>
      CALL_FAULTS.map(([kind, rate, delayMs]) => ({
        ...{ operation, kind, rate, seed },
        ...(delayMs !== undefined && { delay_ms: delayMs }),
      })),
    ),
    ...EVENTS.flatMap((operation) => EVENT_FAULTS.map(([kind, rate]) => ({ operation, kind, rate, seed }))),
    ...OUTCOMES.map(([operation, kind, rate]) => ({ operation, kind, rate, seed })),
  ];
}
