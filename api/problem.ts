/** Answers of the API that say what went wrong: RFC 9457 problem details from the table in domain/problem.ts. */
import type { Response } from 'express';
import { z } from 'zod';
import { PROBLEM_CODES, type ProblemCode, problemSpec } from '../domain/problem.ts';

/** Where a wrong value stands. */
export type InvalidIn = 'body' | 'query' | 'path' | 'header';

/** One wrong field. `pointer` is a JSON pointer into the part of the request named by `in`. */
export interface InvalidField {
  readonly in: InvalidIn;
  readonly pointer: string;
  readonly detail: string;
}

export const problemSchema = z
  .strictObject({
    type: z.string().describe('Address of the page that explains this problem.'),
    title: z.string().describe('The same short text for every occurrence of this problem.'),
    status: z.int().describe('The HTTP status, repeated.'),
    detail: z.string().describe('What was wrong this time.'),
    code: z.enum(PROBLEM_CODES).describe('Stable name for programs.'),
    request_id: z.string().describe('Names this request in our logs.'),
    customer_message: z.string().describe('A sentence that an app may show as it is.'),
    errors: z
      .array(
        z.strictObject({
          in: z.enum(['body', 'query', 'path', 'header']),
          pointer: z.string().describe('JSON pointer to the field.'),
          detail: z.string(),
        }),
      )
      .optional()
      .describe('Every wrong field of the request.'),
    figures: z
      .record(z.string(), z.string().nullable())
      .optional()
      .describe('Amounts, times and ids that belong to this occurrence, by name.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

interface ProblemOptions {
  readonly errors?: readonly InvalidField[];
  /** Shown to the caller; nothing that others may not know. */
  readonly figures?: Readonly<Record<string, string | null>>;
  /** Becomes the Retry-After header, in whole seconds. */
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Thrown anywhere behind a route to end the request with a problem. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly options: ProblemOptions;
  constructor(code: ProblemCode, detail?: string, options: ProblemOptions = {}) {
    super(
      detail ?? problemSpec(code).meaning,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.options = options;
  }
}

/** Path of the page that explains a problem. */
export function problemPath(code: ProblemCode): string {
  return `/problems/${code}`;
}

/** The body of a problem answer. `baseUrl` is the public address of the API. */
export function problemBody(problem: ProblemError, requestId: string, baseUrl: string) {
  const spec = problemSpec(problem.code);
  return {
    type: `${baseUrl}${problemPath(problem.code)}`,
    title: spec.title,
    status: spec.status,
    detail: problem.message,
    code: problem.code,
    request_id: requestId,
    customer_message: spec.customer,
    ...(problem.options.errors ? { errors: problem.options.errors } : {}),
    ...(problem.options.figures ? { figures: problem.options.figures } : {}),
  };
}

/** Headers that belong to a problem: Retry-After, and WWW-Authenticate for 401 (RFC 6750). */
export function problemHeaders(problem: ProblemError): Record<string, string> {
  const headers: Record<string, string> = { ...problem.options.headers };
  if (problem.options.retryAfterSeconds !== undefined) {
    headers['Retry-After'] = String(Math.max(1, Math.ceil(problem.options.retryAfterSeconds)));
  }
  if (problemSpec(problem.code).status === 401) headers['WWW-Authenticate'] = challenge(problem.code);
  return headers;
}

function challenge(code: ProblemCode): string {
  if (code === 'authentication_required' || code === 'webhook_not_verified') return 'Bearer realm="sluice"';
  return `Bearer realm="sluice", error="invalid_token", error_description="${problemSpec(code).title}"`;
}

/** Sends a problem as `application/problem+json`. */
export function sendProblem(
  response: Response,
  problem: ProblemError,
  requestId: string,
  baseUrl: string,
): void {
  response.status(problemSpec(problem.code).status);
  response.set(problemHeaders(problem));
  response.set('Cache-Control', 'no-store');
  response.type('application/problem+json');
  response.send(JSON.stringify(problemBody(problem, requestId, baseUrl)));
}
