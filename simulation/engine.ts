/**
 * What workflows and activities get in the place of `@temporalio/workflow` and `@temporalio/activity`: the same
 * functions on a virtual clock, one world at a time, so that a seed plays the same every time.
 */
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import type { Random } from '../chaos/random.ts';

type Call = (...input: never[]) => Promise<unknown>;
export type Handler = (...input: unknown[]) => unknown;

/** One happening: a delivery, a timer, an activity, something at a company. */
interface Happening {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

interface Waiting {
  readonly holds: () => boolean;
  readonly resolve: (held: boolean) => void;
}

export interface Listener {
  readonly handler: Handler;
  readonly validator: ((input: unknown) => void) | undefined;
}

/** A workflow that runs: what can be told to it, and whether it has ended. */
export interface Execution {
  readonly listeners: Map<string, Listener>;
  ended: boolean;
  failure: unknown;
}

/** How often things go wrong on our own side, from 0 to 1. */
export interface Weather {
  /** The database is away for one try. */
  readonly databaseAway: number;
  /** The database has written, and its answer is lost. */
  readonly answerLost: number;
  /** The worker dies before a call, or after the company took it. */
  readonly workerDies: number;
}

const SECOND = 1_000;
const HEARTBEAT_MS = 6 * SECOND;
/** After this a workflow task whose worker died is given to another one. */
const TASK_TIMEOUT_MS = 10 * SECOND;

export class Engine {
  now = 0;
  steps = 0;
  /** The number of the present try of the activity that is being run. */
  attempt = 1;
  /** Whether that try is made inside a workflow task. */
  isLocal = false;
  /** Handlers of signals and updates that have not finished. */
  busy = 0;
  starting: Execution | undefined;
  readonly random: Random;
  readonly #weather: Weather;
  readonly #activities: Readonly<Record<string, Call>>;
  #heap: Happening[] = [];
  #waiting: Waiting[] = [];
  #order = 0;

  constructor(random: Random, weather: Weather, activities: Readonly<Record<string, Call>>) {
    this.random = random;
    this.#weather = weather;
    this.#activities = activities;
  }

  /** Plans a happening; those of the same moment come in the order in which they were planned. */
  after(ms: number, run: () => void): void {
    this.#order += 1;
    push(this.#heap, { at: this.now + Math.max(0, Math.round(ms)), order: this.#order, run });
  }

  /** Starts a workflow function; handlers that it sets at once are there when this returns. */
  start(workflow: () => Promise<unknown>): Execution {
    const execution: Execution = { listeners: new Map(), ended: false, failure: undefined };
    this.starting = execution;
    workflow().then(
      () => {
        execution.ended = true;
      },
      (error: unknown) => {
        execution.ended = true;
        execution.failure = error;
      },
    );
    this.starting = undefined;
    return execution;
  }

  /** Says something to a workflow; an update's answer, or its refusal, comes back. */
  async tell(execution: Execution, name: string, input: unknown): Promise<unknown> {
    const listener = execution.listeners.get(name);
    if (!listener) throw new Error(`the workflow does not listen to ${name}`);
    listener.validator?.(input);
    this.busy += 1;
    try {
      return await listener.handler(input);
    } finally {
      this.busy -= 1;
    }
  }

  wait(holds: () => boolean, timeoutMs: number | undefined): Promise<boolean> {
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiting = { holds, resolve };
      this.#waiting.push(waiting);
      if (timeoutMs === undefined) return;
      this.after(timeoutMs, () => {
        const index = this.#waiting.indexOf(waiting);
        if (index < 0) return;
        this.#waiting.splice(index, 1);
        resolve(false);
      });
    });
  }

  /** Runs until nothing is planned any more; false when that did not come within the limits. */
  async runToRest(maxSteps: number, maxMs: number): Promise<boolean> {
    await this.#settle();
    for (let next = pop(this.#heap); next; next = pop(this.#heap)) {
      if (this.steps >= maxSteps || next.at > maxMs) return false;
      this.steps += 1;
      this.now = next.at;
      next.run();
      await this.#settle();
    }
    return true;
  }

  /** Lets every promise run as far as it can, and wakes whoever waits for what has become true, as Temporal does. */
  async #settle(): Promise<void> {
    do {
      // Ticks run when no promise has anything left to do.
      await new Promise<void>((resolve) => process.nextTick(resolve));
    } while (this.#wake());
  }

  #wake(): boolean {
    const woken = this.#waiting.filter(({ holds }) => holds());
    if (woken.length === 0) return false;
    this.#waiting = this.#waiting.filter((waiting) => !woken.includes(waiting));
    for (const { resolve } of woken) resolve(true);
    return true;
  }

