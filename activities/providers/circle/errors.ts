/** Circle wallets' errors in our four classes. */
import type { ProviderError } from '../../../domain/provider-error.ts';
import {
  type CallFacts,
  errorForAnswer,
  errorForSilence,
  NO_NETWORK_ERROR,
  readRetryAfter,
} from '../classify.ts';

/**
 * Body codes by which Circle refuses for a reason of the business, whatever HTTP status carries them (the
 * pairing is not documented). Circle: W3S error codes, transactions 1552xx, wallets 1555xx, lookups 15600x.
 */
const REFUSING_CODES = new Set([
  155201, 155202, 155204, 155205, 155219, 155220, 155221, 155228, 155229, 155239, 155258, 155264, 155501,
  155502, 155505, 155509, 155510, 155511, 156001, 156002, 156003, 156005, 156027, 156031,
]);
/** "Please use a new idempotency key": an earlier request with this key exists, so it may have had its effect. */
const KEY_TAKEN_CODES = new Set([156020, 177607]);
/** Credentials and ciphertexts: nothing a customer did. */
const OUR_FAULT_CODES = new Set([156004, 156006, 156007, 156009, 156012, 156013, 156014, 156016, 156019]);

interface SdkError {
  readonly status?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  /** The raw axios error, behind a getter. */
  readonly error?: {
    readonly response?: { readonly headers?: Record<string, unknown>; readonly data?: unknown };
  };
}

/**
 * The class of an error that the wallets SDK threw. Only `status` and `code` are looked at: the SDK's class
 * names are minified, and a 404 with a body code is no instance of its NotFoundError.
 */
export function toCircleError(call: CallFacts, cause: unknown): ProviderError {
  const error: SdkError = typeof cause === 'object' && cause !== null ? cause : {};
  if (typeof error.status !== 'number')
    return errorForSilence(call, readCode(error) ?? NO_NETWORK_ERROR, cause);
  const code = Number(error.code);
  const response = error.error?.response;
  const header = response?.headers?.['retry-after'];
  return errorForAnswer(call, {
    status: error.status,
    code: readCode(error) ?? String(error.status),
    message: typeof error.message === 'string' ? error.message : 'no message',
    retryAfterMs: readRetryAfter(typeof header === 'string' ? header : undefined, Date.now()),
    body: response?.data,
    verdict: error.status < 500 && error.status !== 429 ? verdictOfCode(code, call.kind) : undefined,
  });
}

function verdictOfCode(code: number, kind: CallFacts['kind']): 'refused' | 'unclear' | 'defect' | undefined {
  if (REFUSING_CODES.has(code)) return 'refused';
  if (KEY_TAKEN_CODES.has(code)) return kind === 'write' ? 'unclear' : 'defect';
  return OUR_FAULT_CODES.has(code) ? 'defect' : undefined;
}

function readCode(error: SdkError): string | undefined {
  if (typeof error.code === 'number') return String(error.code);
  return typeof error.code === 'string' && error.code !== '' ? error.code : undefined;
}
