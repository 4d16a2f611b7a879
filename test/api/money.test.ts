/** What customers read about their money: wallets, balance, deposits, transactions, notices. */
import { randomUUID } from 'node:crypto';
import { depositLifecycle } from '../../domain/funding/deposit.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';
import { type Customer, confirmDeposit, customer, move, seenDeposit } from './money-fixture.ts';

let api: ApiUnderTest;
let ada: Customer;
let eve: Customer;
beforeAll(async () => {
  api = await startApi();
  ada = await customer(api);
  eve = await customer(api);
});
afterAll(() => api.stop());

const get = (path: string, token: string) => api.call('GET', path, { token });

test('a wallet shows its address, a warning about the network and a QR code', async () => {
  const list = await get('/v1/wallets', ada.token);
  expect(list.body.data).toHaveLength(1);
  const wallet = (await get(`/v1/wallets/${ada.walletId}`, ada.token)).body;
  expect(wallet).toEqual(list.body.data[0]);
  expect(wallet.network_warning).toBe(
    'Send only USDC, and only on Base. Anything else sent to this address may be lost.',
  );
  const qr = await get(wallet.qr_url, ada.token);
  expect(qr.headers.get('content-type')).toBe('image/svg+xml');
  expect(qr.body).toMatch(/^<svg /);
});

test("somebody else's objects are not found", async () => {
  const deposit = await seenDeposit(api, ada, '5');
  for (const path of [
    `/v1/wallets/${ada.walletId}`,
    `/v1/wallets/${ada.walletId}/qr`,
    `/v1/deposits/${deposit}`,
    `/v1/deposits/${deposit}/events`,
  ]) {
    expect(await get(path, eve.token)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const support = await api.user('support');
    expect((await get(path, support.token)).status).toBe(404);
  }
});

test('a balance of nothing is zero', async () => {
  expect((await get('/v1/balance', eve.token)).body).toMatchObject({
    buying_power_usd: '0.00',
    pending_broker_deposits_usd: '0.00',
    dust_usdc: '0.00',
    deposits_in_progress: [],
  });
});

test('a deposit moves through the balance; the dust stays the customer’s', async () => {
  const bob = await customer(api);
  const id = await seenDeposit(api, bob, '100.123456');
  expect((await get('/v1/balance', bob.token)).body.deposits_in_progress).toEqual([
    {
      status: 'pending_confirmation',
      message: depositLifecycle.states.pending_confirmation.customer,
      count: 1,
      amount_usdc: '100.123456',
    },
  ]);
  await confirmDeposit(api, id);
  expect((await get('/v1/balance', bob.token)).body).toMatchObject({
    buying_power_usd: '0.00',
    pending_broker_deposits_usd: '100.12',
    dust_usdc: '0.003456',
  });
  const { body } = await get('/v1/transactions', bob.token);
  const shown = body.data.map(({ account, amount, currency, event, subject_id }: Record<string, string>) => [
    account,
    amount,
    currency,
    event,
    subject_id,
  ]);
  expect(shown.sort()).toEqual([
    ['customer_converting', '100.12', 'USDC', 'confirmed', id],
    ['customer_incoming', '0.003456', 'USDC', 'confirmed', id],
  ]);
});

test('a deposit shows its state, the customer sentence and its timeline', async () => {
  const id = await seenDeposit(api, eve, '20.00');
  await confirmDeposit(api, id);
  const { body } = await get(`/v1/deposits/${id}`, eve.token);
  expect(body).toMatchObject({
    id,
    wallet_id: eve.walletId,
    chain: 'base',
    amount_stablecoin: '20.00',
    amount_usd: '20.00',
    status: 'confirmed_on_chain',
    message: depositLifecycle.states.confirmed_on_chain.customer,
    final: false,
    confirmed_at: expect.any(String),
    broker_funded_at: null,
  });
  expect(body.timeline.map(({ event, status }: Record<string, string>) => [event, status])).toEqual([
    ['seen', 'pending_confirmation'],
    ['confirmed', 'confirmed_on_chain'],
  ]);
  expect(body.timeline[0].tx_hash).toBe(body.tx_hash);
});

test('pages hold every deposit once, newest first, also when new ones come in between', async () => {
  const carl = await customer(api);
  const ids: string[] = [];
  for (let index = 0; index < 7; index++) ids.unshift(await seenDeposit(api, carl, `${index + 1}`));
  // Equal times must not lose or repeat a row at the edge of a page.
  await api.database.pool.query('update deposits set created_at = date_trunc($2, now()) where user_id = $1', [
    carl.id,
    'second',
  ]);
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { body } = await get(`/v1/deposits?limit=3${cursor ? `&cursor=${cursor}` : ''}`, carl.token);
    seen.push(...body.data.map(({ id }: { id: string }) => id));
    cursor = body.next_cursor;
    if (seen.length === 3) await seenDeposit(api, carl, '99');
  }
  expect(seen.sort()).toEqual(ids.sort());
});

