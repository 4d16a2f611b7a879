/** The closed table of everything that the API can refuse or fail with, and what the reader should do then. */

import { WITHDRAWAL_PROBLEMS } from './funding/withdrawal-problems.ts';
import { REVIEW_PROBLEMS } from './platform/review-problems.ts';

/**
 * When the same request is worth sending again.
 * - `never`: the answer stays the same.
 * - `corrected`: after the request was corrected.
 * - `later`: unchanged, after the time in Retry-After or a growing wait, with the same Idempotency-Key.
 * - `signed_in`: with a new access token.
 */
export type Retry = 'never' | 'corrected' | 'later' | 'signed_in';

export interface ProblemSpec {
  /** HTTP status of the answer. */
  readonly status: number;
  /** Short name for people; the same for every occurrence. */
  readonly title: string;
  readonly retry: Retry;
  /** What the app may show to a customer. */
  readonly customer: string;
  /** What a developer should know beyond the title. */
  readonly meaning: string;
}

const REQUEST = 'Something in this request was not right. Please check and try again.';
const OURS = 'Something went wrong on our side. Please try again in a moment.';

export const PROBLEMS = {
  malformed_request: {
    status: 400,
    title: 'Malformed request',
    retry: 'corrected',
    customer: REQUEST,
    meaning: 'The request line, its path or its body could not be read as HTTP.',
  },
  malformed_json: {
    status: 400,
    title: 'The body is not JSON',
    retry: 'corrected',
    customer: REQUEST,
    meaning: 'The body is not one JSON document in UTF-8.',
  },
  validation_failed: {
    status: 400,
    title: 'Some fields are not valid',
    retry: 'corrected',
    customer: REQUEST,
    meaning:
      'Each wrong field is listed in `errors`, with a JSON pointer into the part of the request it is in.',
  },
  idempotency_key_missing: {
    status: 400,
    title: 'Idempotency-Key is missing',
    retry: 'corrected',
    customer: REQUEST,
    meaning:
      'Every write needs an Idempotency-Key header: a fresh random value, sent again unchanged on a retry.',
  },
  idempotency_key_malformed: {
    status: 400,
    title: 'Idempotency-Key is malformed',
    retry: 'corrected',
    customer: REQUEST,
    meaning: 'The key must have 1 to 128 visible ASCII characters.',
  },
  authentication_required: {
    status: 401,
    title: 'Sign in first',
    retry: 'signed_in',
    customer: 'Please sign in.',
    meaning: 'The request has no `Authorization: Bearer` token.',
  },
  token_invalid: {
    status: 401,
    title: 'The access token is not valid',
    retry: 'signed_in',
    customer: 'Please sign in again.',
    meaning: 'The token is not signed by a trusted key, or not issued for this API.',
  },
  token_expired: {
    status: 401,
    title: 'The access token has expired',
    retry: 'signed_in',
    customer: 'Please sign in again.',
    meaning: 'Exchange the refresh token for a new access token, then send the request again.',
  },
  webhook_not_verified: {
    status: 401,
    title: 'The delivery could not be verified',
    retry: 'never',
    customer: REQUEST,
    meaning: 'The signature, its key or its sender is not that of the provider. Nothing was stored.',
  },
  refresh_token_invalid: {
    status: 401,
    title: 'The refresh token is not valid',
    retry: 'never',
    customer: 'Please sign in again.',
    meaning:
      'The refresh token is unknown, expired, or was used before; a reused token ends its whole session.',
  },
  verification_failed: {
    status: 401,
    title: 'The code is not valid',
    retry: 'corrected',
    customer: 'This code is not valid. Check it, or ask for a new one.',
    meaning: 'The code is wrong, has expired, was used, or was tried too often.',
  },
  role_required: {
    status: 403,
    title: 'Your role does not allow this',
    retry: 'never',
    customer: 'You are not allowed to do this.',
    meaning: 'The endpoint is for another role.',
  },
  step_up_required: {
    status: 403,
    title: 'Passcode needed',
    retry: 'corrected',
    customer: 'Please enter your passcode to continue.',
    meaning: 'Verify the passcode and send its token in the Step-Up-Token header.',
  },
  account_suspended: {
    status: 403,
    title: 'The account is suspended',
    retry: 'never',
    customer: 'Your account is on hold. You can look at everything, but not change it. Please contact us.',
    meaning: 'A suspended user reads and moves nothing.',
  },
  kyc_required: {
    status: 403,
    title: 'Identity check not finished',
    retry: 'later',
    customer: 'Please finish your identity check first.',
    meaning: 'Money moves only for users whose KYC is approved.',
  },
  passcode_wrong: {
    status: 403,
    title: 'The passcode is wrong',
    retry: 'corrected',
    customer: 'This passcode is not right.',
    meaning: 'Five wrong tries lock the passcode for a time that grows.',
  },
  route_not_found: {
    status: 404,
    title: 'No such address',
    retry: 'never',
    customer: 'This page does not exist.',
    meaning: 'The path is not part of this API; see /docs.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    retry: 'never',
    customer: 'We could not find this.',
    meaning: 'There is no such object, or it belongs to somebody else.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    retry: 'never',
    customer: REQUEST,
    meaning: 'The Allow header lists the methods of this path.',
  },
  idempotency_in_progress: {
    status: 409,
    title: 'The first request is still running',
    retry: 'later',
    customer: 'We are still working on this. One moment, please.',
    meaning: 'A request with this Idempotency-Key has not finished. Send it again after Retry-After.',
  },
  passcode_not_set: {
    status: 409,
    title: 'No passcode is set',
    retry: 'corrected',
    customer: 'Please set a passcode first.',
    meaning: 'Set a passcode with PUT /v1/me/passcode.',
  },
  email_taken: {
    status: 409,
    title: 'The e-mail address is in use',
    retry: 'corrected',
    customer: 'This e-mail address belongs to another account.',
    meaning: 'An e-mail address belongs to one user.',
  },
  kyc_not_open: {
    status: 409,
    title: 'The application cannot be changed now',
    retry: 'never',
    customer: 'Your application is with our broker and cannot be changed at the moment.',
    meaning: 'An application is accepted once; documents only while the broker asks for them.',
  },
  webhook_endpoint_off: {
    status: 409,
    title: 'The endpoint is turned off',
    retry: 'corrected',
    customer: REQUEST,
    meaning: 'Nothing is sent to an endpoint that is turned off. Turn it on with PATCH first.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    retry: 'corrected',
    customer: 'This is too large. Please send something smaller.',
    meaning: 'The body has more bytes than this endpoint takes.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported content type',
    retry: 'corrected',
    customer: REQUEST,
    meaning: 'Send `Content-Type: application/json` in UTF-8 without a content encoding.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'Idempotency-Key was used for another request',
    retry: 'corrected',
    customer: REQUEST,
    meaning: 'The key belongs to a request with another path or body. Use a fresh key for a new request.',
  },
  passcode_weak: {
    status: 422,
    title: 'The passcode is too easy to guess',
    retry: 'corrected',
    customer: 'Please choose a passcode that is harder to guess.',
    meaning: 'Repeated and ascending digits are refused.',
  },
  notice_not_optional: {
    status: 422,
    title: 'This notice cannot be turned off',
    retry: 'never',
    customer: 'Notices about your money and your access cannot be turned off.',
    meaning: 'Critical notices are always told, over every channel; `errors` names them.',
  },
  payload_undecodable: {
    status: 422,
    title: 'A payload cannot be decoded',
    retry: 'never',
    customer: REQUEST,
    meaning: 'A Temporal payload was encrypted with an unknown or destroyed key, or was changed.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    retry: 'later',
    customer: 'That was a bit fast. Please wait a moment.',
    meaning: 'Retry-After and the RateLimit headers say when the next request is welcome.',
  },
  passcode_locked: {
    status: 429,
    title: 'The passcode is locked for a while',
    retry: 'later',
    customer: 'Too many wrong tries. Please wait before you try again.',
    meaning: 'Retry-After says when the next try is possible.',
  },
  internal_error: {
    status: 500,
    title: 'An error of ours',
    retry: 'later',
    customer: OURS,
    meaning:
      'A defect. Send the request again with the same Idempotency-Key, and tell us the request_id if it stays.',
  },
  service_unavailable: {
    status: 503,
    title: 'Not available right now',
    retry: 'later',
    customer: OURS,
    meaning: 'A part that this request needs is down; `detail` names it. The request is safe to send again.',
  },
  ...REVIEW_PROBLEMS,
  ...WITHDRAWAL_PROBLEMS,
} as const satisfies Record<string, ProblemSpec>;

/** The name of a problem: the last part of its `type` address. */
export type ProblemCode = keyof typeof PROBLEMS;

/** Every problem code, in the order of the table. */
export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** The specification of a problem. */
export function problemSpec(code: ProblemCode): ProblemSpec {
  return PROBLEMS[code];
}
