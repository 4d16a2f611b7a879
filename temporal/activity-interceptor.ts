/** Gives activities the context of the request that caused them, and logs how each attempt ended. */
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { contextOf } from './headers.ts';
import { withRequestContext } from './request-context.ts';

/** What the interceptor needs of a logger. */
export interface ActivityLog {
  debug(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

/** Long calls show every so often that they are alive; without a sign their worker counts as dead. */
const HEARTBEATS_PER_TIMEOUT = 3;
/** Activities that report by themselves, with details that a bare sign of life would wipe out. */
const REPORTS_ITSELF = new Set(['readBrokerEvents']);

/** One log line per attempt: activity, workflow, attempt, milliseconds, error class. Never arguments or results. */
export function activityInterceptor(log: ActivityLog): ActivityInterceptorsFactory {
  return (context) => ({
    inbound: {
      async execute(input, next) {
        const request = contextOf(input.headers);
        const { activityType, workflowExecution, attempt } = context.info;
        const fields = {
          activity: activityType,
          workflow_id: workflowExecution?.workflowId,
          attempt,
          request_id: request.requestId,
          trace_id: request.traceparent?.split('-')[1],
        };
        const started = performance.now();
        const { heartbeatTimeoutMs } = context.info;
        const beat =
          heartbeatTimeoutMs && !REPORTS_ITSELF.has(activityType)
            ? setInterval(() => context.heartbeat(), heartbeatTimeoutMs / HEARTBEATS_PER_TIMEOUT)
            : undefined;
        try {
          const result = await withRequestContext(request, () => next(input));
          log.debug({ ...fields, ms: Math.round(performance.now() - started) }, 'activity done');
          return result;
        } catch (error) {
          const ms = Math.round(performance.now() - started);
          const kind = error instanceof ApplicationFailure ? error.type : (error as Error)?.name;
          log.warn(
            { ...fields, ms, error: kind, detail: (error as Error)?.message },
            'activity attempt failed',
          );
          throw error;
        } finally {
          clearInterval(beat);
        }
      },
    },
  });
}
