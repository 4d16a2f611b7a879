/** Signing in: phone codes, tokens, refresh, and what is refused. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type ApiUnderTest, ISSUER, startApi } from './api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

let numbers = 0;
const newNumber = () => `+1555${String(1_000_000 + ++numbers)}`;
const codeFor = (number: string) => {
  const message = api.messages.filter(({ to }) => to === number).at(-1);
  return /^(\d{6}) /.exec(message?.body ?? '')?.[1] ?? '';
};
const start = (phone_number: string) => api.call('POST', '/v1/auth/phone/start', { body: { phone_number } });
const verify = (phone_number: string, code: string, idempotencyKey?: string) =>
  api.call('POST', '/v1/auth/phone/verify', {
    body: { phone_number, code },
    ...(idempotencyKey ? { idempotencyKey } : {}),
  });
const exchange = (refresh_token: string, idempotencyKey: string = randomUUID()) =>
  api.call('POST', '/v1/auth/token', { body: { refresh_token }, idempotencyKey });
const otherCode = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

async function signIn(number = newNumber()) {
  await start(number);
  return (await verify(number, codeFor(number))).body;
}

describe('phone', () => {
  test('a code signs a new number up, and the same number in again', async () => {
    const number = newNumber();
    expect((await start(number)).status).toBe(202);
    const first = await verify(number, codeFor(number));
    expect(first.status).toBe(200);
    const me = await api.call('GET', '/v1/me', { token: first.body.access_token });
    expect(me.body).toMatchObject({
      id: first.body.user_id,
      phone_number: number,
      role: 'user',
      kyc_status: 'not_started',
    });
    await api.database.pool.query(
      `update phone_verifications set created_at = created_at - interval '1 minute'`,
    );
    expect((await signIn(number)).user_id).toBe(first.body.user_id);
  });

  test('the answer does not tell whether a number is known', async () => {
    const known = newNumber();
    await api.user('user', { phone_number: known });
    const [answerKnown, answerNew] = [await start(known), await start(newNumber())];
    expect(answerKnown.status).toBe(answerNew.status);
    expect(Object.keys(answerKnown.body)).toEqual(Object.keys(answerNew.body));
  });

  test('a code works once', async () => {
    const number = newNumber();
    await start(number);
    const code = codeFor(number);
    expect((await verify(number, code)).status).toBe(200);
    expect(await verify(number, code)).toMatchObject({ status: 401, body: { code: 'verification_failed' } });
  });

  test('a repeated verification with the same key gets the same tokens', async () => {
    const number = newNumber();
    await start(number);
    const key = randomUUID();
    const first = await verify(number, codeFor(number), key);
    const again = await verify(number, codeFor(number), key);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  test('after five wrong tries the right code is refused too, even when they come at once', async () => {
    const number = newNumber();
    await start(number);
    const wrong = otherCode(codeFor(number));
    const answers = await Promise.all(Array.from({ length: 12 }, () => verify(number, wrong)));
    expect(answers.every(({ status }) => status === 401)).toBe(true);
    expect((await verify(number, codeFor(number))).status).toBe(401);
    const { rows } = await api.database.pool.query(
      'select tries from phone_verifications where phone_number = $1',
      [number],
    );
    expect(rows).toEqual([{ tries: 5 }]);
  });

  test('a code that has expired is refused', async () => {
    const number = newNumber();
    await start(number);
    await api.database.pool.query(
      'update phone_verifications set expires_at = now() where phone_number = $1',
      [number],
    );
    expect((await verify(number, codeFor(number))).body.code).toBe('verification_failed');
  });

  test('a second code at once is refused with the time to wait, also when many ask together', async () => {
    const number = newNumber();
    const answers = await Promise.all(Array.from({ length: 10 }, () => start(number)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body.code).toBe('rate_limited');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(api.messages.filter(({ to }) => to === number)).toHaveLength(1);
  });

  test('neither code nor number is kept or logged in plain text', async () => {
    const number = newNumber();
    await start(number);
    const code = codeFor(number);
    const session = (await verify(number, code)).body;
    const { rows } = await api.database.pool.query(
      `select (select json_agg(k) from idempotency_keys k)::text || (select json_agg(t) from refresh_tokens t)::text
         || (select json_agg(v.code_hash) from phone_verifications v)::text as everything`,
    );
    for (const secret of [session.access_token, session.refresh_token, `"${code}"`]) {
      expect(rows[0].everything).not.toContain(secret);
    }
    const log = api.logged.join('');
    for (const secret of [number, session.access_token, session.refresh_token])
      expect(log).not.toContain(secret);
  });
});

describe('refresh tokens', () => {
  test('an exchange gives a new pair, and the new one works', async () => {
    const session = await signIn();
    const next = await exchange(session.refresh_token);
    expect(next.status).toBe(200);
    expect(next.body.refresh_token).not.toBe(session.refresh_token);
    expect((await exchange(next.body.refresh_token)).status).toBe(200);
  });

  test('a token that is used twice ends the whole session', async () => {
    const session = await signIn();
    const next = (await exchange(session.refresh_token)).body;
    expect((await exchange(session.refresh_token)).body.code).toBe('refresh_token_invalid');
    expect((await exchange(next.refresh_token)).body.code).toBe('refresh_token_invalid');
  });

  test('a lost answer is fetched again with the same key', async () => {
    const session = await signIn();
    const key = randomUUID();
    const first = await exchange(session.refresh_token, key);
    const again = await exchange(session.refresh_token, key);
    expect(again.body).toEqual(first.body);
    expect((await exchange(first.body.refresh_token)).status).toBe(200);
  });

  test('of two exchanges at once at most one wins, and the session is over', async () => {
    const session = await signIn();
    const answers = await Promise.all([exchange(session.refresh_token), exchange(session.refresh_token)]);
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect((await exchange(won[0]?.body.refresh_token)).body.code).toBe('refresh_token_invalid');
  });

  test('after sign-out the refresh token is worth nothing', async () => {
    const session = await signIn();
    expect((await api.call('POST', '/v1/auth/sign-out', { token: session.access_token })).status).toBe(204);
    expect((await exchange(session.refresh_token)).status).toBe(401);
  });
});

describe('access tokens', () => {
  const base = { role: 'admin', use: 'access' };
  const sign = async (
    claims: Record<string, unknown>,
    change: { issuer?: string; audience?: string; expires?: string; typ?: string; subject?: string } = {},
    key = api.signingKey,
  ) => {
    const { importJWK } = await import('jose');
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: change.typ ?? 'at+jwt' })
      .setSubject(change.subject ?? randomUUID())
      .setIssuer(change.issuer ?? ISSUER)
      .setAudience(change.audience ?? 'sluice')
      .setExpirationTime(change.expires ?? '5m')
      .sign(await importJWK(key, 'ES256'));
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const codeOf = async (token: string) => (await api.call('GET', '/v1/me', { token })).body.code;

  test('none at all', async () => {
    const answer = await api.call('GET', '/v1/me');
    expect(answer).toMatchObject({ status: 401, body: { code: 'authentication_required' } });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="sluice"');
  });
  test('expired', async () =>
    expect(await codeOf(await sign(base, { expires: '-1m' }))).toBe('token_expired'));
  test('of another issuer', async () =>
    expect(await codeOf(await sign(base, { issuer: 'https://evil.test' }))).toBe('token_invalid'));
  test('for another audience', async () =>
    expect(await codeOf(await sign(base, { audience: 'other' }))).toBe('token_invalid'));
  test('of another type', async () =>
    expect(await codeOf(await sign(base, { typ: 'JWT' }))).toBe('token_invalid'));
  test('for another use', async () =>
    expect(await codeOf(await sign({ ...base, use: 'step_up' }))).toBe('token_invalid'));
  test('without a use', async () =>
    expect(await codeOf(await sign({ role: 'admin' }))).toBe('token_invalid'));
  test('signed by a stranger', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    expect(await codeOf(await sign(base, {}, await exportJWK(privateKey)))).toBe('token_invalid');
  });
  test('with alg none', async () => {
    const claims = { ...base, sub: randomUUID(), iss: ISSUER, aud: 'sluice', exp: 4_102_444_800 };
    expect(await codeOf(`${part({ alg: 'none', typ: 'at+jwt' })}.${part(claims)}.`)).toBe('token_invalid');
  });
  test('with another role written into it', async () => {
    const { token } = await api.user();
    const [head, body, signature] = token.split('.') as [string, string, string];
    const claims = { ...JSON.parse(Buffer.from(body, 'base64url').toString()), role: 'admin' };
    expect(await codeOf(`${head}.${part(claims)}.${signature}`)).toBe('token_invalid');
  });
  test.each(['Basic abc', 'Bearer', 'Bearer a b', `Bearer ${'x'.repeat(9000)}`, 'Bearer not-a-token'])(
    'a header that is no bearer token',
    async (authorization) => {
      const answer = await api.call('GET', '/v1/me', {
        headers: { authorization: authorization.slice(0, 9500) },
      });
      expect(answer).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
    },
  );
  test('of a user who does not exist', async () => {
    const token = await sign(base);
    expect(await codeOf(token)).toBe('token_invalid');
    const write = await api.call('PATCH', '/v1/me', { token, body: { full_name: 'X' } });
    expect(write).toMatchObject({ status: 401, body: { code: 'token_invalid' } });
  });
  test('our public keys verify our tokens', async () => {
    const { body } = await api.call('GET', '/v1/auth/jwks.json');
    expect(body.keys).toEqual([
      expect.objectContaining({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' }),
    ]);
    expect(body.keys[0]).not.toHaveProperty('d');
  });
});

test('tokens of an outside identity provider are matched by their subject', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'o1', alg: 'RS256', use: 'sig' };
  const provider = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const issuer = 'https://identity.test';
  const jwksUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`;
  const other = await startApi({}, { outside: { jwksUrl, issuer, audience: 'app' } });
  try {
    const sign = (audience: string, subject = 'auth0|77') =>
      new SignJWT({ role: 'admin' })
        .setProtectedHeader({ alg: 'RS256', kid: 'o1' })
        .setSubject(subject)
        .setIssuer(issuer)
        .setAudience(audience)
        .setExpirationTime('5m')
        .sign(privateKey);
    const first = await other.call('GET', '/v1/me', { token: await sign('app') });
    expect(first).toMatchObject({ status: 200, body: { role: 'user' } });
    const again = await other.call('GET', '/v1/me', { token: await sign('app') });
    expect(again.body.id).toBe(first.body.id);
    expect((await other.call('GET', '/v1/me', { token: await sign('else') })).status).toBe(401);
    expect((await other.call('GET', '/v1/admin/users', { token: await sign('app') })).status).toBe(403);
  } finally {
    await other.stop();
    provider.close();
    provider.closeAllConnections();
  }
});

test.each([
  ['does not answer', (_: IncomingMessage, response: ServerResponse) => void response.destroy()],
  ['answers nonsense', (_: IncomingMessage, response: ServerResponse) => void response.end('<html>')],
  ['is down', (_: IncomingMessage, response: ServerResponse) => void response.writeHead(503).end()],
])('an identity provider that %s is no fault of the token', async (_name, answer) => {
  const provider = createServer(answer);
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const { privateKey } = await generateKeyPair('RS256');
  const issuer = 'https://identity.test';
  const jwksUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`;
  const other = await startApi({}, { outside: { jwksUrl, issuer, audience: 'app' } });
  try {
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'RS256', kid: 'o1' })
      .setSubject('someone')
      .setIssuer(issuer)
      .setAudience('app')
      .setExpirationTime('5m')
      .sign(privateKey);
    expect(await other.call('GET', '/v1/me', { token })).toMatchObject({
      status: 503,
      body: { detail: 'The keys of the identity provider cannot be read.' },
    });
  } finally {
    await other.stop();
    provider.close();
    provider.closeAllConnections();
  }
});

test('too many requests are refused with the time to wait', async () => {
  const limited = await startApi({ rateLimits: { perMinute: 5, credentialsPerMinute: 2 } });
  try {
    const { token } = await limited.user();
    const { token: other } = await limited.user();
    const answers = [];
    for (let index = 0; index < 6; index++) answers.push(await limited.call('GET', '/v1/me', { token }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
    expect(answers[5]?.body.code).toBe('rate_limited');
    expect(answers[5]?.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(answers[0]?.headers.get('ratelimit')).toContain('r=4');
    expect((await limited.call('GET', '/v1/me', { token: other })).status).toBe(200);
    const guess = () => limited.call('POST', '/v1/auth/token', { body: { refresh_token: 'x'.repeat(43) } });
    expect([(await guess()).status, (await guess()).status, (await guess()).status]).toEqual([401, 401, 429]);
  } finally {
    await limited.stop();
  }
});
