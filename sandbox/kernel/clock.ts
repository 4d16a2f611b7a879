/** The sandbox's own time: real time plus a durable offset that the control API can advance. */
import type { Store } from './store.ts';

export type Clock = {
  now(): Date;
  /** Milliseconds since the epoch, on the sandbox's clock. */
  millis(): number;
  /** The present as RFC 3339 with milliseconds. */
  iso(): string;
  /** Move the clock forward; listeners (the scheduler) run what became due. */
  advance(milliseconds: number): void;
  onAdvance(listener: () => void): void;
};

/** Creates the clock; its offset is read from and written to the store. */
export function createClock(store: Store): Clock {
  let offset = store.keep('clock.offset', () => 0);
  const listeners: (() => void)[] = [];
  const millis = (): number => Date.now() + offset;
  return {
    now: () => new Date(millis()),
    millis,
    iso: () => new Date(millis()).toISOString(),
    advance(milliseconds) {
      if (!(milliseconds >= 0)) throw new RangeError('the sandbox clock only moves forward');
      offset += milliseconds;
      store.replace('clock.offset', offset);
      for (const listener of listeners) listener();
    },
    onAdvance: (listener) => void listeners.push(listener),
  };
}
