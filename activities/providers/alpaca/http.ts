/** Alpaca's Broker API over fetch: authentication, time-outs, JSON in and out. */
import { AlpacaHttpError } from './errors.ts';

/** One request; `query` leaves out what is undefined, and encodes "+" as %2B, which Alpaca insists on. */
export interface AlpacaRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Record<string, string | undefined>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

/** The body of a 2xx answer: JSON where it is JSON, else the text, undefined where there is none. */
type AlpacaSend = (request: AlpacaRequest, timeoutMs: number) => Promise<unknown>;

/** Alpaca: Broker API authentication, HTTP Basic of key id and secret. */
export function basicAuthorization(keyId: string, secretKey: string): string {
  return `Basic ${Buffer.from(`${keyId}:${secretKey}`).toString('base64')}`;
}

/**
 * A transport for one base URL.
 * @throws AlpacaHttpError for an answer outside 2xx, fetch's own errors for none.
 */
export function createAlpacaSend(baseUrl: string, authorization: string): AlpacaSend {
  const base = baseUrl.replace(/\/+$/, '');
  return async ({ method, path, query, body, idempotencyKey }, timeoutMs) => {
    const response = await fetch(base + path + toQuery(query), {
      method,
      headers: {
        authorization,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // A redirect would carry the credentials to wherever the answer points.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer = parseBody(await response.text());
    if (!response.ok) throw new AlpacaHttpError(response.status, answer, response.headers);
    return answer;
  };
}

function toQuery(query: Record<string, string | undefined> = {}): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
