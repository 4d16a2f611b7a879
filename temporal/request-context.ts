/** The request that the current code serves: carried from the API through workflows into activities. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface RequestContext {
  /** Our own id of the request, as in `X-Request-Id`. */
  readonly requestId?: string;
  /** W3C trace context, as in `traceparent`. */
  readonly traceparent?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` with the context visible to everything that it calls. */
export function withRequestContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The context of the running request; empty outside of one. */
export function requestContext(): RequestContext {
  return storage.getStore() ?? {};
}
