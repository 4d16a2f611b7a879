/** A link that signs a person of ours in for the Temporal Web UI, so that it shows decrypted histories. */
import { z } from 'zod';
import { isStaff } from '../../domain/platform/user.ts';
import { staffCookie } from '../auth/staff-cookie.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';

/** How long a browser may decrypt without a new link. */
const COOKIE_SECONDS = 8 * 60 * 60;

const signIn = defineRoute(
  {
    method: 'GET',
    path: '/staff/sign-in',
    operationId: 'staffSignIn',
    tag: 'operations',
    summary: 'Read decrypted histories in the Temporal Web UI',
    description:
      'Takes an access token of staff, sets a cookie that only the codec endpoint sees, and goes on to the Web UI.',
    access: 'public',
    limit: 'credentials',
    query: z.strictObject({ token: z.string().min(1).max(8192).describe('An access token of staff.') }),
    responses: {
      204: { description: 'Signed in; no Web UI is configured.' },
      303: { description: 'Signed in; goes on to the Web UI.', headers: { Location: 'The Web UI.' } },
    },
    problems: ['token_invalid', 'token_expired', 'role_required'],
  },
  async ({ query }, deps) => {
    const caller = await deps.tokens.verify(query.token, 'access');
    if (!isStaff(caller.role)) throw new ProblemError('role_required', 'This link is for staff.');
    const { token, expiresAt } = await deps.tokens.issue(caller, 'codec', COOKIE_SECONDS);
    const cookie = staffCookie(token, expiresAt, deps.publicUrl.startsWith('https:'));
    const headers = { 'Set-Cookie': cookie, 'Referrer-Policy': 'no-referrer' };
    if (deps.temporalUi === undefined) return { status: 204, headers };
    return { status: 303, headers: { ...headers, Location: `${deps.temporalUi}/workflows` } };
  },
);

export const staffSignInRoutes = [signIn];
