/**
 * Carries the request's context from whatever started or signalled a workflow into its activities, and lets local
 * activities run in turn.
 */
import type { Headers } from '@temporalio/common';
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { REQUEST_ID_HEADER, TRACE_HEADER } from '../contract.ts';
import { turns } from './turns.ts';

/** The factory that the SDK looks for by this name in every interceptor module. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  // The SDK asks for interceptors once for each workflow.
  const inTurn = turns();
  let carried: Headers = {};
  const take = (headers: Headers): void => {
    const found: Headers = {};
    for (const name of [REQUEST_ID_HEADER, TRACE_HEADER]) {
      const payload = headers[name];
      if (payload) found[name] = payload;
    }
    if (Object.keys(found).length > 0) carried = found;
  };
  return {
    inbound: [
      {
        execute: (input, next) => {
          take(input.headers);
          return next(input);
        },
        handleSignal: (input, next) => {
          take(input.headers);
          return next(input);
        },
        handleUpdate: (input, next) => {
          take(input.headers);
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next({ ...input, headers: { ...input.headers, ...carried } }),
        scheduleLocalActivity: (input, next) =>
          inTurn(() => next({ ...input, headers: { ...input.headers, ...carried } })),
        continueAsNew: (input, next) => next({ ...input, headers: { ...input.headers, ...carried } }),
      },
    ],
  };
};
