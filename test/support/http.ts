/** Calls the API as an app does. */
import { randomUUID } from 'node:crypto';

interface ApiCall {
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** A write without one gets a fresh key. */
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface ApiAnswer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads fields of answers whose shape other tests check.
export type ApiClient = <Body = any>(
  method: string,
  path: string,
  call?: ApiCall,
) => Promise<ApiAnswer<Body>>;

/** A client for one API; answers that are not JSON come as text. */
export function apiClient(baseUrl: string): ApiClient {
  return async <Body>(method: string, path: string, call: ApiCall = {}) => {
    const writes = method !== 'GET' && method !== 'HEAD';
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(writes ? { 'idempotency-key': call.idempotencyKey ?? randomUUID() } : {}),
        ...call.headers,
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    const text = await response.text();
    // An answer to HEAD names its type and has no body.
    const isJson = text !== '' && /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as Body,
    };
  };
}
