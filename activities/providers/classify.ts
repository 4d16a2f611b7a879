/** Decides which of the four error classes a provider's answer, or the lack of one, belongs to. */
import {
  Defect,
  type Provider,
  type ProviderError,
  Refused,
  Unavailable,
  Unclear,
} from '../../domain/provider-error.ts';

/**
 * A `write` may have had an effect, a `read` never has. A `search` is the read that looks for what an earlier write has
 * left: a company that refuses to be asked has said nothing about that write, so a search is never `Refused`.
 */
export type CallKind = 'read' | 'search' | 'write';

/** Which call went wrong. */
export interface CallFacts {
  readonly provider: Provider;
  readonly operation: string;
  readonly kind: CallKind;
}

/** What the company answered. `verdict` is set where the company's own code says more than the status. */
interface AnswerFacts {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
  readonly verdict?: 'refused' | 'unclear' | 'defect' | undefined;
  /** The body as it came: a web page is no answer of the company's API. */
  readonly body?: unknown;
}

const REFUSING = new Set([402, 404, 409, 422, 423]);
/** Rate limited, "too early" and "service unavailable": the request was turned away at the door. */
const TURNED_AWAY = new Set([425, 429, 503]);
/** Network errors that happen before the first byte of the request has left. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The error for an answer with a status outside 2xx. */
export function errorForAnswer(call: CallFacts, answer: AnswerFacts): ProviderError {
  const facts = {
    provider: call.provider,
    operation: call.operation,
    code: answer.code,
    httpStatus: answer.status,
    retryAfterMs: answer.retryAfterMs,
  };
  const message = `${call.provider} ${call.operation}: ${answer.status} ${answer.message}`;
  const verdict = isMisdirected(answer) ? 'defect' : (answer.verdict ?? verdictOf(answer.status, call.kind));
  if (verdict === 'refused' && call.kind !== 'search') return new Refused(message, facts);
  if (verdict === 'unavailable') return new Unavailable(message, facts);
  if (verdict === 'unclear') return new Unclear(message, facts);
  return new Defect(message, facts);
}

/**
 * A refusal written as a web page comes from a proxy or from another host than we meant. It says nothing about
 * the money, so it must not end a lifecycle as refused.
 */
function isMisdirected({ status, body }: AnswerFacts): boolean {
  return REFUSING.has(status) && typeof body === 'string' && /^\s*</.test(body);
}

function verdictOf(
  status: number,
  kind: CallFacts['kind'],
): 'refused' | 'unavailable' | 'unclear' | 'defect' {
  if (TURNED_AWAY.has(status)) return 'unavailable';
  if (REFUSING.has(status)) return 'refused';
  // A proxy or the company itself gave up half-way: only a write can have left something behind.
  if (status >= 500 || status === 408) return kind === 'write' ? 'unclear' : 'unavailable';
  return 'defect';
}

/** The code of an error that is no network error at all, but one of the program. */
export const NO_NETWORK_ERROR = 'no_network_error';

/**
 * The error for a call that brought no answer: a refused connection, a reset, a time-out. The transport's own
 * error is not kept as the cause, because it carries the request with its credentials into every log.
 */
export function errorForSilence(call: CallFacts, code: string, cause: unknown): ProviderError {
  const facts = { provider: call.provider, operation: call.operation, code };
  const message = `${call.provider} ${call.operation}: no answer (${code})`;
  if (code === NO_NETWORK_ERROR) {
    return call.kind === 'write'
      ? new Unclear(message, facts, { cause })
      : new Defect(message, facts, { cause });
  }
  if (NEVER_SENT.has(code) || call.kind !== 'write') return new Unavailable(message, facts);
  return new Unclear(message, facts);
}

/**
 * The error for a 2xx answer that cannot be read. A write was accepted, so it must be looked up; a read that
 * is no JSON at all comes from something in between and may be asked again; a read of another shape is ours.
 */
export function errorForUnreadable(call: CallFacts, detail: string, isJson: boolean): ProviderError {
  const code = isJson ? 'unexpected_answer' : 'unreadable_answer';
  const facts = { provider: call.provider, operation: call.operation, code };
  const message = `${call.provider} ${call.operation}: ${code} (${detail})`;
  if (call.kind === 'write') return new Unclear(message, facts);
  return isJson ? new Defect(message, facts) : new Unavailable(message, facts);
}

/** Whoever asks for more is asked again then: a clock may be wrong, and money waits meanwhile. */
const LONGEST_WAIT_MS = 5 * 60_000;

/**
 * Reads `Retry-After` (seconds or an HTTP date; RFC 9110 section 10.2.3) into milliseconds, five minutes at the most.
 */
export function readRetryAfter(value: string | null | undefined, now: number): number | undefined {
  if (value === null || value === undefined || value.trim() === '') return undefined;
  const seconds = Number(value);
  const wait = Number.isFinite(seconds) ? Math.ceil(seconds * 1000) : Date.parse(value) - now;
  if (Number.isNaN(wait) || (Number.isFinite(seconds) && wait < 0)) return undefined;
  return Math.min(Math.max(0, wait), LONGEST_WAIT_MS);
}
