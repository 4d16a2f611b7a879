/** Answers from a trace: what fed a movement of money, and where money is now. */
import type { AccountKindName } from './ledger.ts';
import type { Lot, Movement, Trace, TraceStep } from './ledger-trace.ts';

/** What is asked about: everything of a customer, one lifecycle of theirs, or one ledger transaction. */
export type TraceQuestion =
  | { readonly of: 'user' }
  | { readonly of: 'lifecycle'; readonly lifecycle: string; readonly id: string }
  | { readonly of: 'transaction'; readonly id: string };

export interface TraceSource {
  readonly units: bigint;
  readonly origin: TraceStep;
}

export interface TracePlace extends Lot {
  /** Absent for what left us. */
  readonly account?: AccountKindName;
}

export interface TraceAnswer {
  /** Where the money came from, oldest first. */
  readonly sources: readonly TraceSource[];
  /** Where it is. */
  readonly places: readonly TracePlace[];
  /** The way it took; empty for a customer as a whole. */
  readonly movements: readonly Movement[];
}

/**
 * The part of a trace that was asked for. A lifecycle's sources are the units that it took over from others or
 * brought in; its places are where what it moved last is, and where what it brought in is.
 */
export function answerTrace(trace: Trace, question: TraceQuestion): TraceAnswer {
  const all: TracePlace[] = [...trace.held, ...trace.left];
  if (question.of === 'user') {
    return { sources: sourcesOf(trace.held), places: merged(all), movements: [] };
  }
  const asks = (step: TraceStep) =>
    question.of === 'transaction'
      ? step.transaction_id === question.id
      : step.lifecycle === question.lifecycle && step.subject_id === question.id;
  const movements = trace.movements.filter(({ moved }) => asks(moved));
  return {
    sources: sourcesOf(question.of === 'transaction' ? movements : movements.filter(({ taken }) => taken)),
    places: merged(all.filter(({ moved, origin }) => asks(moved) || asks(origin))),
    movements,
  };
}

function sourcesOf(lots: readonly Lot[]): TraceSource[] {
  const sources = new Map<string, TraceSource>();
  for (const { units, origin } of lots) {
    const known = sources.get(origin.transaction_id)?.units ?? 0n;
    sources.set(origin.transaction_id, { units: known + units, origin });
  }
  return [...sources.values()].sort((a, b) => compare(a.origin, b.origin));
}

function merged(places: readonly TracePlace[]): TracePlace[] {
  const found = new Map<string, TracePlace>();
  for (const place of places) {
    const key = [place.account, place.moved.transaction_id, place.origin.transaction_id].join(' ');
    found.set(key, { ...place, units: place.units + (found.get(key)?.units ?? 0n) });
  }
  return [...found.values()].sort(
    (a, b) =>
      compare(a.origin, b.origin) ||
      compare(a.moved, b.moved) ||
      ((a.account ?? '') < (b.account ?? '') ? -1 : 1),
  );
}

const compare = (a: TraceStep, b: TraceStep) => Number(BigInt(a.transaction_id) - BigInt(b.transaction_id));
