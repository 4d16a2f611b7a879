/** The codec endpoint: staff read encrypted payloads in the Temporal Web UI, and nobody else does. */
import { type ApiUnderTest, startApi } from './api-under-test.ts';

const UI = 'http://127.0.0.1:8233';
let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const plain = {
  metadata: { encoding: Buffer.from('json/plain').toString('base64') },
  data: Buffer.from('"42 USD"').toString('base64'),
};
const ask = (direction: string, payloads: object[], headers: Record<string, string>) =>
  api.call('POST', `/v1/codec/${direction}`, {
    body: { payloads },
    headers: { 'x-namespace': 'default', ...headers },
  });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function encrypted() {
  const { token } = await api.user('admin');
  return (await ask('encode', [plain], bearer(token))).body.payloads[0];
}

test('staff encode and decode', async () => {
  const sealed = await encrypted();
  expect(JSON.stringify(sealed)).not.toContain(plain.data);
  const { token } = await api.user('support');
  const answer = await ask('decode', [sealed, plain], bearer(token));
  expect(answer).toMatchObject({ status: 200, body: { payloads: [plain, plain] } });
});

test('users and strangers decode nothing', async () => {
  const sealed = await encrypted();
  expect((await ask('decode', [sealed], {})).status).toBe(401);
  expect((await ask('decode', [sealed], bearer((await api.user()).token))).status).toBe(403);
  expect(
    (await ask('decode', [sealed], { cookie: `sluice_staff=${(await api.user('admin')).token}` })).status,
  ).toBe(401);
});

test('a payload that was changed is refused', async () => {
  const sealed = await encrypted();
  const bytes = Buffer.from(sealed.data, 'base64');
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  const { token } = await api.user('support');
  const answer = await ask('decode', [{ ...sealed, data: bytes.toString('base64') }], bearer(token));
  expect(answer).toMatchObject({ status: 422, body: { code: 'payload_undecodable' } });
});

test('a staff link sets a cookie that decodes, goes on to the Web UI, and opens nothing else', async () => {
  const { token } = await api.user('support');
  const link = await fetch(`${api.url}/staff/sign-in?token=${token}`, { redirect: 'manual' });
  expect(link.status).toBe(303);
  expect(link.headers.get('location')).toBe(`${UI}/namespaces/default/workflows`);
  const set = link.headers.get('set-cookie') ?? '';
  expect(set).toMatch(/; Path=\/v1\/codec; .*HttpOnly; SameSite=Strict$/);
  const cookie = set.split(';')[0] ?? '';
  const answer = await ask('decode', [await encrypted()], { cookie, origin: UI });
  expect(answer.body.payloads).toEqual([plain]);
  expect((await api.call('GET', '/v1/admin/users', { headers: { cookie } })).status).toBe(401);
  const stolen = cookie.split('=')[1] ?? '';
  expect((await api.call('GET', '/v1/admin/users', { token: stolen })).body.code).toBe('token_invalid');
});

test('a customer gets no cookie', async () => {
  const { token } = await api.user();
  const link = await fetch(`${api.url}/staff/sign-in?token=${token}`, { redirect: 'manual' });
  expect([link.status, link.headers.get('set-cookie')]).toEqual([403, null]);
});

test('scripts of the Web UI may ask with credentials, those of other origins may not', async () => {
  const preflight = (origin: string) =>
    fetch(`${api.url}/v1/codec/decode`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-namespace',
      },
    });
  const allowed = await preflight(UI);
  expect(allowed.headers.get('access-control-allow-origin')).toBe(UI);
  expect(allowed.headers.get('access-control-allow-credentials')).toBe('true');
  expect(allowed.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('x-namespace');
  const evil = await preflight('https://evil.test');
  expect(evil.headers.get('access-control-allow-origin')).toBeNull();
});

test('a page of the Web UI, which asks once for each payload, does not use up the budget of its reader', async () => {
  const limited = await startApi({ rateLimits: { perMinute: 5, credentialsPerMinute: 5 } });
  try {
    const { token } = await limited.user('support');
    const ask = () => limited.call('POST', '/v1/codec/decode', { token, body: { payloads: [plain] } });
    const answers = await Promise.all(Array.from({ length: 60 }, ask));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect((await limited.call('GET', '/v1/me', { token })).status).toBe(200);
  } finally {
    await limited.stop();
  }
});
