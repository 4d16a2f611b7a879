/** Circle Mint's errors in our four classes. */
import type { ProviderError } from '../../../domain/provider-error.ts';
import {
  type CallFacts,
  errorForAnswer,
  errorForSilence,
  NO_NETWORK_ERROR,
  readRetryAfter,
} from '../classify.ts';

interface AxiosShape {
  readonly code?: unknown;
  readonly response?: {
    readonly status: number;
    readonly data?: unknown;
    readonly headers?: Record<string, unknown>;
  };
}

/**
 * The class of an axios error of the Mint SDK.
 * Circle: Mint error codes. 409 is "conflicts with another request": the key was used before, so the earlier
 * request may have had its effect and must be looked up; body code -1 is "something went wrong", transient.
 */
export function toMintError(call: CallFacts, cause: unknown): ProviderError {
  const error: AxiosShape = typeof cause === 'object' && cause !== null ? cause : {};
  if (error.response === undefined) {
    return errorForSilence(call, typeof error.code === 'string' ? error.code : NO_NETWORK_ERROR, cause);
  }
  const { status, data, headers } = error.response;
  const body: { code?: unknown; message?: unknown } = typeof data === 'object' && data !== null ? data : {};
  const retryAfter = headers?.['retry-after'];
  return errorForAnswer(call, {
    status,
    code: typeof body.code === 'number' || typeof body.code === 'string' ? String(body.code) : String(status),
    message: typeof body.message === 'string' ? body.message : 'no message',
    retryAfterMs: readRetryAfter(typeof retryAfter === 'string' ? retryAfter : undefined, Date.now()),
    body: data,
    verdict: status === 409 && call.kind === 'write' ? 'unclear' : undefined,
  });
}
