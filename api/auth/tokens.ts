/** Access tokens: our own, signed with ES256, and those of an outside identity provider. */
import { createHash } from 'node:crypto';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  errors,
  importJWK,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { asRole, type Role } from '../../domain/platform/user.ts';
import { ProblemError } from '../problem.ts';
import type { Caller } from '../route.ts';

const ACCESS_TOKEN_SECONDS = 15 * 60;
const STEP_UP_TOKEN_SECONDS = 5 * 60;
const AUDIENCE = 'sluice';
/** How long a token of the outside provider keeps the user that was looked up for it. */
const OUTSIDE_USER_SECONDS = 60;
const REMEMBERED_TOKENS = 10_000;
const OUTSIDE_ALGORITHMS = ['ES256', 'ES384', 'RS256', 'RS384', 'RS512', 'PS256', 'EdDSA', 'Ed25519'];

/** What a token is good for. */
const TOKEN_USES = ['access', 'step_up', 'codec'] as const;
type TokenUse = (typeof TOKEN_USES)[number];

interface IssuedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

export interface TokenAuthority {
  issue(caller: Caller, use: TokenUse, seconds?: number): Promise<IssuedToken>;
  /** @throws {ProblemError} token_expired or token_invalid. */
  verify(token: string, use: TokenUse): Promise<Caller>;
  /** The public keys of our own tokens, as a JSON Web Key Set (RFC 7517). */
  readonly jwks: { readonly keys: readonly JWK[] };
}

export interface OutsideProvider {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
}

export interface AuthorityOptions {
  readonly issuer: string;
  /** Private ES256 key as a JSON Web Key. */
  readonly signingKey: JWK;
  readonly outside?: OutsideProvider;
  /** Finds or creates the user whom the outside provider knows by this `sub`. */
  readonly outsideUser?: (subject: string) => Promise<{ readonly userId: string; readonly role: Role }>;
}

interface Remembered {
  readonly caller: Caller;
  readonly use: TokenUse;
  /** Milliseconds. */
  readonly until: number;
}

/** Makes the authority that issues and verifies tokens. Keys are imported once. */
export async function createTokenAuthority(options: AuthorityOptions): Promise<TokenAuthority> {
  const { d: _private, ...publicPart } = options.signingKey;
  const kid =
    options.signingKey.kid ??
    createHash('sha256').update(`${publicPart.x}${publicPart.y}`).digest('hex').slice(0, 16);
  const publicJwk: JWK = { ...publicPart, kid, alg: 'ES256', use: 'sig' };
  const privateKey = await importJWK(options.signingKey, 'ES256');
  const ownKeys = createLocalJWKSet({ keys: [publicJwk] });
  const outsideKeys = options.outside && createRemoteJWKSet(new URL(options.outside.jwksUrl));
  const remembered = new Map<string, Remembered>();

  const issue = async (caller: Caller, use: TokenUse, seconds?: number): Promise<IssuedToken> => {
    const lifetime = seconds ?? (use === 'access' ? ACCESS_TOKEN_SECONDS : STEP_UP_TOKEN_SECONDS);
    const now = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({
      role: caller.role,
      use,
      ...(caller.sessionId ? { sid: caller.sessionId } : {}),
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      .setSubject(caller.userId)
      .setIssuer(options.issuer)
      .setAudience(AUDIENCE)
      .setIssuedAt(now)
      .setExpirationTime(now + lifetime)
      .sign(privateKey);
    return { token, expiresAt: new Date((now + lifetime) * 1000) };
  };

  const verifyOutside = async (token: string, use: TokenUse): Promise<Remembered> => {
    const { outside, outsideUser } = options;
    if (!outside || !outsideKeys || !outsideUser || use !== 'access') throw new ProblemError('token_invalid');
    const { payload } = await jwtVerify(token, outsideKeys, {
      issuer: outside.issuer,
      audience: outside.audience,
      algorithms: OUTSIDE_ALGORITHMS,
      requiredClaims: ['sub', 'exp'],
    });
    const caller = await outsideUser(payload.sub ?? '');
    const until = Math.min(expiryMs(payload), Date.now() + OUTSIDE_USER_SECONDS * 1000);
    return { caller: { userId: caller.userId, role: caller.role }, use, until };
  };

  const verifyOwn = async (token: string): Promise<Remembered> => {
    const { payload } = await jwtVerify(token, ownKeys, {
      issuer: options.issuer,
      audience: AUDIENCE,
      algorithms: ['ES256'],
      typ: 'at+jwt',
      requiredClaims: ['sub', 'exp', 'use'],
    });
    const session = typeof payload.sid === 'string' ? { sessionId: payload.sid } : {};
    const caller: Caller = { userId: payload.sub ?? '', role: asRole(payload.role), ...session };
    const use = TOKEN_USES.find((name) => name === payload.use);
    if (!use) throw new ProblemError('token_invalid');
    return { caller, use, until: expiryMs(payload) };
  };

  const verify = async (token: string, use: TokenUse): Promise<Caller> => {
    const known = remembered.get(token);
    if (known && known.until > Date.now() && known.use === use) return known.caller;
    const checked = await translated(async () =>
      issuerOf(token) === options.outside?.issuer ? verifyOutside(token, use) : verifyOwn(token),
    );
    if (checked.use !== use) throw new ProblemError('token_invalid', 'This token is for another use.');
    if (remembered.size >= REMEMBERED_TOKENS) remembered.clear();
    remembered.set(token, checked);
    return checked.caller;
  };

  return { issue, verify, jwks: { keys: [publicJwk] } };
}

/**
 * Issues one access token of ours without an API around it: for start-up scripts and tests.
 * `expiresInSeconds` defaults to 15 minutes.
 */
export async function issueToken(
  auth: { readonly issuer: string; readonly signingKey: JWK },
  who: { readonly userId: string; readonly role: Role; readonly expiresInSeconds?: number },
): Promise<string> {
  const authority = await createTokenAuthority({ issuer: auth.issuer, signingKey: auth.signingKey });
  const { token } = await authority.issue(
    { userId: who.userId, role: who.role },
    'access',
    who.expiresInSeconds,
  );
  return token;
}

function expiryMs(payload: JWTPayload): number {
  return (payload.exp ?? 0) * 1000;
}

/** The issuer that a token claims; nothing is trusted because of it. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    throw new ProblemError('token_invalid', 'The token is not a JSON Web Token.');
  }
}

async function translated<T>(verify: () => Promise<T>): Promise<T> {
  try {
    return await verify();
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new ProblemError('token_expired', undefined, { cause: error });
    if (error instanceof errors.JWKSTimeout || isUnreadable(error)) {
      const detail = 'The keys of the identity provider cannot be read.';
      throw new ProblemError('service_unavailable', detail, { cause: error, retryAfterSeconds: 5 });
    }
    if (error instanceof errors.JOSEError)
      throw new ProblemError('token_invalid', undefined, { cause: error });
    throw error;
  }
}

/** The keys could not be fetched: no connection, or an answer that is no key set. */
function isUnreadable(error: unknown): boolean {
  const { name, message } = error as { name?: string; message?: string };
  if (name === 'TypeError' && message === 'fetch failed') return true;
  return error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC';
}
