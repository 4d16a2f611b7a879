/** Alpaca's trading SDK speaks to the Broker API for one account, with Basic credentials and its own words. */
import { createAlpacaTrading, toBrokerPath } from '../../activities/providers/alpaca/trading.ts';
import { type ScriptedCompany, startScriptedCompany } from './scripted-company.ts';

const account = 'c8f1ef5d-edc0-4f23-9ee4-378f19cb92a4';
let company: ScriptedCompany;
beforeAll(async () => {
  company = await startScriptedCompany();
});
afterAll(() => company.stop());

test.each([
  ['/v2/orders', `/v1/trading/accounts/${account}/orders`],
  [
    '/v2/orders:by_client_order_id?client_order_id=a',
    `/v1/trading/accounts/${account}/orders:by_client_order_id?client_order_id=a`,
  ],
  ['/v2/positions/AAPL', `/v1/trading/accounts/${account}/positions/AAPL`],
  ['/v2/account', `/v1/trading/accounts/${account}/account`],
  ['/v2/account/configurations', `/v1/trading/accounts/${account}/account/configurations`],
  ['/v2/clock', '/v1/clock'],
  ['/v2/calendar?start=2026-01-01', '/v1/calendar?start=2026-01-01'],
  ['/v2/assets/AAPL', '/v1/assets/AAPL'],
])('%s is at %s', (path, expected) => {
  expect(toBrokerPath(account, path)).toBe(expected);
});

test('an order goes to the account with Basic credentials and no other key', async () => {
  company.play({ status: 200, body: { id: 'o-1', symbol: 'AAPL', status: 'accepted', commission: '0.10' } });
  const trading = createAlpacaTrading({ baseUrl: company.url, keyId: 'key', secretKey: 'secret' });
  const order = await trading(account).orders.postOrder({
    postOrderRequest: {
      symbol: 'AAPL',
      notional: '25.00',
      side: 'buy',
      type: 'market',
      timeInForce: 'day',
      clientOrderId: 'leg-1',
    },
  });
  expect(order.id).toBe('o-1');
  const [request] = company.seen;
  expect(request?.method).toBe('POST');
  expect(request?.path).toBe(`/v1/trading/accounts/${account}/orders`);
  expect(request?.headers.authorization).toBe(`Basic ${Buffer.from('key:secret').toString('base64')}`);
  expect(Object.keys(request?.headers ?? {}).filter((name) => name.startsWith('apca'))).toEqual([]);
  expect(JSON.parse(request?.body ?? '{}')).toMatchObject({
    symbol: 'AAPL',
    notional: '25.00',
    client_order_id: 'leg-1',
  });
});

test('nothing is retried below Temporal', async () => {
  company.play({ status: 503, body: { message: 'no' } });
  const trading = createAlpacaTrading({ baseUrl: company.url, keyId: 'key', secretKey: 'secret' });
  await expect(trading(account).positions.getAllOpenPositions()).rejects.toMatchObject({ status: 503 });
  expect(company.seen.map(({ path }) => path)).toEqual([`/v1/trading/accounts/${account}/positions`]);
});

test('an account id that is no path segment is refused', () => {
  const trading = createAlpacaTrading({ baseUrl: company.url, keyId: 'key', secretKey: 'secret' });
  expect(() => trading('../other')).toThrow();
});
