/** What is known of a request while it runs: its id, its route, its caller. Sent back, logged and measured. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { withRequestContext } from '../../temporal/request-context.ts';

export const REQUEST_ID_HEADER = 'X-Request-Id';
/** Ids from outside are kept when they are harmless in logs and headers. */
const SANE_ID = /^[A-Za-z0-9._:-]{8,128}$/;
/** W3C Trace Context, version 00. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

export interface RequestContext {
  readonly requestId: string;
  readonly startedAt: bigint;
  /** The declared path; absent while no endpoint has matched. */
  route?: string;
  userId?: string;
  /** The workflow that the request spoke to. */
  workflowId?: string;
}

const contexts = new WeakMap<Request, RequestContext>();

/** Gives every request a context and its id, taken from X-Request-Id when that is sane. */
export function requestContext(request: Request, response: Response, next: NextFunction): void {
  const given = request.get(REQUEST_ID_HEADER);
  const requestId = given !== undefined && SANE_ID.test(given) ? given : randomUUID();
  contexts.set(request, { requestId, startedAt: process.hrtime.bigint() });
  response.setHeader(REQUEST_ID_HEADER, requestId);
  const parent = request.get('traceparent');
  const trace = parent !== undefined && TRACEPARENT.test(parent) ? parent : undefined;
  // Whatever this request starts or signals carries both on, into the workflow and its activities.
  withRequestContext(carried(requestId, trace), next);
}

/** Most requests start and signal nothing: a trace of our own is made when somebody asks for it. */
function carried(requestId: string, given: string | undefined) {
  let traceparent = given;
  return {
    requestId,
    get traceparent(): string {
      traceparent ??= `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
      return traceparent;
    },
  };
}

/** The context of a request. */
export function contextOf(request: Request): RequestContext {
  const context = contexts.get(request);
  if (!context) throw new Error('a request without context');
  return context;
}
