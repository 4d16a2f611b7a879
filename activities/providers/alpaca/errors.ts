/** Alpaca's errors in our four classes. */
import type { ProviderError } from '../../../domain/provider-error.ts';
import {
  type CallFacts,
  errorForAnswer,
  errorForSilence,
  NO_NETWORK_ERROR,
  readRetryAfter,
} from '../classify.ts';

/** An answer outside 2xx, thrown by the fetch transport and translated here. */
export class AlpacaHttpError extends Error {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;

  constructor(status: number, body: unknown, headers: Headers) {
    super(`HTTP ${status}`);
    this.name = 'AlpacaHttpError';
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** Alpaca says when its window resets in whole seconds, so one more is added (Broker API guide, rate limits). */
const RESET_MARGIN_MS = 1_000;
/** Requests are counted by the minute: a reset that is further away was told by a clock that is not ours. */
const WINDOW_MS = 60_000;

/** The class of whatever the fetch transport threw. */
export function toAlpacaError(call: CallFacts, cause: unknown): ProviderError {
  if (!(cause instanceof AlpacaHttpError)) return errorForSilence(call, networkCode(cause), cause);
  const { code, message } = readProblem(cause.body);
  return errorForAnswer(call, {
    status: cause.status,
    code: code ?? String(cause.status),
    message,
    retryAfterMs: readWait(cause.status, cause.headers),
    body: cause.body,
    verdict: verdictOf(call, cause.status, code, message),
  });
}

/**
 * What Alpaca's words say beyond the status.
 * A 403 is either a refusal of the business ("amount not available", the 40310000 family) or our credentials,
 * which come as plain text or without a code of their own. A journal's 422 about its Idempotency-Key means that
 * an earlier journal has it, which must be looked up.
 */
function verdictOf(
  call: CallFacts,
  status: number,
  code: string | undefined,
  message: string,
): 'refused' | 'unclear' | 'defect' | undefined {
  if (status === 403) {
    const isCredentials = /forbidden|unauthori[sz]ed|not authori[sz]ed|access denied/i.test(message);
    const isBusiness = (code !== undefined && /^4\d{7}$/.test(code)) || !isCredentials;
    return isBusiness && message !== '' ? 'refused' : 'defect';
  }
  const isKeyTaken = /idempoten/i.test(message) && (status === 422 || status === 409);
  return isKeyTaken && call.kind === 'write' ? 'unclear' : undefined;
}

/** Errors are `{ code, message }`; some 403 and 404 answers are a plain string. */
function readProblem(body: unknown): { code: string | undefined; message: string } {
  if (typeof body === 'string') return { code: undefined, message: body.slice(0, 300) };
  if (typeof body !== 'object' || body === null) return { code: undefined, message: '' };
  const { code, message } = body as { code?: unknown; message?: unknown };
  return {
    code: typeof code === 'number' || typeof code === 'string' ? String(code) : undefined,
    message: typeof message === 'string' ? message : '',
  };
}

/** Every answer says when the window resets; it is a reason to wait only after a 429. */
function readWait(status: number, headers: Headers): number | undefined {
  const now = Date.now();
  const asked = readRetryAfter(headers.get('retry-after'), now);
  if (asked !== undefined || status !== 429) return asked;
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  if (!Number.isFinite(reset)) return undefined;
  return Math.min(Math.max(0, reset * 1000 - now), WINDOW_MS) + RESET_MARGIN_MS;
}

/** Node's fetch hides the network's code in a cause, or in the first of several causes. */
function networkCode(error: unknown): string {
  let current: unknown = error;
  for (let depth = 0; depth < 4 && typeof current === 'object' && current !== null; depth += 1) {
    const { code, name, cause, errors } = current as {
      code?: unknown;
      name?: unknown;
      cause?: unknown;
      errors?: unknown[];
    };
    if (typeof code === 'string') return code;
    if (name === 'TimeoutError' || name === 'AbortError') return 'timeout';
    current = cause ?? errors?.[0];
  }
  return NO_NETWORK_ERROR;
}
