/** Finds out who is calling and whether the declaration of the endpoint lets them in. */
import type { Request } from 'express';
import type { Role } from '../../domain/platform/user.ts';
import { STAFF_COOKIE } from '../auth/staff-cookie.ts';
import type { TokenAuthority } from '../auth/tokens.ts';
import { ProblemError } from '../problem.ts';
import type { Caller, RouteSpec } from '../route.ts';

const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;
/** Longer tokens than this are refused unread. */
const MAX_TOKEN_LENGTH = 8192;
const STEP_UP_HEADER = 'Step-Up-Token';

const NOBODY: Caller = { userId: '', role: 'user' };

/**
 * The caller of a request.
 * @throws {ProblemError} authentication_required, token_invalid, token_expired.
 */
export async function authenticate(
  request: Request,
  spec: RouteSpec,
  tokens: TokenAuthority,
): Promise<Caller> {
  if (spec.access === 'public') return NOBODY;
  const bearer = bearerToken(request);
  if (bearer !== undefined) return tokens.verify(bearer, 'access');
  const cookie = spec.cookie ? cookieToken(request) : undefined;
  if (cookie === undefined) throw new ProblemError('authentication_required');
  return tokens.verify(cookie, 'codec');
}

/**
 * Refuses a caller whose role the declaration does not name.
 * @throws {ProblemError} role_required.
 */
export function authorize(caller: Caller, spec: RouteSpec): void {
  if (spec.access === 'public' || (spec.access as readonly Role[]).includes(caller.role)) return;
  throw new ProblemError('role_required', `This endpoint is for: ${spec.access.join(', ')}.`);
}

/**
 * Checks the step-up token of an endpoint that wants one: of the same user and the same sign-in.
 * @throws {ProblemError} step_up_required.
 */
export async function requireStepUp(
  request: Request,
  spec: RouteSpec,
  caller: Caller,
  tokens: TokenAuthority,
): Promise<void> {
  if (!spec.stepUp) return;
  const token = request.get(STEP_UP_HEADER);
  if (token === undefined) throw new ProblemError('step_up_required');
  const confirmed = await tokens.verify(token, 'step_up').catch((cause: unknown) => {
    throw new ProblemError('step_up_required', 'The step-up token is not valid any more.', { cause });
  });
  if (confirmed.userId !== caller.userId || confirmed.sessionId !== caller.sessionId) {
    throw new ProblemError('step_up_required', 'The step-up token belongs to another sign-in.');
  }
}

function bearerToken(request: Request): string | undefined {
  const header = request.get('authorization');
  if (header === undefined || header === '') return undefined;
  const token = header.length <= MAX_TOKEN_LENGTH ? BEARER.exec(header)?.[1] : undefined;
  if (token === undefined) throw new ProblemError('token_invalid', 'Send `Authorization: Bearer <token>`.');
  return token;
}

function cookieToken(request: Request): string | undefined {
  const cookies = (request.get('cookie') ?? '').split(';').map((part) => part.trim());
  const found = cookies.find((part) => part.startsWith(`${STAFF_COOKIE}=`));
  return found?.slice(STAFF_COOKIE.length + 1);
}
