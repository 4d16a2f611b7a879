/** Puts the request's context into Temporal headers, and reads it from them. */
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { REQUEST_ID_HEADER, TRACE_HEADER } from '../workflows/contract.ts';
import { type RequestContext, requestContext } from './request-context.ts';

/** The given headers with the running request's context added. */
export function withContextHeaders(headers: Headers): Headers {
  const { requestId, traceparent } = requestContext();
  return {
    ...headers,
    ...(requestId && { [REQUEST_ID_HEADER]: defaultPayloadConverter.toPayload(requestId) }),
    ...(traceparent && { [TRACE_HEADER]: defaultPayloadConverter.toPayload(traceparent) }),
  };
}

/** The context that headers carry. */
export function contextOf(headers: Headers): RequestContext {
  const read = (name: string): string | undefined => {
    const payload = headers[name];
    return payload ? defaultPayloadConverter.fromPayload<string>(payload) : undefined;
  };
  const requestId = read(REQUEST_ID_HEADER);
  const traceparent = read(TRACE_HEADER);
  return { ...(requestId && { requestId }), ...(traceparent && { traceparent }) };
}
