/** The passcode: set, change, confirm, lock. */
import { isGuessablePasscode, passcodeLockSeconds } from '../../domain/platform/passcode.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const set = (token: string, passcode: string, current_passcode?: string) =>
  api.call('PUT', '/v1/me/passcode', {
    token,
    body: { passcode, ...(current_passcode ? { current_passcode } : {}) },
  });
const confirm = (token: string, passcode: string) =>
  api.call('POST', '/v1/me/passcode', { token, body: { passcode } });

test('it is set once freely, then changed with the present one only', async () => {
  const { id, token } = await api.user();
  expect((await confirm(token, '271828')).body.code).toBe('passcode_not_set');
  expect((await set(token, '271828')).status).toBe(204);
  expect((await set(token, '314159')).body.code).toBe('passcode_wrong');
  expect((await set(token, '314159', '000001')).body.code).toBe('passcode_wrong');
  expect((await set(token, '314159', '271828')).status).toBe(204);
  expect((await confirm(token, '314159')).status).toBe(200);
  const { rows } = await api.database.pool.query('select passcode_hash from users where id = $1', [id]);
  expect(rows[0].passcode_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect((await api.call('GET', '/v1/me', { token })).body.has_passcode).toBe(true);
});

test.each(['000000', '123456', '987654'])('%s is too easy to guess', async (passcode) => {
  const { token } = await api.user();
  expect((await set(token, passcode)).body.code).toBe('passcode_weak');
});

test('confirming gives a step-up token that is no access token', async () => {
  const { token } = await api.user();
  await set(token, '271828');
  const { body } = await confirm(token, '271828');
  expect(Date.parse(body.expires_at) - Date.now()).toBeLessThanOrEqual(5 * 60_000);
  expect((await api.call('GET', '/v1/me', { token: body.step_up_token })).body.code).toBe('token_invalid');
});

test('five wrong tries lock it, for the right passcode too, and each further one twice as long', async () => {
  const { id, token } = await api.user();
  await set(token, '271828');
  for (let tries = 4; tries > 0; tries--) {
    expect((await confirm(token, '000001')).body.detail).toBe(`The passcode is wrong. Tries left: ${tries}.`);
  }
  const fifth = await confirm(token, '000001');
  expect(fifth).toMatchObject({ status: 429, body: { code: 'passcode_locked' } });
  expect(Number(fifth.headers.get('retry-after'))).toBeGreaterThan(50);
  expect((await confirm(token, '271828')).body.code).toBe('passcode_locked');
  const unlock = 'update users set passcode_locked_until = now() where id = $1';
  await api.database.pool.query(unlock, [id]);
  expect(Number((await confirm(token, '000001')).headers.get('retry-after'))).toBeGreaterThan(110);
  await api.database.pool.query(unlock, [id]);
  expect((await confirm(token, '271828')).status).toBe(200);
  expect((await confirm(token, '000001')).body.detail).toContain('Tries left: 4');
});

test('guesses at once are all counted', async () => {
  const { token } = await api.user();
  await set(token, '271828');
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => confirm(token, `00001${index % 10}`)),
  );
  const checked = answers.filter(({ body }) => body.code === 'passcode_wrong');
  expect(checked.length).toBe(4);
  expect((await confirm(token, '271828')).body.code).toBe('passcode_locked');
});

test('the lock grows from a minute to a day', () => {
  expect([4, 5, 6, 7, 30].map(passcodeLockSeconds)).toEqual([0, 60, 120, 240, 86_400]);
  expect(['271828', '112233', '135790'].filter(isGuessablePasscode)).toEqual([]);
});
