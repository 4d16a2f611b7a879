/** Faults on demand: the control API adds them, routes and companies ask for the next one that applies. */
import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { Store } from './store.ts';

/** Faults that the HTTP layer plays for every operation of every company. */
export const TRANSPORT_FAULTS = [
  'refuse',
  'rate_limit',
  'error',
  'unavailable',
  'error_after',
  'cut_before',
  'cut_after',
  'timeout_before',
  'timeout_after',
  'slow',
] as const;
/** Faults of outgoing events; their operation is `<company>.event` or `<company>.event.<type>`. */
export const EVENT_FAULTS = [
  'duplicate_event',
  'reorder_events',
  'delay_event',
  'drop_event',
  'forge_event',
] as const;

/** One fault. Without `count` and `rate` it applies until it is deleted. */
export type Fault = {
  id: string;
  company: string;
  /** An operation such as `circle.createTransfer`, a prefix ending in `*`, or `*`. */
  operation: string;
  /** A transport or event fault, or an outcome that the company's own code asks for (`stuck`, `fail`, …). */
  kind: string;
  /** How many times it still applies. */
  count?: number;
  /** Probability between 0 and 1 for each chance. */
  rate?: number;
  /** With it the chances fall the same way in each run: the n-th chance of this fault always alike. */
  seed?: number;
  /** Fields (dotted paths) of the request or thing that must equal these values. */
  match?: Record<string, unknown>;
  delay_ms?: number;
  status?: number;
  body?: unknown;
  /** Whatever else an outcome fault needs, e.g. `{ "error_reason": "INSUFFICIENT_TOKEN" }`. */
  details?: Record<string, unknown>;
  /** How often it has applied. */
  hits: number;
  /** How often it could have applied, for a fault with a rate. */
  chances: number;
  created_at: string;
};

export type FaultInput = Omit<Fault, 'id' | 'hits' | 'chances' | 'created_at'>;

export type Faults = {
  add(input: FaultInput): Fault;
  list(): Fault[];
  remove(id: string): boolean;
  clear(): void;
  /** The next fault of one of `kinds` that applies here; taking it uses it up by one. */
  take(company: string, operation: string, facts: unknown, kinds?: readonly string[]): Fault | undefined;
};

/** Reads a dotted path (`amount.currency`, `amounts.0`) out of a JSON value. */
function readPath(value: unknown, path: string): unknown {
  let current = value;
  for (const part of path.split('.')) {
    if (current === null || typeof current !== 'object') return undefined;
    current = (current as Record<string, unknown>)[part];
  }
  return current;
}

function applies(fault: Fault, company: string, operation: string, facts: unknown): boolean {
  if (fault.count !== undefined && fault.count <= 0) return false;
  if (fault.company !== '*' && fault.company !== company) return false;
  const wanted = fault.operation;
  const sameOperation = wanted.endsWith('*')
    ? operation.startsWith(wanted.slice(0, -1))
    : wanted === operation;
  if (!sameOperation) return false;
  for (const [path, value] of Object.entries(fault.match ?? {})) {
    if (String(readPath(facts, path)) !== String(value)) return false;
  }
  return fault.rate === undefined || roll(fault) < fault.rate;
}

/** A number from 0 to 1 for this chance; by the seed when there is one. */
function roll(fault: Fault): number {
  fault.chances += 1;
  if (fault.seed === undefined) return Math.random();
  const text = `${fault.seed} ${fault.company} ${fault.operation} ${fault.kind} ${fault.chances}`;
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}

/** More chances than a fault has between two starts. */
const STRETCH = 1_000_000;

/** Creates the list of faults; it survives a restart, so that a campaign may kill the sandbox too. */
export function createFaults(store: Store, clock: Clock): Faults {
  const table = store.table<Fault>('faults', { id: (fault) => fault.id });
  let known = table.list();
  // Chances since the last hit are not on disk: a restart begins a new stretch instead of repeating the last one.
  for (const fault of known) table.put(Object.assign(fault, { chances: fault.chances + STRETCH }));
  return {
    add(input) {
      const fault: Fault = { ...input, id: randomUUID(), hits: 0, chances: 0, created_at: clock.iso() };
      known.push(table.insert(fault));
      return fault;
    },
    list: () => known,
    remove(id) {
      known = known.filter((fault) => fault.id !== id);
      return table.delete(id);
    },
    clear() {
      for (const fault of known) table.delete(fault.id);
      known = [];
    },
    take(company, operation, facts, kinds) {
      if (known.length === 0) return undefined;
      for (const fault of known) {
        if (kinds && !kinds.includes(fault.kind)) continue;
        if (!applies(fault, company, operation, facts)) continue;
        fault.hits += 1;
        if (fault.count !== undefined) fault.count -= 1;
        return table.put(fault);
      }
      return undefined;
    },
  };
}
