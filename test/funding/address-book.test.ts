/** New addresses: they rest, Circle is asked, lists are asked, and only then money can go there. */
import { randomUUID } from 'node:crypto';
import { createTemporalClient } from '../../temporal/client.ts';
import { balanceOf } from '../support/books.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { clearFaults, decide, plant, reviewOpens } from '../support/trouble.ts';
import {
  addressReaches,
  createWithdrawer,
  freshAddress,
  newStaff,
  setSetting,
  type Withdrawer,
  withdraw,
} from '../support/withdrawer.ts';

let stack: TestStack;
let ada: Withdrawer;
beforeAll(async () => {
  stack = await startStack();
  await stack.sandbox.control('POST', '/control/alpaca/firm/deposit', { amount: '100000.00' });
  await setSetting(stack, 'withdrawal_policy', { lookUpAfterSeconds: [0.5], retryAfterSeconds: [0.5] });
  ada = await createWithdrawer(stack, '50.00');
}, 120_000);
beforeEach(() => setSetting(stack, 'address_policy', { coolDownSeconds: 0, retryAfterSeconds: [0.3] }));
afterAll(() => stack.stop());

const add = (body: object, who: Withdrawer = ada, headers = who.confirmed) =>
  stack.call('POST', '/v1/addresses', {
    token: who.token,
    headers,
    body: { chain: 'base', label: 'Mine', ...body },
  });
const remove = (id: string, who: Withdrawer = ada) =>
  stack.call('DELETE', `/v1/addresses/${id}`, { token: who.token });
const importList = async (addresses: string[], names: string[] = []) => {
  const admin = await newStaff(stack, 'admin');
  return stack.call('PUT', '/v1/admin/sanctions-lists/TEST', {
    token: admin.token,
    body: {
      addresses: addresses.map((address, i) => ({ address, reference: `A${i}` })),
      names: names.map((name, i) => ({ name, reference: `N${i}` })),
    },
  });
};

