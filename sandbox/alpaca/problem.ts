/** Refusals as Alpaca words them: an HTTP status and a body of an eight-digit code and a message. */
import { Refusal } from '../kernel/http.ts';

const CODES: Record<number, number> = {
  400: 40010000,
  401: 40110000,
  403: 40310000,
  404: 40410000,
  409: 40910000,
  410: 41010000,
  422: 42210000,
  429: 42910000,
  500: 50010000,
  503: 50310000,
};

/** The body of an error. Alpaca: `{code, message}`, at times with further fields beside them. */
export function problemBody(status: number, message: string, extra: Record<string, unknown> = {}): unknown {
  return { code: CODES[status] ?? status * 100_000, message, ...extra };
}

/** A refusal with a status of its own. */
export function refused(status: number, message: string, extra: Record<string, unknown> = {}): Refusal {
  return new Refusal(status, problemBody(status, message, extra));
}

/** 400: the body or a parameter cannot be read. */
export function malformed(message: string): Refusal {
  return refused(400, message);
}

/** 422: well formed, but a value is not acceptable. */
export function invalid(message: string): Refusal {
  return refused(422, message);
}

/** 404: no such thing. */
export function notFound(message: string): Refusal {
  return refused(404, message);
}

/** 403: known and understood, but not permitted in the present state of the account. */
export function forbidden(message: string, extra: Record<string, unknown> = {}): Refusal {
  return refused(403, message, extra);
}
