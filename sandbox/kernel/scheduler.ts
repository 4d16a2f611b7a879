/** Durable delayed steps: what a company does later still happens after a crash. */
import { randomUUID } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';

type Step = { id: string; name: string; payload: string };
type StepHandler = (payload: never) => void;

export type Scheduler = {
  /**
   * Run step `name` after a delay: milliseconds, or the name of a delay in the settings. Under pace `instant`
   * a number counts as 0; a step never runs before the transaction that asked for it is durable and its
   * answer has been sent. Returns the step's id.
   */
  after(delay: number | string, name: string, payload: unknown): string;
  /** Run step `name` when the sandbox's clock reaches `time`, whatever the pace. */
  at(time: Date, name: string, payload: unknown): string;
  cancel(id: string): void;
  /** Register the handler of a step, at start. It runs synchronously, in one transaction with its removal. */
  on<P>(name: string, handler: (payload: P) => void): void;
  /** Begin running what is due. Called once, after all handlers are registered. */
  start(): void;
  stop(): void;
  /** Number of steps still to run by `time` (all when absent). */
  pending(time?: Date): number;
};

const LONGEST_SLEEP_MS = 60_000;
const BATCH = 50;
const RETRY_MS = 1_000;

/** Creates the scheduler on the store's own table of steps. */
export function createScheduler(store: Store, clock: Clock, settings: Settings): Scheduler {
  store.database.exec(`CREATE TABLE IF NOT EXISTS steps (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, due INTEGER NOT NULL,
    name TEXT NOT NULL, payload TEXT NOT NULL);
    CREATE INDEX IF NOT EXISTS steps_due ON steps (due, seq)`);
  const insert = store.database.prepare('INSERT INTO steps (id, due, name, payload) VALUES (?, ?, ?, ?)');
  const remove = store.database.prepare('DELETE FROM steps WHERE id = ?');
  const due = store.database.prepare('SELECT * FROM steps WHERE due <= ? ORDER BY due, seq LIMIT ?');
  const next = store.database.prepare('SELECT min(due) AS due FROM steps');
  const postpone = store.database.prepare('UPDATE steps SET due = ? WHERE id = ?');
  const count = store.database.prepare('SELECT count(*) AS n FROM steps WHERE due <= ?');
  const handlers = new Map<string, StepHandler>();
  let running = false;
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;

  const run = (step: Step): void => {
    if (remove.run(step.id).changes > 0) handlers.get(step.name)?.(JSON.parse(step.payload) as never);
  };
  const runAlone = (step: Step): void => {
    try {
      store.transaction(() => run(step));
    } catch (error) {
      process.stderr.write(`sandbox: step ${step.name} failed and will be tried again: ${String(error)}\n`);
      postpone.run(clock.millis() + RETRY_MS, step.id);
    }
  };
  const pump = (): void => {
    immediate = undefined;
    if (!running) return;
    const steps = due.all(clock.millis(), BATCH) as unknown as Step[];
    try {
      // One commit for the whole batch; if one step fails, none has happened and each runs by itself.
      store.transaction(() => steps.forEach(run));
    } catch {
      steps.forEach(runAlone);
    }
    if (steps.length === BATCH) wake();
    else sleep();
  };
  const wake = (): void => {
    if (running && !immediate) immediate = setImmediate(pump);
  };
  const sleep = (): void => {
    clearTimeout(timer);
    const first = next.get()?.due;
    if (first === null || first === undefined) return;
    const wait = Math.max(0, Number(first) - clock.millis());
    if (wait === 0) wake();
    else timer = setTimeout(wake, Math.min(wait, LONGEST_SLEEP_MS));
  };
  const add = (time: number, name: string, payload: unknown): string => {
    if (!handlers.has(name)) throw new Error(`no handler for the sandbox step ${name}`);
    const id = randomUUID();
    insert.run(id, Math.round(time), name, JSON.stringify(payload ?? null));
    store.afterCommit(() => (time <= clock.millis() ? wake() : running && sleep()));
    return id;
  };
  clock.onAdvance(wake);
  return {
    after(delay, name, payload) {
      const given =
        typeof delay === 'string' ? settings.number(delay) : settings.pace === 'instant' ? 0 : delay;
      return add(clock.millis() + given, name, payload);
    },
    at: (time, name, payload) => add(time.getTime(), name, payload),
    cancel: (id) => void remove.run(id),
    on: (name, handler) => void handlers.set(name, handler as StepHandler),
    start() {
      running = true;
      wake();
    },
    stop() {
      running = false;
      clearTimeout(timer);
      clearImmediate(immediate);
    },
    pending: (time) => Number(count.get(time?.getTime() ?? Number.MAX_SAFE_INTEGER)?.n),
  };
}
