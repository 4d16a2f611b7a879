/** What customers are told: a text for each state they can see, and their choices about it. */
import { isFinal } from '../../domain/lifecycle.ts';
import { LIFECYCLES } from '../../domain/lifecycles.ts';
import { NOTICES, noticeOf } from '../../domain/platform/notification.ts';
import { type ApiUnderTest, startApi } from '../api/api-under-test.ts';
import { confirmDeposit, customer, seenDeposit } from '../api/money-fixture.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.stop());

/** Lifecycles of ours alone, which no customer sees. */
const INTERNAL = ['wire'];
const STATES = Object.entries(LIFECYCLES)
  .filter(([name]) => !INTERNAL.includes(name))
  .flatMap(([name, { lifecycle }]) => Object.keys(lifecycle.states).map((state) => [name, state] as const));

test.each(STATES)('%s %s has a notice with a title and a sentence', (name, state) => {
  const notice = noticeOf(`${name}.${state}`);
  expect(notice?.title).toMatch(/^[A-Z].{3,40}[^.]$/);
  expect(notice?.body).toMatch(/^[A-Z].+[.!?]$/);
});

test('how money ends up cannot be turned off', () => {
  const endings = STATES.filter(
    ([name, state]) =>
      (name === 'deposit' || name === 'withdrawal') && isFinal(LIFECYCLES[name].lifecycle, state as never),
  );
  expect(endings.length).toBeGreaterThan(6);
  for (const [name, state] of endings)
    expect([state, noticeOf(`${name}.${state}`)?.weight]).toEqual([state, 'critical']);
});

test('no kind of notice is declared twice', () => {
  const kinds = NOTICES.map(({ kind }) => kind);
  expect(new Set(kinds).size).toBe(kinds.length);
});

const choose = (token: string, preferences: object[]) =>
  api.call('PUT', '/v1/me/notification-preferences', { token, body: { preferences } });
const chosen = async (token: string, kind: string) => {
  const { body } = await api.call('GET', '/v1/me/notification-preferences', { token });
  return body.data.find((preference: { kind: string }) => preference.kind === kind);
};
const told = async (token: string): Promise<string[]> => {
  const { body } = await api.call('GET', '/v1/notifications', { token });
  return body.data.map(({ kind }: { kind: string }) => kind);
};
const channelsOf = async (subject: string, kind: string) => {
  const { rows } = await api.database.pool.query<{ channels: string[] }>(
    'select channels from notifications where subject_id = $1 and kind = $2',
    [subject, kind],
  );
  return rows[0]?.channels;
};

test('without a choice what matters is told everywhere, and steps on the way are not', async () => {
  const ada = await customer(api);
  expect(await chosen(ada.token, 'deposit.confirmed_on_chain')).toMatchObject({
    title: 'Transfer arrived',
    critical: false,
    in_app: true,
    webhook: true,
  });
  expect(await chosen(ada.token, 'deposit.off_ramp_initiated')).toMatchObject({
    in_app: false,
    webhook: false,
  });
  expect(await chosen(ada.token, 'deposit.broker_funded')).toMatchObject({ critical: true, in_app: true });
  const id = await seenDeposit(api, ada, '5.00');
  await confirmDeposit(api, id);
  expect(await told(ada.token)).toEqual(['deposit.confirmed_on_chain']);
  expect(await channelsOf(id, 'deposit.confirmed_on_chain')).toEqual(['in_app', 'webhook']);
});

test('turned off in the app it is still sent to the backend; turned off everywhere it is not written', async () => {
  const ada = await customer(api);
  await choose(ada.token, [{ kind: 'deposit.confirmed_on_chain', in_app: false }]);
  const first = await seenDeposit(api, ada, '5.00');
  await confirmDeposit(api, first);
  expect(await told(ada.token)).toEqual([]);
  expect(await channelsOf(first, 'deposit.confirmed_on_chain')).toEqual(['webhook']);
  const { body } = await choose(ada.token, [{ kind: 'deposit.confirmed_on_chain', webhook: false }]);
  expect(body.data.find(({ kind }: { kind: string }) => kind === 'deposit.confirmed_on_chain')).toMatchObject(
    {
      in_app: false,
      webhook: false,
    },
  );
  const second = await seenDeposit(api, ada, '6.00');
  await confirmDeposit(api, second);
  expect(await channelsOf(second, 'deposit.confirmed_on_chain')).toBeUndefined();
});

test('a step on the way is told to whoever turns it on, over that channel', async () => {
  const ada = await customer(api);
  await choose(ada.token, [
    { kind: 'deposit.pending_confirmation', in_app: true },
    { kind: 'deposit.off_ramp_initiated', webhook: true },
  ]);
  const id = await seenDeposit(api, ada, '5.00');
  await confirmDeposit(api, id);
  await api.database.pool.query(`select transition('deposit', $1, 'off_ramp_started', '1', '{}')`, [id]);
  expect(await told(ada.token)).toEqual(['deposit.confirmed_on_chain', 'deposit.pending_confirmation']);
  expect(await channelsOf(id, 'deposit.off_ramp_initiated')).toEqual(['webhook']);
});

test('a state that nobody thought of telling is told with its own text', async () => {
  const ada = await customer(api);
  const id = await seenDeposit(api, ada, '5.00');
  await api.database.pool.query(`select transition('deposit', $1, 'dropped', '1', '{}')`, [id]);
  const { body } = await api.call('GET', '/v1/notifications', { token: ada.token });
  expect(body.data).toMatchObject([{ kind: 'deposit.failed', body: noticeOf('deposit.failed')?.body }]);
});

test('critical notices stay on, and the answer names the field', async () => {
  const ada = await customer(api);
  const { status, body } = await choose(ada.token, [
    { kind: 'deposit.confirmed_on_chain', in_app: false },
    { kind: 'withdrawal.complete', webhook: false },
  ]);
  expect([status, body.code, body.errors]).toEqual([
    422,
    'notice_not_optional',
    [
      {
        in: 'body',
        pointer: '/preferences/1/webhook',
        detail: 'Notices of the kind withdrawal.complete are always told.',
      },
    ],
  ]);
  expect(await chosen(ada.token, 'deposit.confirmed_on_chain')).toMatchObject({ in_app: true });
});

test('a kind that does not exist, or is named twice, is refused', async () => {
  const ada = await customer(api);
  expect((await choose(ada.token, [{ kind: 'deposit.gone', in_app: true }])).status).toBe(400);
  const twice = { kind: 'wallet.active', in_app: true };
  expect((await choose(ada.token, [twice, twice])).status).toBe(400);
});
