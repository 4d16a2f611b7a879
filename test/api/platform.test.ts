/** What holds for every request: ids, problems, methods, bodies, pages, health. */
import { describeCause } from '../../api/middleware/error-handler.ts';
import { PROBLEM_CODES, problemSpec } from '../../domain/problem.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';

let api: ApiUnderTest;
let token: string;
beforeAll(async () => {
  api = await startApi();
  token = (await api.user()).token;
});
afterAll(() => api.stop());

const send = (path: string, init: RequestInit) => fetch(`${api.url}${path}`, init);
const patchMe = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  send('/v1/me', {
    method: 'PATCH',
    body,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': 'k',
      ...headers,
    },
  });

test('a sane X-Request-Id comes back, another one is replaced', async () => {
  const kept = await api.call('GET', '/healthz', { headers: { 'x-request-id': 'client-request-1' } });
  expect(kept.headers.get('x-request-id')).toBe('client-request-1');
  const replaced = await api.call('GET', '/healthz', { headers: { 'x-request-id': 'a b"c' } });
  expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('an unknown path is a problem with its page, code and request id', async () => {
  const { status, body, headers } = await api.call('GET', '/v1/nothing');
  expect(status).toBe(404);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({
    type: `${api.url}/problems/route_not_found`,
    code: 'route_not_found',
    status: 404,
    request_id: headers.get('x-request-id'),
  });
});

test('a wrong method names the right ones in Allow; OPTIONS answers with them', async () => {
  const wrong = await api.call('DELETE', '/v1/me');
  expect(wrong.status).toBe(405);
  expect(wrong.headers.get('allow')).toBe('GET, PATCH, HEAD, OPTIONS');
  expect((await api.call('OPTIONS', '/v1/me')).status).toBe(204);
});

test('HEAD answers as GET without a body', async () => {
  const head = await send('/v1/me', { method: 'HEAD', headers: { authorization: `Bearer ${token}` } });
  expect(head.status).toBe(200);
  expect(await head.text()).toBe('');
});

test.each([
  ['no JSON', '{"email": ', {}, 400, 'malformed_json'],
  ['two documents', '{} {}', {}, 400, 'malformed_json'],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), {}, 400, 'malformed_json'],
  ['deep nesting', '['.repeat(30_000), {}, 400, 'malformed_json'],
  [
    'a form',
    'email=a',
    { 'content-type': 'application/x-www-form-urlencoded' },
    415,
    'unsupported_media_type',
  ],
  ['no content type', Buffer.from('{}'), { 'content-type': '' }, 415, 'unsupported_media_type'],
  [
    'another charset',
    '{}',
    { 'content-type': 'application/json; charset=latin1' },
    415,
    'unsupported_media_type',
  ],
  ['a compressed body', '{}', { 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
  ['a body that is too large', `"${'x'.repeat(70_000)}"`, {}, 413, 'payload_too_large'],
  ['a list', '[]', {}, 400, 'validation_failed'],
  ['null', 'null', {}, 400, 'validation_failed'],
  ['no body', '', {}, 400, 'validation_failed'],
  ['a prototype key', '{"__proto__": {"role": "admin"}}', {}, 400, 'validation_failed'],
] as const)('a body with %s is refused', async (_name, body, headers, status, code) => {
  const answer = await patchMe(body as NonNullable<RequestInit['body']>, headers);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(await answer.json()).toMatchObject({ status, code });
});

test('a path that is no valid address is refused', async () => {
  const answer = await api.call('GET', '/v1/wallets/%E0%A4%A', { token });
  expect(answer).toMatchObject({ status: 400, body: { code: 'malformed_request' } });
});

test.each(PROBLEM_CODES)('%s has a page', async (code) => {
  const page = await api.call<string>('GET', `/problems/${code}`);
  expect(page.status).toBe(200);
  expect(page.body).toContain(problemSpec(code).title.replaceAll("'", '&#39;'));
});

test('the reference page needs no other host and no script', async () => {
  const page = await api.call<string>('GET', '/docs');
  expect(page.status).toBe(200);
  expect(page.body).not.toMatch(/<script|src=|href="https?:/);
  expect(page.body).toContain('/v1/deposits/{deposit_id}/events');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('the log names request, route and user, and nothing that was sent', async () => {
  const { id, token: own } = await api.user('user', { email: 'hidden@example.com' });
  const secret = 'Zebedee Quux';
  const answer = await api.call('PATCH', '/v1/me', { token: own, body: { full_name: secret } });
  expect(answer.status).toBe(200);
  const line = api.logged.map((text) => JSON.parse(text)).find((entry) => entry.user_id === id);
  expect(line).toMatchObject({
    method: 'PATCH',
    route: '/v1/me',
    status: 200,
    request_id: answer.headers.get('x-request-id'),
  });
  const everything = api.logged.join('');
  for (const hidden of [secret, 'hidden@example.com', own]) expect(everything).not.toContain(hidden);
});

test('measurements name the declared route, not the path', async () => {
  await api.call('GET', '/v1/wallets/0f8fad5b-d9cb-469f-a165-70867728950e', { token });
  const { body } = await api.call<string>('GET', '/metrics');
  expect(body).toContain('route="/v1/wallets/:wallet_id"');
  expect(body).not.toContain('0f8fad5b');
});

test('not ready names what is down', async () => {
  const down = { getSystemInfo: async () => Promise.reject(new Error('down')) };
  const broken = await startApi({ temporal: { workflowService: down } as never });
  try {
    expect((await api.call('GET', '/readyz')).status).toBe(200);
    const answer = await broken.call('GET', '/readyz');
    expect(answer).toMatchObject({ status: 503, body: { detail: 'Not answering: temporal.' } });
    await broken.deps.database.close();
    expect((await broken.call('GET', '/readyz')).body.detail).toBe('Not answering: postgres, temporal.');
    expect((await broken.call('GET', '/healthz')).status).toBe(200);
  } finally {
    await broken.stop().catch(() => undefined);
  }
});

test('what the database says of a customer is not logged', async () => {
  const { id } = await api.user('user', { email: 'twice@example.com' });
  const refused = await api.database.pool
    .query(`insert into users (auth_provider_id, email) values ('x', 'twice@example.com')`)
    .catch((error: unknown) => error);
  const kept = JSON.stringify(describeCause(refused));
  expect(kept).toContain('users_email_unique');
  expect(kept).not.toMatch(new RegExp(`twice@example|${id}`));
});
