/** One structured log line and one measurement per request. No bodies, queries, addresses or tokens. */
import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';
import { Histogram, type Registry } from 'prom-client';
import { contextOf } from './request-context.ts';

const BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
/** Asked often by machines; logged only when they fail. */
const QUIET = new Set(['/healthz', '/readyz', '/metrics']);

/** Makes the middleware; `sluice_http_request_duration_seconds` is registered in `metrics`. */
export function requestLog(log: Logger, metrics: Registry) {
  const durations = new Histogram({
    name: 'sluice_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [metrics],
  });
  return (request: Request, response: Response, next: NextFunction): void => {
    response.once('close', () => {
      const context = contextOf(request);
      const seconds = Number(process.hrtime.bigint() - context.startedAt) / 1e9;
      const route = context.route ?? 'unmatched';
      durations.observe({ method: request.method, route, status: response.statusCode }, seconds);
      if (QUIET.has(route) && response.statusCode < 400) return;
      const facts = {
        request_id: context.requestId,
        method: request.method,
        route,
        status: response.statusCode,
        duration_ms: Math.round(seconds * 1e5) / 100,
        user_id: context.userId,
        workflow_id: context.workflowId,
        ...(response.writableFinished ? {} : { aborted: true }),
      };
      if (response.statusCode >= 500) log.error(facts, 'request failed');
      else log.info(facts, 'request');
    });
    next();
  };
}