test('a page that ends with the last row has no cursor; limits are kept', async () => {
  const dora = await customer(api);
  for (let index = 0; index < 3; index++) await seenDeposit(api, dora, '1');
  expect((await get('/v1/deposits?limit=3', dora.token)).body).toMatchObject({ next_cursor: null });
  expect((await get('/v1/deposits?limit=2', dora.token)).body.data).toHaveLength(2);
  expect((await get('/v1/deposits?limit=101', dora.token)).status).toBe(400);
});

test('deposits are filtered by state and chain', async () => {
  const finn = await customer(api);
  const [waiting, confirmed] = [await seenDeposit(api, finn, '1'), await seenDeposit(api, finn, '2')];
  await confirmDeposit(api, confirmed);
  const ids = async (query: string) =>
    (await get(`/v1/deposits?${query}`, finn.token)).body.data.map(({ id }: { id: string }) => id);
  expect(await ids('status=pending_confirmation')).toEqual([waiting]);
  expect(await ids('status=confirmed_on_chain&chain=base')).toEqual([confirmed]);
  expect(await ids('chain=solana')).toEqual([]);
});

test('a cursor of another list is refused', async () => {
  const gus = await customer(api);
  for (let index = 0; index < 2; index++) await confirmDeposit(api, await seenDeposit(api, gus, '1'));
  const { body } = await get('/v1/transactions?limit=1', gus.token);
  expect(body.next_cursor).not.toBeNull();
  expect((await get(`/v1/deposits?cursor=${body.next_cursor}`, gus.token)).body.errors[0].pointer).toBe(
    '/cursor',
  );
  expect((await get(`/v1/transactions?limit=1&cursor=${body.next_cursor}`, gus.token)).status).toBe(200);
});

test('a notice is read once, by its owner', async () => {
  const hal = await customer(api);
  const id = await seenDeposit(api, hal, '3');
  await move(api, id, 'dropped', { notice: { kind: 'deposit.failed', body: 'It did not arrive.' } });
  const unread = await get('/v1/notifications?unread=true', hal.token);
  expect(unread.body.data).toMatchObject([{ kind: 'deposit.failed', subject_id: id, read_at: null }]);
  const path = `/v1/notifications/${unread.body.data[0].id}/read`;
  expect((await api.call('POST', path, { token: eve.token })).status).toBe(404);
  const first = await api.call('POST', path, { token: hal.token });
  const again = await api.call('POST', path, { token: hal.token });
  expect(again.body.read_at).toBe(first.body.read_at);
  expect((await get('/v1/notifications?unread=true', hal.token)).body.data).toEqual([]);
});

test.each([
  '/v1/me',
  '/v1/balance',
  '/v1/wallets',
  '/v1/deposits',
  '/v1/transactions',
  '/v1/notifications',
  '/v1/me/kyc',
])('%s costs one round trip', async (path) => {
  const before = api.deps.database.roundTrips();
  expect((await get(path, ada.token)).status).toBe(200);
  expect(api.deps.database.roundTrips() - before).toBe(1);
});

describe('the event stream of a deposit', () => {
  const open = (id: string, token: string, lastEventId?: string) =>
    fetch(`${api.url}/v1/deposits/${id}/events`, {
      headers: { authorization: `Bearer ${token}`, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
    });
  const events = (text: string) =>
    [...text.matchAll(/id: (\d+)\nevent: deposit\ndata: (.*)\n/g)].map(([, id, data]) => ({
      id,
      ...JSON.parse(data ?? ''),
    }));

  test('tells what was and what comes, and ends when the deposit is final', async () => {
    const id = await seenDeposit(api, ada, '8');
    const response = await open(id, ada.token);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    await move(api, id, 'dropped');
    const told = events(await response.text());
    expect(told.map(({ event, status }) => [event, status])).toEqual([
      ['seen', 'pending_confirmation'],
      ['dropped', 'failed'],
    ]);
    expect(told[1].message).toBe(depositLifecycle.states.failed.customer);
  });

  test('goes on after Last-Event-ID, and answers 204 when nothing more will come', async () => {
    const id = await seenDeposit(api, ada, '9');
    await move(api, id, 'dropped');
    const [first, last] = events(await (await open(id, ada.token)).text());
    expect(events(await (await open(id, ada.token, first.id)).text())).toEqual([last]);
    expect((await open(id, ada.token, last.id)).status).toBe(204);
    expect((await open(id, ada.token, 'x')).status).toBe(400);
  });

  test('is open at most twenty times for one user', async () => {
    const ivy = await customer(api);
    const id = await seenDeposit(api, ivy, '2');
    const streams = await Promise.all(Array.from({ length: 20 }, () => open(id, ivy.token)));
    expect(streams.every(({ status }) => status === 200)).toBe(true);
    expect((await open(id, ivy.token)).status).toBe(429);
    expect((await get(`/v1/deposits/${id}`, ivy.token)).status).toBe(200);
    await move(api, id, 'dropped');
    await Promise.all(streams.map((stream) => stream.text()));
    expect((await open(id, ivy.token)).status).toBe(200);
  });

  test('is not found for what does not exist', async () => {
    expect((await open(randomUUID(), ada.token)).status).toBe(404);
  });
});
