/** What our workflows and activities import of Temporal, each function over the engine of the world that is played. */
import type { Engine, Handler } from './engine.ts';

let engine: Engine;

/** Chooses the world that the functions below belong to. */
export function useEngine(next: Engine): void {
  engine = next;
}

/** As Temporal's: waits until the sentence is true, or for so long. */
export function condition(holds: () => boolean, timeoutMs?: number, _options?: object): Promise<boolean> {
  return engine.wait(holds, timeoutMs);
}

/** As Temporal's, on the virtual clock. */
export function sleep(ms: number, _options?: object): Promise<boolean> {
  return engine.wait(() => false, ms);
}

/** As Temporal's: names a message. */
export function defineSignal(name: string): { readonly name: string } {
  return { name };
}

/** As Temporal's: names a request with an answer. */
export function defineUpdate(name: string): { readonly name: string } {
  return { name };
}

/** As Temporal's; called while the workflow function begins. */
export function setHandler(
  { name }: { readonly name: string },
  handler: Handler,
  options?: { readonly validator?: (input: unknown) => void },
): void {
  engine.current?.listeners.set(name, { handler, validator: options?.validator });
}

/** As Temporal's: of the workflow whose code runs. */
export function allHandlersFinished(): boolean {
  return engine.current?.busy === 0;
}

type Proxy = Readonly<Record<string, (...input: unknown[]) => Promise<unknown>>>;

/** As Temporal's: calls with retries and an end. */
export function proxyActivities({ scheduleToCloseTimeout = 0 }: { scheduleToCloseTimeout?: number }): Proxy {
  return new Proxy({} as Proxy, {
    get:
      (_, name: string) =>
      (...input: unknown[]) =>
        engine.callProvider(name, input, scheduleToCloseTimeout),
  });
}

/** As Temporal's: calls that are tried until they succeed, or once. */
export function proxyLocalActivities({ retry }: { retry?: { maximumAttempts?: number } }): Proxy {
  return new Proxy({} as Proxy, {
    get:
      (_, name: string) =>
      (...input: unknown[]) =>
        retry?.maximumAttempts === 1 ? engine.callOnce(name, input) : engine.callDatabase(name, input),
  });
}

/** Nobody cancels a workflow here. */
export const isCancellation = (_error: unknown): boolean => false;

/** What an activity asks about itself: the number of its try, when it began, and where it runs. */
export function activityInfo() {
  const { attempt, isLocal, now } = engine;
  return { attempt, isLocal, currentAttemptScheduledTimestampMs: now };
}

/** Nobody looks at search attributes here. */
export function upsertSearchAttributes(_attributes: unknown): void {}

/** Nobody looks at cards here. */
export function setCurrentDetails(_details: string): void {}

/** Nobody reads the log here. */
export const log = { debug(_line: string, _more?: object): void {} };
