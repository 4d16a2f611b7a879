/**
 * What workflows and activities get in the place of `@temporalio/workflow` and `@temporalio/activity`: the same
 * functions on a virtual clock, one world at a time, so that a seed plays the same every time.
 */
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import type { Random } from '../../chaos/random.ts';
import { type Happening, type Timeline, timeline } from './timeline.ts';

type Call = (...input: never[]) => Promise<unknown>;
export type Activities = Readonly<Record<string, Call>>;
export type Handler = (...input: unknown[]) => unknown;

interface Waiting {
  readonly holds: () => boolean;
  readonly resolve: (held: boolean) => void;
  isOver: boolean;
}

interface Listener {
  readonly handler: Handler;
  readonly validator: ((input: unknown) => void) | undefined;
}

/** A workflow that runs: what can be told to it, what it waits for, and whether it has ended. */
export interface Execution {
  readonly listeners: Map<string, Listener>;
  /** Handlers of signals and updates that have not finished. */
  busy: number;
  waiting: Waiting[];
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
  /** Whose code runs now: everything that it asks for belongs to it. */
  current: Execution | undefined;
  readonly random: Random;
  readonly #weather: Weather;
  readonly #activities: () => Activities;
  readonly #timeline: Timeline = timeline();
  /** Executions whose code has run since it was looked whether what they wait for is true. */
  readonly #touched = new Set<Execution>();

  /** `activities` is asked at each call, so that the engine can be there before them. */
  constructor(random: Random, weather: Weather, activities: () => Activities) {
    this.random = random;
    this.#weather = weather;
    this.#activities = activities;
  }

  /** Plans a happening; those of the same moment come in the order in which they were planned. */
  after(ms: number, run: () => void): Happening {
    return this.#timeline.plan(this.now + Math.max(0, Math.round(ms)), run);
  }

  /** Starts a workflow function; handlers that it sets at once are there when this returns. */
  start(workflow: () => Promise<unknown>): Execution {
    const execution: Execution = {
      ...{ listeners: new Map(), busy: 0, waiting: [], ended: false, failure: undefined },
    };
    this.#enter(execution);
    const end = (failure?: unknown) => Object.assign(execution, { ended: true, failure });
    workflow().then(() => end(), end);
    return execution;
  }

  /** Says something to a workflow; an update's answer, or its refusal, comes back. */
  async tell(execution: Execution, name: string, input: unknown): Promise<unknown> {
    const listener = execution.listeners.get(name);
    if (!listener) throw new Error(`the workflow does not listen to ${name}`);
    this.#enter(execution);
    listener.validator?.(input);
    execution.busy += 1;
    try {
      return await listener.handler(input);
    } finally {
      execution.busy -= 1;
      this.#touched.add(execution);
    }
  }

  /** Until the sentence is true, or for so long. */
  wait(holds: () => boolean, timeoutMs: number | undefined): Promise<boolean> {
    const execution = this.current;
    if (!execution) throw new Error('only a workflow waits');
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiting: Waiting = { holds, resolve, isOver: false };
      execution.waiting.push(waiting);
      if (timeoutMs === undefined) return;
      const timer = this.after(timeoutMs, () => {
        execution.waiting = execution.waiting.filter((one) => one !== waiting);
        this.#enter(execution);
        resolve(false);
      });
      timer.isOver = () => waiting.isOver;
    });
  }

  /** Runs until nothing is planned any more; false when that did not come within the limits. */
  async runToRest(maxSteps: number, maxMs: number): Promise<boolean> {
    await this.#settle();
    for (let next = this.#timeline.next(); next; next = this.#timeline.next()) {
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

  /** One execution at a time: its code runs to its end before another one's does. */
  #wake(): boolean {
    for (const execution of this.#touched) {
      this.#touched.delete(execution);
      this.current = execution;
      const woken = execution.waiting.filter(({ holds }) => holds());
      if (woken.length === 0) continue;
      execution.waiting = execution.waiting.filter((waiting) => !woken.includes(waiting));
      this.#touched.add(execution);
      for (const waiting of woken) {
        waiting.isOver = true;
        waiting.resolve(true);
      }
      return true;
    }
    return false;
  }

  #enter(execution: Execution | undefined): void {
    this.current = execution;
    if (execution) this.#touched.add(execution);
  }

  /** A database step: tried until it succeeds; what the database refuses is final. */
  callDatabase(name: string, input: unknown[]): Promise<unknown> {
    const { random } = this;
    const { databaseAway, answerLost } = this.#weather;
    return this.#call((attempt, settle, again) => {
      const pauseMs = Math.min(10 * SECOND, 100 * 2 ** attempt);
      this.after(random.integer(1, 20), () => {
        if (random.chance(databaseAway)) return again(pauseMs);
        this.#run(name, input, attempt).then(
          (answer) => (random.chance(answerLost) ? again(pauseMs) : settle({ answer })),
          (error) => (isFinal(error) ? settle({ error }) : again(pauseMs)),
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
    return this.#call((_attempt, settle, again) => {
      this.after(random.integer(20, 400), () => {
        const dies = random.chance(this.#weather.workerDies);
        if (dies && random.chance(0.5)) return again(TASK_TIMEOUT_MS);
        const end = (outcome: Outcome) => (dies ? again(TASK_TIMEOUT_MS) : settle(outcome));
        this.#run(name, input, 1, true).then(
          (answer) => end({ answer }),
          (error) => end({ error }),
        );
      });
    });
  }

  /** A call to a company: tried again with growing pauses until its time is over; then its outcome is unclear. */
  callProvider(name: string, input: unknown[], limitMs: number): Promise<unknown> {
    const { random } = this;
    const began = this.now;
    return this.#call((attempt, settle, again) => {
      const retry = (error: Error, pauseMs: number) =>
        this.now + pauseMs - began >= limitMs ? settle({ error: failed(name, error) }) : again(pauseMs);
      const pauseMs = Math.min(60 * SECOND, 250 * 2 ** attempt);
      const died = () => retry(new Error('the worker died'), HEARTBEAT_MS);
      this.after(random.integer(20, 400), () => {
        const dies = random.chance(this.#weather.workerDies);
        if (dies && random.chance(0.5)) return died();
        this.#run(name, input, attempt).then(
          (answer) => (dies ? died() : settle({ answer })),
          (error: Error) => (isFinal(error) ? settle({ error: failed(name, error) }) : retry(error, pauseMs)),
        );
      });
    });
  }

  /** One call of a workflow with its tries; its outcome wakes the workflow that made it. */
  #call(
    tryOnce: (attempt: number, settle: (outcome: Outcome) => void, again: (pauseMs: number) => void) => void,
  ): Promise<unknown> {
    const execution = this.current;
    return new Promise((resolve, reject) => {
      let attempt = 0;
      const settle = (outcome: Outcome) => {
        this.#enter(execution);
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.answer);
      };
      const begin = () => {
        attempt += 1;
        tryOnce(attempt, settle, (pauseMs) => void this.after(pauseMs, begin));
      };
      begin();
    });
  }

  #run(name: string, input: unknown[], attempt: number, isLocal = false): Promise<unknown> {
    const activity = this.#activities()[name];
    if (!activity) throw new Error(`the simulation knows no activity ${name}`);
    this.attempt = attempt;
    this.isLocal = isLocal;
    return activity(...(input as never[]));
  }
}

type Outcome = { readonly answer: unknown } | { readonly error: unknown };

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
