/** The control API, transport faults, text messages, and that the sandbox survives being killed. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSandboxOptions } from '../../sandbox/config.ts';
import { eventually } from '../support/eventually.ts';
import { sandboxProcess } from '../support/sandbox.ts';
import { FEE, type Json, SOMEBODY, startWorld, USDC_SEPOLIA, type World } from './circle-world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.sandbox.stop());
afterEach(() => world.control('DELETE', '/control/faults'));

const send = (walletId: string, idempotencyKey: string, refId: string) =>
  world.wallets.createTransaction({
    walletId,
    tokenId: USDC_SEPOLIA,
    destinationAddress: SOMEBODY,
    amount: ['1'],
    fee: FEE,
    idempotencyKey,
    refId,
  });
const fault = (kind: string, more: object = {}) =>
  world.control('POST', '/control/faults', { operation: 'circle.createTransfer', kind, count: 1, ...more });
const payments = async (reference: string): Promise<Json[]> =>
  (await world.control('GET', `/control/payments?reference=${reference}`)).body.data;

describe('transport faults', () => {
  test.each([
    ['error', 500, 0],
    ['rate_limit', 429, 0],
    ['unavailable', 503, 0],
    ['refuse', 400, 0],
    ['error_after', 500, 1],
  ])('%s answers %p and leaves %p payments', async (kind, status, paid) => {
    const wallet = await world.wallet('ETH-SEPOLIA', '5');
    await fault(kind);
    const [key, reference] = [randomUUID(), randomUUID()];
    await expect(send(wallet.id, key, reference)).rejects.toMatchObject({ status });
    expect(await payments(reference)).toHaveLength(paid);
    const retried = await send(wallet.id, key, reference);
    expect(retried.status).toBe(paid === 1 ? 200 : 201);
    expect(await payments(reference)).toHaveLength(1);
  });

  test.each([
    ['cut_before', 0],
    ['cut_after', 1],
  ])('%s closes the connection and leaves %p payments; the same key pays once', async (kind, paid) => {
    const wallet = await world.wallet('ETH-SEPOLIA', '5');
    await fault(kind);
    const [key, reference] = [randomUUID(), randomUUID()];
    await expect(send(wallet.id, key, reference)).rejects.toThrow();
    expect(await payments(reference)).toHaveLength(paid);
    await send(wallet.id, key, reference);
    expect(await payments(reference)).toHaveLength(1);
  });

  test.each([
    ['timeout_before', 0],
    ['timeout_after', 1],
  ])('%s leaves the caller waiting, with %p payments', async (kind, paid) => {
    const wallet = await world.wallet('ETH-SEPOLIA', '5');
    await fault(kind, { delay_ms: 100 });
    const [key, reference] = [randomUUID(), randomUUID()];
    await expect(send(wallet.id, key, reference)).rejects.toThrow();
    expect(await payments(reference)).toHaveLength(paid);
  });

  test('a refusal can be given in the company’s own words', async () => {
    const wallet = await world.wallet('ETH-SEPOLIA', '5');
    await fault('refuse', { status: 403, body: { code: 155201, message: 'Not enough funds.' } });
    const answer = send(wallet.id, randomUUID(), randomUUID());
    await expect(answer).rejects.toMatchObject({ status: 403, code: 155201 });
  });

  test('a wildcard fault hits reads too, and the log of requests names it', async () => {
    await world.control('POST', '/control/faults', { operation: 'mint.get*', kind: 'unavailable', count: 1 });
    const answer = await world.wire('mint', 'GET', '/v1/businessAccount/balances');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    const { body } = await world.control('GET', '/control/requests?company=mint&limit=1');
    expect(body.data[0]).toMatchObject({ operation: 'mint.getBalances', status: 503, fault: 'unavailable' });
  });

  test('faults are listed and removed one by one', async () => {
    const { body } = await fault('error', { count: 5, rate: 0.5 });
    expect((await world.control('GET', '/control/faults')).body.data).toEqual([body]);
    expect((await world.control('DELETE', `/control/faults/${body.id}`)).status).toBe(204);
    expect((await world.control('DELETE', `/control/faults/${body.id}`)).status).toBe(404);
  });
});

test.each([
  ['POST', '/control/chain/transfers', { blockchain: 'DOGE', to: SOMEBODY, amount: '1' }],
  ['POST', '/control/chain/transfers', { blockchain: 'ETH', to: 'nobody', amount: '1' }],
  ['POST', '/control/chain/transfers', { blockchain: 'ETH', to: SOMEBODY, amount: '0.0000001' }],
  ['POST', '/control/faults', { operation: 'circle.createTransfer' }],
  ['POST', '/control/faults', { operation: 'circle.createTransfer', kind: 'error', count: 'many' }],
  ['POST', '/control/clock/advance', { seconds: -1 }],
  ['PATCH', '/control/settings', { 'no.such': 1 }],
])('%s %s with %j is refused with a sentence', async (method, path, body) => {
  const answer = await world.control(method, path, body);
  expect(answer).toMatchObject({ status: 400, body: { error: { message: expect.any(String) } } });
});

test('the clock moves the sandbox’s time', async () => {
  const before = Date.parse((await world.control('GET', '/control/health')).body.now);
  const { body } = await world.control('POST', '/control/clock/advance', { seconds: 86_400 });
  expect(Date.parse(body.now) - before).toBeGreaterThanOrEqual(86_400_000);
});

describe('text messages', () => {
  const post = (form: Record<string, string>, token?: string) => {
    const { base_url, account_sid, auth_token } = world.sandbox.credentials.sms!;
    const basic = Buffer.from(`${account_sid}:${token ?? auth_token}`).toString('base64');
    return fetch(`${base_url}/2010-04-01/Accounts/${account_sid}/Messages.json`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams(form),
    });
  };

  test('a message is queued, delivered and found by its number', async () => {
    const { from } = world.sandbox.credentials.sms!;
    const answer = await post({ To: '+15555550123', From: from!, Body: 'Your code is 123456' });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({
      status: 'queued',
      direction: 'outbound-api',
      num_segments: '1',
    });
    await eventually('delivered', async () => {
      const { body } = await world.control('GET', '/control/sms?to=%2B15555550123');
      return body.data[0]?.status === 'delivered' && body.data[0].body === 'Your code is 123456';
    });
  });

  test.each([
    ['a number that is none', { To: '12', From: '+1', Body: 'x' }, 400, 21211],
    ['Twilio’s invalid number', { To: '+15005550001', From: '+1', Body: 'x' }, 400, 21211],
    ['no text', { To: '+15555550123', From: '+15005550006' }, 400, 21602],
    ['no number', { From: '+15005550006', Body: 'x' }, 400, 21604],
  ])('%s is refused', async (_name, form, status, code) => {
    const answer = await post(form as never);
    expect([answer.status, ((await answer.json()) as Json).code]).toEqual([status, code]);
  });

  test('a wrong token is refused', async () => {
    expect((await post({ To: '+15555550123', From: '+1', Body: 'x' }, 'wrong')).status).toBe(401);
  });
});

test('the environment is checked as a whole', () => {
  expect(readSandboxOptions({})).toMatchObject({ data: ':memory:', pace: 'real' });
  const wrong = { SANDBOX_PACE: 'slow', SANDBOX_MINT_PORT: 'x' };
  expect(() => readSandboxOptions(wrong)).toThrow(/SANDBOX_PACE[\s\S]*SANDBOX_MINT_PORT/);
});

describe('a restart', () => {
  test('keeps credentials, wallets, money, and goes on with what was under way', async () => {
    const data = mkdtempSync(join(tmpdir(), 'sandbox-restart-'));
    const first = await startWorld({ data });
    const wallet = await first.wallet('ETH-SEPOLIA', '5');
    await first.control('PATCH', '/control/settings', { 'chain.finality': 3_600_000 });
    await first.deposit(wallet.address, '7');
    const before = first.sandbox.credentials.circle!;
    await first.sandbox.stop();

    const second = await startWorld({ data });
    expect(second.sandbox.credentials.circle).toMatchObject({
      api_key: before.api_key,
      entity_secret: before.entity_secret,
    });
    await second.control('POST', '/control/clock/advance', { seconds: 3_600 });
    await eventually('both deposits final', async () => {
      const { data: found } = await second.wallets.listTransactions({ walletIds: [wallet.id] });
      return found!.transactions!.filter(({ state }) => state === 'COMPLETE').length === 2;
    });
    await second.sandbox.stop();
    rmSync(data, { recursive: true });
  });

  test('after SIGKILL every answered payment is there once, and the books sum to zero', async () => {
    const sandbox = await sandboxProcess();
    const { circle } = sandbox.facts as Json;
    const { initiateDeveloperControlledWalletsClient } = await import(
      '@circle-fin/developer-controlled-wallets'
    );
    const client = initiateDeveloperControlledWalletsClient({
      apiKey: circle.api_key,
      entitySecret: circle.entity_secret,
      baseUrl: circle.base_url,
    });
    const { data: set } = await client.createWalletSet({ name: 'x' });
    const walletSetId = set!.walletSet.id;
    const { data } = await client.createWallets({ walletSetId, blockchains: ['ETH-SEPOLIA'], count: 1 });
    const wallet = data!.wallets[0]!;
    await sandbox.control('POST', '/control/chain/transfers', {
      blockchain: 'ETH-SEPOLIA',
      to: wallet.address,
      amount: '1000',
    });
    const keys = Array.from({ length: 40 }, () => randomUUID());
    const pay = (idempotencyKey: string) =>
      client.createTransaction({
        walletId: wallet.id,
        tokenId: USDC_SEPOLIA,
        destinationAddress: SOMEBODY,
        amount: ['1'],
        fee: FEE,
        idempotencyKey,
      });
    const answers = keys.map((key) =>
      pay(key)
        .then(({ data: answer }) => answer!.id)
        .catch(() => undefined),
    );
    await Promise.race(answers);
    await sandbox.kill();
    const answered = (await Promise.all(answers)).filter((id) => id !== undefined);
    await sandbox.restart();
    const ids = await Promise.all(keys.map(async (key) => (await pay(key)).data!.id));
    expect(ids).toEqual(expect.arrayContaining(answered));
    await eventually('all final', async () => {
      const list = await sandbox.control<Json>('GET', '/control/payments?company=circle');
      return list.data.every(({ status }: Json) => status === 'COMPLETE');
    });
    const { data: paid } = await sandbox.control<Json>('GET', '/control/payments?company=circle');
    expect(paid.map(({ idempotency_key }: Json) => idempotency_key).sort()).toEqual([...keys].sort());
    const books = await sandbox.control<Json>('GET', '/control/books');
    expect(new Set(Object.values(books.sums))).toEqual(new Set(['0']));
    const { data: balances } = await client.getWalletTokenBalance({ id: wallet.id });
    expect(balances!.tokenBalances!.find(({ token }) => token.symbol === 'USDC')!.amount).toBe('960');
    await sandbox.stop();
  });
});
