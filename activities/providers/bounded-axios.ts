/** Bounds the requests of axios-based SDKs that know no time-out of their own, and keeps connections alive. */
import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import https from 'node:https';

/** The part of an axios instance that is needed here; the SDKs bring their own copy of the package. */
export interface InterceptedAxios {
  readonly interceptors: { readonly request: { use(change: (config: object) => object): unknown } };
}

interface Bounds {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

const MAX_SOCKETS = 64;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const current = new AsyncLocalStorage<Bounds>();
const bounded = new WeakSet<InterceptedAxios>();
const agents = {
  httpAgent: new http.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
  httpsAgent: new https.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
};

/**
 * Installs the bounds on an axios instance, once. Circle's wallets SDK exposes neither its axios nor a
 * time-out, but it sends through the axios module's default instance; the bounds reach it through the async
 * context of the call. Requests that are made outside `withinBounds` are not touched.
 */
export function installBounds(axios: InterceptedAxios): void {
  if (bounded.has(axios)) return;
  bounded.add(axios);
  axios.interceptors.request.use((config) => {
    const bounds = current.getStore();
    if (bounds === undefined) return config;
    // The abort destroys the socket, which a mere race of promises would leave open. No redirect is followed:
    // it would carry the API key to wherever the answer points.
    return Object.assign(config, agents, bounds, {
      timeout: bounds.timeoutMs,
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
    });
  });
}

/** Runs `send`; every axios request that it makes is aborted when `timeoutMs` have passed in total. */
export function withinBounds<T>(timeoutMs: number, send: () => Promise<T>): Promise<T> {
  return current.run({ signal: AbortSignal.timeout(timeoutMs), timeoutMs }, send);
}
