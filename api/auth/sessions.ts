/** What a sign-in hands out: a short access token and a refresh token that is exchanged at each use. */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { SignedIn } from '../../db/platform/auth-queries.ts';
import { timestamp } from '../fields.ts';
import type { TokenAuthority } from './tokens.ts';

const REFRESH_TOKEN_BYTES = 32;

export const sessionSchema = z
  .strictObject({
    user_id: z.uuid(),
    token_type: z.literal('Bearer'),
    access_token: z.string().describe('Send it as `Authorization: Bearer`.'),
    access_token_expires_at: timestamp,
    refresh_token: z.string().describe('Good for one exchange within 30 days. Keep it secret.'),
  })
  .meta({ id: 'Session' });

export const refreshToken = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, { error: 'is not a refresh token of this API' });

/** A refresh token and the hash that is kept of it. */
export function newRefreshToken(): { readonly token: string; readonly hash: string } {
  const token = randomBytes(REFRESH_TOKEN_BYTES).toString('base64url');
  return { token, hash: hashRefreshToken(token) };
}

/** SHA-256 is enough: the token itself is 256 random bits. */
export function hashRefreshToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** The answer to a sign-in or an exchange. */
export async function sessionOf(
  tokens: TokenAuthority,
  signedIn: SignedIn,
  refresh: string,
): Promise<z.infer<typeof sessionSchema>> {
  const { userId, role, familyId } = signedIn;
  const access = await tokens.issue({ userId, role, sessionId: familyId }, 'access');
  return {
    user_id: userId,
    token_type: 'Bearer',
    access_token: access.token,
    access_token_expires_at: access.expiresAt.toISOString(),
    refresh_token: refresh,
  };
}
