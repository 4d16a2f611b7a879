/** Settings: what holds, what is refused, who changed what; and the switches as the API shows them. */
import { randomUUID } from 'node:crypto';
import { SETTINGS } from '../../domain/platform/settings.ts';
import { type ApiUnderTest, startApi } from '../api/api-under-test.ts';

let api: ApiUnderTest;
let admin: { id: string; token: string };
let support: { id: string; token: string };
beforeAll(async () => {
  api = await startApi();
  admin = await api.user('admin');
  support = await api.user('support');
});
afterAll(() => api?.stop());

const get = (path: string, token = support.token) => api.call('GET', `/v1/admin/${path}`, { token });
const put = (path: string, body: unknown, token = admin.token) =>
  api.call('PUT', `/v1/admin/${path}`, { token, body });

test.each(Object.entries(SETTINGS))('%s describes every field that it has', (_key, spec) => {
  expect(Object.keys(spec.fields).sort()).toEqual(Object.keys(spec.effective(null)).sort());
  expect(spec.conflicts?.(spec.effective(null)) ?? []).toEqual([]);
});

test('without a change the defaults hold', async () => {
  const { body } = await get('settings');
  expect(body.data.map(({ key }: { key: string }) => key)).toEqual(Object.keys(SETTINGS));
  expect((await get('settings/webhook_policy')).body).toMatchObject({
    stored: null,
    updated_by: null,
    updated_at: null,
    value: { giveUpAfterSeconds: 259_200 },
    defaults: { giveUpAfterSeconds: 259_200 },
  });
});

test('a change holds, goes into the history and the audit log, and the same change again does not', async () => {
  const first = await put('settings/deposit_policy', {
    value: { offRampAttempts: 5 },
    reason: 'a slow week',
  });
  expect(first).toMatchObject({
    status: 200,
    body: { stored: { offRampAttempts: 5 }, value: { offRampAttempts: 5, reviewAfterSeconds: 7200 } },
  });
  await put('settings/deposit_policy', { value: { offRampAttempts: 5 }, reason: 'once more' });
  await put('settings/deposit_policy', { value: { reviewAfterSeconds: 60 }, reason: 'over' });
  const { body } = await get('settings/deposit_policy/changes');
  expect(body.data).toMatchObject([
    { before: { offRampAttempts: 5 }, after: { reviewAfterSeconds: 60 }, reason: 'over' },
    {
      before: null,
      after: { offRampAttempts: 5 },
      reason: 'a slow week',
      changed_by: admin.id,
      request_id: first.headers.get('x-request-id'),
    },
  ]);
  const audit = await get('audit-log?subject_id=deposit_policy', admin.token);
  expect(audit.body.data.map(({ action }: { action: string }) => action)).toEqual([
    'setting_changed',
    'setting_changed',
  ]);
});

test.each([
  ['an unknown field', 'deposit_policy', { attempts: 3 }, '/value/attempts'],
  ['a text for a number', 'deposit_policy', { reviewAfterSeconds: '60' }, '/value/reviewAfterSeconds'],
  ['an empty list of pauses', 'deposit_policy', { lookUpAfterSeconds: [] }, '/value/lookUpAfterSeconds'],
  ['a pause of nothing', 'deposit_policy', { lookUpAfterSeconds: [30, 0] }, '/value/lookUpAfterSeconds/1'],
  ['more tries than make sense', 'deposit_policy', { offRampAttempts: 11 }, '/value/offRampAttempts'],
  ['an amount with three decimals', 'treasury_policy', { alpacaLowUsd: '1.005' }, '/value/alpacaLowUsd'],
  ['a time that no clock shows', 'treasury_policy', { bankCutOffAt: '24:00' }, '/value/bankCutOffAt'],
  ['a word that is no choice', 'treasury_policy', { bankHours: 'never' }, '/value/bankHours'],
  ['a target above high', 'treasury_policy', { alpacaTargetUsd: '2000000.00' }, '/value/alpacaTargetUsd'],
])('%s is refused and changes nothing', async (_what, key, value, pointer) => {
  const before = (await get(`settings/${key}`)).body;
  const { status, body } = await put(`settings/${key}`, { value, reason: 'a mistake' });
  expect([status, body.code, body.errors.map((error: { pointer: string }) => error.pointer)]).toEqual([
    400,
    'validation_failed',
    [pointer],
  ]);
  expect((await get(`settings/${key}`)).body).toEqual(before);
});

