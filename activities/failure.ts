/** The one translator from a provider's or the database's error to the failure that Temporal acts upon. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { ProviderError } from '../domain/provider-error.ts';

/** What a workflow, and a support person in the Web UI, can read from a failure. Nothing personal. */
interface FailureDetails {
  readonly provider: string;
  readonly operation: string;
  readonly code: string;
  readonly httpStatus?: number;
  /** Milliseconds that the company asked us to wait; a workflow cannot read `nextRetryDelay`. */
  readonly retryAfterMs?: number;
}

/** Providers quote input in their messages; what goes into history is cut to one readable line. */
const MAX_MESSAGE = 300;

/**
 * PostgreSQL: error codes, appendix A. The database was away or asked for another try: connection (08),
 * rollback after a conflict (40), resources (53), operator and time-out (57), lock not available (55P03).
 */
const TRY_AGAIN_SQLSTATE = /^(08|40|53|57)|^55P03$/;
/** Constraints, triggers, our own laws (SL, db/functions), data and syntax: trying again brings the same answer. */
const FINAL_SQLSTATE = /^(0A|21|22|23|2F|42|44|P0|SL)/;
const CONNECTION_CODES = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOST|ENET)/;

/**
 * Translates any error that an activity ends with. The failure's type is the class name (`Refused`,
 * `Unavailable`, `Unclear`, `Defect`); `Refused` and `Defect` are not retried; a company's Retry-After becomes
 * the next retry delay. Failures that Temporal knows already pass unchanged, and a bug that is none of these
 * stays retryable, so that a corrected worker continues where the broken one stopped.
 */
export function toFailure(error: unknown): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (isNamed(error, 'CompleteAsyncError')) return error;
  if (error instanceof ProviderError) return fromProvider(error);
  return fromDatabase(error) ?? fromBug(error);
}

/**
 * Wraps each activity of an object so that whatever it throws is translated.
 * @param activities functions by name; the result has the same names and types.
 */
export function withFailures<Activities extends object>(activities: Activities): Activities {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    typeof activity === 'function' ? translated(activity) : activity,
  ]);
  return Object.fromEntries(wrapped) as Activities;
}

function translated(activity: (...input: unknown[]) => unknown): (...input: unknown[]) => Promise<unknown> {
  return async (...input) => {
    try {
      return await activity(...input);
    } catch (error) {
      throw toFailure(error);
    }
  };
}

function fromProvider(error: ProviderError): ApplicationFailure {
  const details: FailureDetails = {
    provider: error.provider,
    operation: error.operation,
    code: error.code,
    ...(error.httpStatus === undefined ? {} : { httpStatus: error.httpStatus }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  };
  return ApplicationFailure.create({
    type: error.name,
    message: error.message.slice(0, MAX_MESSAGE),
    nonRetryable: error.name === 'Refused' || error.name === 'Defect',
    details: [details],
    ...(error.retryAfterMs === undefined ? {} : { nextRetryDelay: error.retryAfterMs }),
  });
}

/** Drizzle wraps the driver's error as a cause, so the chain is walked to the first code. */
function fromDatabase(error: unknown): ApplicationFailure | undefined {
  const found = findCode(error);
  if (found === undefined) return undefined;
  const { code, constraint } = found;
  const isConnection = CONNECTION_CODES.test(code);
  const isFinal = FINAL_SQLSTATE.test(code) && !isConnection;
  if (!isFinal && !isConnection && !TRY_AGAIN_SQLSTATE.test(code)) return undefined;
  // Neither the statement nor its values: both may be personal.
  const subject = constraint === undefined ? code : `${code} ${constraint}`;
  return ApplicationFailure.create({
    type: isFinal ? 'Defect' : 'Unavailable',
    message: isFinal ? `the database refused: ${subject}` : `the database is not available: ${subject}`,
    nonRetryable: isFinal,
    details: [{ provider: 'database', operation: constraint ?? 'query', code } satisfies FailureDetails],
  });
}

function findCode(error: unknown): { code: string; constraint: string | undefined } | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 4 && typeof current === 'object' && current !== null; depth += 1) {
    const { code, constraint, cause, message } = current as Record<string, unknown>;
    if (typeof code === 'string' && /^[0-9A-Z]{5}$|^E[A-Z_]+$/.test(code)) {
      return { code, constraint: typeof constraint === 'string' ? constraint : undefined };
    }
    // The pool has no code of its own for these.
    if (typeof message === 'string' && /connection terminated|timeout exceeded when trying/i.test(message)) {
      return { code: 'ECONNRESET', constraint: undefined };
    }
    current = cause;
  }
  return undefined;
}

function fromBug(error: unknown): ApplicationFailure {
  const cause = error instanceof Error ? error : new Error(String(error));
  return ApplicationFailure.create({
    type: cause.name,
    message: cause.message.slice(0, MAX_MESSAGE),
    nonRetryable: false,
    cause,
  });
}

function isNamed(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name;
}
