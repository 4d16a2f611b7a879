/** Endpoints around tokens: exchange, sign-out, and the public keys. */
import { z } from 'zod';
import { revokeSession, rotateRefreshToken } from '../../db/platform/auth-queries.ts';
import { ROLES } from '../../domain/platform/user.ts';
import { ProblemError } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { hashRefreshToken, newRefreshToken, refreshToken, sessionOf, sessionSchema } from './sessions.ts';

const exchangeToken = defineRoute(
  {
    method: 'POST',
    path: '/v1/auth/token',
    operationId: 'exchangeRefreshToken',
    tag: 'auth',
    summary: 'Exchange a refresh token',
    description:
      'Each refresh token is good once. One that is used a second time ends the whole session, because somebody else ' +
      'must hold a copy; a repetition with the same Idempotency-Key is no second use.',
    access: 'public',
    limit: 'credentials',
    callerOf: (body) => (body as { refresh_token: string }).refresh_token,
    body: z.strictObject({ refresh_token: refreshToken }).meta({ id: 'TokenExchange' }),
    responses: { 200: { description: 'The next pair of tokens.', schema: sessionSchema } },
    problems: ['refresh_token_invalid'],
  },
  async ({ body }, deps) => {
    const next = newRefreshToken();
    const signedIn = await rotateRefreshToken(deps.database, hashRefreshToken(body.refresh_token), next.hash);
    if (!signedIn) throw new ProblemError('refresh_token_invalid');
    return { status: 200, body: await sessionOf(deps.tokens, signedIn, next.token) };
  },
);

const signOut = defineRoute(
  {
    method: 'POST',
    path: '/v1/auth/sign-out',
    operationId: 'signOut',
    tag: 'auth',
    summary: 'End the session',
    description:
      'The refresh tokens of this sign-in are worth nothing from now on; access tokens run out by themselves.',
    access: ROLES,
    refusedWhenSuspended: false,
    responses: { 204: { description: 'Signed out.' } },
  },
  async ({ caller }, deps) => {
    if (caller.sessionId) await revokeSession(deps.database, caller.userId, caller.sessionId);
    return { status: 204 };
  },
);

const jwkSchema = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string(),
  alg: z.literal('ES256'),
  use: z.literal('sig'),
});

const jwks = defineRoute(
  {
    method: 'GET',
    path: '/v1/auth/jwks.json',
    operationId: 'getJwks',
    tag: 'auth',
    summary: 'Public keys of our access tokens',
    access: 'public',
    responses: {
      200: {
        description: 'A JSON Web Key Set (RFC 7517).',
        schema: z.strictObject({ keys: z.array(jwkSchema) }).meta({ id: 'Jwks' }),
      },
    },
  },
  (_input, deps) => ({ status: 200, body: deps.tokens.jwks }),
);

export const tokenRoutes = [exchangeToken, signOut, jwks];