test('a new address rests for the time of the policy, and says until when', async () => {
  await setSetting(stack, 'address_policy', { coolDownSeconds: 2 });
  const address = freshAddress();
  const before = Date.now();
  const { status, body } = await add({ address: address.toLowerCase(), label: 'My ledger' });
  expect(status).toBe(201);
  expect(body).toMatchObject({ address, label: 'My ledger', status: 'cooling_down', warning: null });
  expect(Date.parse(body.usable_at)).toBeGreaterThanOrEqual(before + 1_000);
  expect(await withdraw(stack, ada, { address_id: body.id, amount_usd: '5.00' })).toMatchObject({
    status: 409,
    body: { code: 'address_not_usable', figures: { status: 'cooling_down', usable_at: expect.any(String) } },
  });
  const active = await addressReaches(stack, ada.token, body.id, 'active');
  expect(Date.parse(active.activated_at as string)).toBeGreaterThanOrEqual(Date.parse(body.usable_at));
  const notices = await stack.call('GET', '/v1/notifications', { token: ada.token });
  const kinds = notices.body.data.map(({ kind }: { kind: string }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(['address.cooling_down', 'address.active']));
  expect((await withdraw(stack, ada, { address_id: body.id, amount_usd: '5.00' })).status).toBe(201);
});

test('the passcode is needed, and the form must be right', async () => {
  expect((await add({ address: freshAddress() }, ada, {})).body.code).toBe('step_up_required');
  const wrong: [string, string, RegExp][] = [
    ['base', '0x123', /40 hexadecimal/],
    ['solana', freshAddress(), /base58/],
    ['ethereum', '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48', /USDC contract/],
  ];
  for (const [chain, address, reason] of wrong) {
    expect(await add({ chain, address })).toMatchObject({
      status: 422,
      body: { code: 'address_refused', detail: expect.stringMatching(reason) },
    });
  }
});

test('our own addresses are refused, those of other customers too', async () => {
  const eve = await createWithdrawer(stack);
  for (const [chain, { address }] of Object.entries(eve.wallets)) {
    expect((await add({ chain, address })).body).toMatchObject({ code: 'address_refused' });
  }
  const { rows } = await stack.database.pool.query<{ address: string }>(
    'select address from mint_deposit_addresses',
  );
  for (const { address } of rows.filter((row) => row.address.startsWith('0x'))) {
    expect((await add({ address })).body).toMatchObject({ code: 'address_refused' });
  }
});

test('the same address is one entry; removed and added again it rests again', async () => {
  const address = freshAddress();
  const key = randomUUID();
  const answers = await Promise.all(
    Array.from({ length: 5 }, () =>
      stack.call('POST', '/v1/addresses', {
        token: ada.token,
        headers: ada.confirmed,
        body: { chain: 'base', address, label: 'Mine' },
        idempotencyKey: key,
      }),
    ),
  );
  expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
  const id = answers.find(({ status }) => status === 201)?.body.id;
  expect(await add({ address })).toMatchObject({
    status: 409,
    body: { code: 'address_exists', figures: { address_id: id } },
  });
  expect((await add({ address, chain: 'polygon' })).status).toBe(201);
  await addressReaches(stack, ada.token, id, 'active');
  expect((await remove(id)).status).toBe(204);
  expect((await remove(id)).status).toBe(204);
  expect((await withdraw(stack, ada, { address_id: id, amount_usd: '5.00' })).status).toBe(404);
  await setSetting(stack, 'address_policy', { coolDownSeconds: 3600 });
  expect((await add({ address })).body).toMatchObject({ status: 'cooling_down' });
});

test('removed while it rests, it never becomes usable, and its workflow ends', async () => {
  await setSetting(stack, 'address_policy', { coolDownSeconds: 3600 });
  const { body } = await add({ address: freshAddress() });
  const eve = await createWithdrawer(stack);
  expect((await remove(body.id, eve)).status).toBe(404);
  expect((await remove(body.id)).status).toBe(204);
  await addressReaches(stack, ada.token, body.id, 'removed');
  const temporal = await createTemporalClient(stack.config);
  expect(await temporal.workflow.getHandle(`address:${body.id}`).result()).toEqual({ status: 'removed' });
  await temporal.connection.close();
});

test('an address that Circle does not take is blocked, and the customer is told', async () => {
  const no = { code: 155201, message: 'The address is not valid.' };
  await plant(stack, {
    company: 'circle',
    operation: 'circle.validateAddress',
    kind: 'error',
    status: 400,
    body: no,
  });
  const { body } = await add({ address: freshAddress() });
  const blocked = await addressReaches(stack, ada.token, body.id, 'blocked');
  expect(blocked.message).toBe('This address cannot be used.');
  const { rows } = await stack.database.pool.query(
    `select a.blocked_reason, n.kind from withdrawal_addresses a
     join notifications n on n.subject_id = a.id and n.kind = 'address.blocked' where a.id = $1`,
    [body.id],
  );
  expect(rows).toEqual([{ blocked_reason: 'circle', kind: 'address.blocked' }]);
  await clearFaults(stack);
});

test('an address on a list is blocked at once; the customer learns only that it cannot be used', async () => {
  const address = freshAddress();
  expect((await importList([address])).body).toEqual({ addresses: 1, names: 0, blocked: 0 });
  const { status, body } = await add({ address });
  expect([status, body.status, body.message]).toEqual([201, 'blocked', 'This address cannot be used.']);
  expect(JSON.stringify(body)).not.toMatch(/sanction|list|TEST/i);
  expect(await withdraw(stack, ada, { address_id: body.id, amount_usd: '5.00' })).toMatchObject({
    status: 409,
    body: { code: 'address_not_usable', detail: 'This address cannot be used.' },
  });
  // Still listed: the decision screens it again, and asks again.
  const first = await reviewOpens(stack, body.id, 'sanctions_hit');
  expect((await decide(stack, first.id, 'retry')).status).toBe(200);
  const second = await eventually('the question is asked anew', async () => {
    const open = await reviewOpens(stack, body.id, 'sanctions_hit');
    return open.id === first.id ? undefined : open;
  });
  expect((await importList([])).body).toEqual({ addresses: 0, names: 0, blocked: 0 });
  expect((await decide(stack, second.id, 'retry')).status).toBe(200);
  await addressReaches(stack, ada.token, body.id, 'active');
});

test('an address that comes on a list later is blocked by the import, with a review', async () => {
  const address = freshAddress();
  const id = await ada.usableAddress(address);
  const before = await balanceOf(stack.database.pool, 'customer_cash', ada.id);
  expect((await importList([address.toUpperCase().replace('0X', '0x')])).body).toMatchObject({ blocked: 1 });
  const review = await reviewOpens(stack, id, 'sanctions_hit');
  expect((await withdraw(stack, ada, { address_id: id, amount_usd: '5.00' })).body.code).toBe(
    'address_not_usable',
  );
  expect(await balanceOf(stack.database.pool, 'customer_cash', ada.id)).toBe(before);
  expect((await decide(stack, review.id, 'close')).status).toBe(200);
  await addressReaches(stack, ada.token, id, 'blocked');
  await importList([]);
});

test('a listed name stops the money before it leaves, until a person has decided', async () => {
  const bob = await createWithdrawer(stack, '20.00');
  const address_id = await bob.usableAddress();
  await stack.database.pool.query('update users set full_name = $2 where id = $1', [bob.id, 'José Álvarez']);
  await importList([], ['ALVAREZ, Jose']);
  const { body } = await withdraw(stack, bob, { address_id, amount_usd: '10.00' });
  const review = await reviewOpens(stack, body.id, 'sanctions_hit');
  const shown = await stack.call('GET', `/v1/withdrawals/${body.id}`, { token: bob.token });
  expect(shown.body).toMatchObject({ status: 'pending', broker_withdrawal_ref: null });
  expect(JSON.stringify(shown.body)).not.toMatch(/sanction|TEST/i);
  expect((await decide(stack, review.id, 'retry')).status).toBe(200);
  await eventually('it goes on', async () => {
    const now = await stack.call('GET', `/v1/withdrawals/${body.id}`, { token: bob.token });
    return now.body.status === 'complete';
  });
  await importList([]);
});
