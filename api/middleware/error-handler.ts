/** Turns everything that was thrown behind a request into a problem answer. */
import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';
import { ProblemError, sendProblem } from '../problem.ts';
import { contextOf } from './request-context.ts';

/** Connection lost, server stopping, too many connections, statement timeout (PostgreSQL error codes). */
const DATABASE_DOWN = /^(08...|57P0.|57014|53...|ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|ETIMEDOUT)$/;
/** gRPC: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE. */
const TEMPORAL_DOWN = new Set([4, 8, 14]);
const RETRY_SECONDS = 2;

/** The problem behind an error: itself, a known outage, a broken request, or a defect of ours. */
function asProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const { code, status, message, cause } = error as {
    code?: unknown;
    status?: unknown;
    message?: string;
    cause?: unknown;
  };
  const unavailable = (detail: string) =>
    new ProblemError('service_unavailable', detail, { cause: error, retryAfterSeconds: RETRY_SECONDS });
  if (typeof code === 'string' && DATABASE_DOWN.test(code))
    return unavailable('The database does not answer.');
  if (
    /Connection terminated|timeout exceeded when trying to connect|Query read timeout/.test(message ?? '')
  ) {
    return unavailable('The database does not answer.');
  }
  const { name } = error as { name?: unknown };
  if (name === 'WorkflowUpdateRPCTimeoutOrCancelledError')
    return unavailable('The workflow engine does not answer.');
  const grpc = typeof code === 'number' ? code : (cause as { code?: unknown } | undefined)?.code;
  if (typeof grpc === 'number' && TEMPORAL_DOWN.has(grpc))
    return unavailable('The workflow engine does not answer.');
  if (error instanceof URIError || status === 400) {
    return new ProblemError('malformed_request', 'The path is not a valid address.', { cause: error });
  }
  return new ProblemError('internal_error', undefined, { cause: error });
}

/**
 * What the log keeps of an error. Messages and details of the database may repeat what a customer sent, so that only
 * its code, the rule that refused and the place in our code stay.
 */
export function describeCause(cause: unknown): Record<string, unknown> | undefined {
  if (!(cause instanceof Error)) return cause === undefined ? undefined : { name: typeof cause };
  const { code, constraint, table, routine, severity } = cause as Error & Record<string, unknown>;
  const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const ofDatabase = severity !== undefined || routine !== undefined;
  return {
    name: cause.name,
    ...(ofDatabase ? { constraint, table, routine } : { message: cause.message }),
    ...(code === undefined ? {} : { code }),
    stack: frames.map((line) => line.trim()),
    ...(cause.cause === undefined ? {} : { cause: describeCause(cause.cause) }),
  };
}

/** The last middleware. A defect is logged with its cause; the answer never tells it. */
export function errorHandler(log: Logger, baseUrl: string) {
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    const problem = asProblem(error);
    const { requestId } = contextOf(request);
    if (problem.code === 'internal_error' || problem.code === 'service_unavailable') {
      log.error(
        { request_id: requestId, code: problem.code, cause: describeCause(problem.options.cause) },
        'request failed',
      );
    }
    if (response.headersSent) response.destroy();
    else sendProblem(response, problem, requestId, baseUrl);
  };
}
