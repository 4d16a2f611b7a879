/** Who may call: HTTP Basic, APCA headers, or a bearer token from the client credentials grant. */
import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Reply, Route, SandboxRequest } from '../kernel/http.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { problemBody, refused } from './problem.ts';

export interface AlpacaCredentials {
  key: string;
  secret: string;
  firm_account_id: string;
}

interface Token {
  digest: string;
  expires_at: number;
}

/** Alpaca: Authentication guide, "valid for 15 minutes"; the answer says 899 seconds. */
const TOKEN_SECONDS = 899;

/** The broker's credentials, made at the first start and kept with the sandbox's data. */
export function alpacaCredentials(kernel: Kernel): AlpacaCredentials {
  return kernel.store.keep('alpaca.credentials', () => ({
    key: `CK${randomBytes(9).toString('hex').toUpperCase()}`,
    secret: randomBytes(30).toString('base64url'),
    firm_account_id: randomUUID(),
  }));
}

function same(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export interface Authentication {
  authenticate: (request: SandboxRequest) => Reply | undefined;
  routes: Route[];
}

/**
 * Checks callers and hands out tokens. Alpaca: Authentication guide (client credentials and legacy flows).
 */
export function createAuthentication(kernel: Kernel, credentials: AlpacaCredentials): Authentication {
  const tokens = kernel.store.table<Token>('alpaca_tokens', { id: (token) => token.digest });
  const isPair = (key: string, secret: string): boolean =>
    same(key, credentials.key) && same(secret, credentials.secret);
  const basic = `Basic ${Buffer.from(`${credentials.key}:${credentials.secret}`).toString('base64')}`;

  const isKnown = (request: SandboxRequest): boolean => {
    const header = request.headers.authorization ?? '';
    if (header === basic) return true;
    if (/^basic /i.test(header)) {
      const [key = '', ...secret] = Buffer.from(header.slice(6), 'base64').toString('utf8').split(':');
      return isPair(key, secret.join(':'));
    }
    if (/^bearer /i.test(header)) {
      const token = tokens.get(digest(header.slice(7).trim()));
      return token !== undefined && token.expires_at > kernel.clock.millis();
    }
    const key = request.headers['apca-api-key-id'];
    return typeof key === 'string' && isPair(key, String(request.headers['apca-api-secret-key'] ?? ''));
  };

  const issueToken = (request: SandboxRequest): Reply => {
    const { grant_type, client_id, client_secret } = request.body;
    const body = {
      error: 'unsupported_grant_type',
      error_description: 'only client_credentials is supported',
    };
    if (grant_type !== 'client_credentials') return { status: 400, body };
    if (!isPair(String(client_id ?? ''), String(client_secret ?? ''))) {
      return {
        status: 401,
        body: { error: 'invalid_client', error_description: 'client authentication failed' },
      };
    }
    const token = randomBytes(32).toString('base64url');
    const expires_at = kernel.clock.millis() + TOKEN_SECONDS * 1_000;
    tokens.insert({ digest: digest(token), expires_at });
    return { status: 200, body: { access_token: token, expires_in: TOKEN_SECONDS, token_type: 'Bearer' } };
  };

  return {
    authenticate(request) {
      if (isKnown(request)) return undefined;
      return { status: 401, body: problemBody(401, 'request is not authorized') };
    },
    routes: [
      {
        method: 'POST',
        path: '/v1/oauth2/token',
        operation: 'alpaca.createToken',
        open: true,
        handle: (request) => {
          if (request.malformed) throw refused(400, 'request body format is invalid');
          return issueToken(request);
        },
      },
    ],
  };
}
