/** Who may call what: every endpoint with every role, from the declarations. */
import { type RouteSpec, refusesSuspended } from '../../api/route.ts';
import { ROUTES } from '../../api/routes.ts';
import { ROLES } from '../../domain/platform/user.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';
import { BODIES, examplePath } from './examples.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const specs = ROUTES.map(({ spec }) => spec);
const named = (list: RouteSpec[]) => list.map((spec) => [`${spec.method} ${spec.path}`, spec] as const);
const request = (spec: RouteSpec, token?: string) =>
  api.call(spec.method, examplePath(spec), {
    ...(token === undefined ? {} : { token }),
    ...(BODIES[spec.operationId] === undefined ? {} : { body: BODIES[spec.operationId] }),
  });

describe.each(named(specs.filter(({ access }) => access !== 'public')))('%s', (_name, spec) => {
  test('refuses strangers', async () => {
    expect(await request(spec)).toMatchObject({ status: 401, body: { code: 'authentication_required' } });
  });
  test.each(ROLES)('as %s', async (role) => {
    const { status, body } = await request(spec, (await api.user(role)).token);
    if ((spec.access as readonly string[]).includes(role)) {
      expect(status).toBeLessThan(500);
      expect(['role_required', 'authentication_required', 'token_invalid']).not.toContain(body?.code);
    } else {
      expect([status, body.code]).toEqual([403, 'role_required']);
    }
  });
});

test.each(named(specs.filter(({ access }) => access === 'public')))(
  '%s is open to everybody',
  async (_name, spec) => {
    const { status, body } = await request(spec);
    expect(status).toBeLessThan(500);
    expect(body?.code).not.toBe('authentication_required');
  },
);

test.each(named(specs.filter(refusesSuspended)))('%s refuses a suspended user', async (_name, spec) => {
  const role = (spec.access as readonly (typeof ROLES)[number][])[0] ?? 'user';
  const { token } = await api.user(role, { status: 'suspended' });
  expect(await request(spec, token)).toMatchObject({ status: 403, body: { code: 'account_suspended' } });
});

test('a suspended user still reads', async () => {
  const { token } = await api.user('user', { status: 'suspended' });
  for (const path of ['/v1/me', '/v1/balance', '/v1/deposits', '/v1/wallets', '/v1/notifications']) {
    expect((await api.call('GET', path, { token })).status).toBe(200);
  }
});

test('every write that is not public or harmless refuses suspended users', () => {
  const harmless = [
    ...['signOut', 'verifyPasscode', 'readNotification', 'setNotificationPreferences'],
    ...['decodePayloads', 'encodePayloads', 'quoteWithdrawal'],
  ];
  const open = specs.filter(
    (spec) => spec.method !== 'GET' && spec.access !== 'public' && !refusesSuspended(spec),
  );
  expect(open.map(({ operationId }) => operationId).sort()).toEqual(harmless.sort());
});