test('a setting that does not exist is refused', async () => {
  expect((await put('settings/free_money', { value: {}, reason: 'a try' })).status).toBe(400);
});

test('histories cannot be rewritten', async () => {
  await put('switches/wires', { off: true, reason: 'a test' });
  for (const table of ['setting_changes', 'switch_changes']) {
    await expect(api.database.pool.query(`update ${table} set reason = 'other'`)).rejects.toThrow(
      /append only/,
    );
    await expect(api.database.pool.query(`delete from ${table}`)).rejects.toThrow(/append only/);
  }
});

test('a switch is set by an admin only, with its history; setting it again changes nothing', async () => {
  expect((await put('switches/mint', { off: true, reason: 'an outage' }, support.token)).status).toBe(403);
  expect((await put('switches/mint', { off: true, reason: 'an outage' })).body).toMatchObject({
    key: 'mint',
    off: true,
    reason: 'an outage',
    set_by: admin.id,
    held: [],
  });
  await put('switches/mint', { off: true, reason: 'an outage' });
  expect(api.asked).toEqual([]);
  await put('switches/mint', { off: false, reason: 'over' });
  expect(api.asked.map(({ what }) => what)).toEqual(['released']);
  const { body } = await get('switches/mint/changes');
  expect(body.data).toMatchObject([
    { off: false, reason: 'over', set_by: admin.id },
    { off: true, reason: 'an outage', set_by: admin.id },
  ]);
  const audit = await get('audit-log?subject_id=mint', admin.token);
  expect(audit.body.data.map(({ action }: { action: string }) => action)).toEqual([
    'switched_on',
    'switched_off',
  ]);
});

test('every rail is listed, and a customer who was ever stopped', async () => {
  const { id } = await api.user();
  await put(`switches/user:${id}`, { off: true, reason: 'a lost phone' });
  const { body } = await get('switches');
  const keys = body.data.map(({ key }: { key: string }) => key);
  expect(keys).toEqual(
    expect.arrayContaining(['deposits', 'withdrawals', 'wires', 'circle', 'chain:solana']),
  );
  expect(body.data.at(-1)).toMatchObject({ key: `user:${id}`, off: true });
});

test('a rail that does not exist, and a customer who does not, are refused', async () => {
  expect((await put('switches/everything', { off: true, reason: 'a panic' })).status).toBe(400);
  expect((await put('switches/chain:dogecoin', { off: true, reason: 'a panic' })).status).toBe(400);
  expect((await put(`switches/user:${randomUUID()}`, { off: true, reason: 'a panic' })).status).toBe(404);
});

test('switched_off answers the keys that are off, in order; a customer who is not active counts as off', async () => {
  const { id } = await api.user();
  const off = async (keys: string[]) =>
    (await api.database.pool.query('select switched_off($1) as off, paused_by($1) as words', [keys])).rows[0];
  await put('switches/circle', { off: true, reason: 'a flood' });
  await put('switches/chain:base', { off: true, reason: 'a fork' });
  const keys = ['alpaca', 'chain:base', 'circle', `user:${id}`];
  expect(await off(keys)).toEqual({
    off: ['chain:base', 'circle'],
    words: 'chain:base (a fork), circle (a flood)',
  });
  await api.call('POST', `/v1/admin/users/${id}/suspend`, {
    token: admin.token,
    body: { reason: 'a check' },
  });
  expect((await off([`user:${id}`])).words).toBe(`user:${id} (not active)`);
  expect(await off(['alpaca'])).toEqual({ off: [], words: null });
});
