/** Puts the kernel together: what every company of the sandbox is built on. */
import { type Books, createBooks } from './books.ts';
import { type Caller, createCaller } from './caller.ts';
import { type Clock, createClock } from './clock.ts';
import { createEvents, type Events } from './events.ts';
import { createFaults, type Faults } from './faults.ts';
import { createIdempotency, type Idempotency } from './idempotency.ts';
import { createPayments, type Payments } from './payments.ts';
import { createRequests, type Requests } from './requests.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { createSettings, type Pace, type Settings } from './settings.ts';
import { openStore, type Store } from './store.ts';
import { createWires, type Wires } from './wires.ts';

export type Kernel = {
  readonly pace: Pace;
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  /** Outgoing HTTP requests of the companies. */
  readonly caller: Caller;
  readonly events: Events;
  readonly books: Books;
  readonly payments: Payments;
  readonly idempotency: Idempotency;
  readonly requests: Requests;
  readonly wires: Wires;
  /** Base URL of each company's listener, filled when they listen. */
  readonly urls: Map<string, string>;
};

/** Opens the kernel on one database file. Nothing runs until `scheduler.start()` and `events.start()`. */
export function createKernel(options: { path: string; pace: Pace }): Kernel {
  const store = openStore(options.path);
  const clock = createClock(store);
  const settings = createSettings(store, options.pace);
  const caller = createCaller();
  const faults = createFaults(store, clock);
  const scheduler = createScheduler(store, clock, settings);
  return {
    pace: options.pace,
    store,
    clock,
    settings,
    faults,
    caller,
    scheduler,
    wires: createWires(scheduler, settings),
    events: createEvents(store, clock, settings, faults, caller),
    books: createBooks(store, clock),
    payments: createPayments(store, clock),
    idempotency: createIdempotency(store),
    requests: createRequests(store, clock),
    urls: new Map(),
  };
}