  /** A database step: tried until it succeeds; what the database refuses is final. */
  callDatabase(name: string, input: unknown[], attempt = 1): Promise<unknown> {
    const { random } = this;
    return new Promise((resolve, reject) => {
      const again = () =>
        this.after(Math.min(10 * SECOND, 100 * 2 ** attempt), () => {
          this.callDatabase(name, input, attempt + 1).then(resolve, reject);
        });
      this.after(random.integer(1, 20), () => {
        if (random.chance(this.#weather.databaseAway)) return again();
        this.#run(name, input, attempt).then(
          (answer) => (random.chance(this.#weather.answerLost) ? again() : resolve(answer)),
          (error) => (isFinal(error) ? reject(error) : again()),
        );
      });
    });
  }

  /**
   * A call to a company inside a workflow task: one try. When the worker dies the next one does the task again, and
   * with it the call, which does not know of the first.
   */
  callOnce(name: string, input: unknown[]): Promise<unknown> {
    const { random } = this;
    return new Promise((resolve, reject) => {
      const again = () =>
        this.after(TASK_TIMEOUT_MS, () => {
          this.callOnce(name, input).then(resolve, reject);
        });
      this.after(random.integer(20, 400), () => {
        const dies = random.chance(this.#weather.workerDies);
        if (dies && random.chance(0.5)) return again();
        this.#run(name, input, 1, true).then(
          (answer) => (dies ? again() : resolve(answer)),
          (error: Error) => (dies ? again() : reject(error)),
        );
      });
    });
  }

  /** A call to a company: tried again with growing pauses until its time is over; then its outcome is unclear. */
  callProvider(
    name: string,
    input: unknown[],
    limitMs: number,
    attempt = 1,
    began = this.now,
  ): Promise<unknown> {
    const { random } = this;
    return new Promise((resolve, reject) => {
      const again = (error: Error, pauseMs: number) => {
        if (this.now + pauseMs - began >= limitMs) return reject(failed(name, error));
        this.after(pauseMs, () => {
          this.callProvider(name, input, limitMs, attempt + 1, began).then(resolve, reject);
        });
      };
      const pause = Math.min(60 * SECOND, 250 * 2 ** attempt);
      this.after(random.integer(20, 400), () => {
        const dies = random.chance(this.#weather.workerDies);
        if (dies && random.chance(0.5)) return again(new Error('the worker died'), HEARTBEAT_MS);
        this.#run(name, input, attempt).then(
          (answer) => (dies ? again(new Error('the worker died'), HEARTBEAT_MS) : resolve(answer)),
          (error: Error) => (isFinal(error) ? reject(failed(name, error)) : again(error, pause)),
        );
      });
    });
  }

  #run(name: string, input: unknown[], attempt: number, isLocal = false): Promise<unknown> {
    const activity = this.#activities[name];
    if (!activity) throw new Error(`the simulation knows no activity ${name}`);
    this.attempt = attempt;
    this.isLocal = isLocal;
    return activity(...(input as never[]));
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof ApplicationFailure && error.nonRetryable === true;
}

function failed(name: string, cause: Error): ActivityFailure {
  return new ActivityFailure(
    'Activity task failed',
    name,
    undefined,
    'MAXIMUM_ATTEMPTS_REACHED',
    undefined,
    cause,
  );
}

const isBefore = (a: Happening, b: Happening) => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Happening[], item: Happening): void {
  let at = heap.push(item) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(item, heap[parent] as Happening)) break;
    heap[at] = heap[parent] as Happening;
    at = parent;
  }
  heap[at] = item;
}

function pop(heap: Happening[]): Happening | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (!first || !last || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Happening, heap[child] as Happening))
      child += 1;
    if (!isBefore(heap[child] as Happening, last)) break;
    heap[at] = heap[child] as Happening;
    at = child;
  }
  heap[at] = last;
  return first;
}
