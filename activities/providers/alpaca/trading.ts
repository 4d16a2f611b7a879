/** Alpaca's own trading SDK, turned to the Broker API on behalf of one customer account. */
import { OrdersApi, trading } from '@alpacahq/alpaca-trade-api/rest';
import { pathId } from '../fields.ts';
import { basicAuthorization } from './http.ts';
import { ALPACA_TIMEOUTS } from './limits.ts';

/** The SDK's APIs, as far as Sluice uses them, for one account. */
interface AccountTrading {
  readonly orders: OrdersApi;
  readonly positions: trading.PositionsApi;
}

/** Paths of the SDK that belong to the market and not to an account; the Broker host has them under /v1. */
const MARKET_PATH = /^\/v2\/(clock|calendar|assets)(?=$|[/?])/;
const ACCOUNT_PATH = /^\/v2\//;

/**
 * Where the Broker API keeps what the trading API keeps at `path`.
 * Alpaca: Broker API reference, trading for accounts (`/v1/trading/accounts/{account_id}/…`).
 */
export function toBrokerPath(accountId: string, path: string): string {
  if (MARKET_PATH.test(path)) return path.replace('/v2/', '/v1/');
  return path.replace(ACCOUNT_PATH, `/v1/trading/accounts/${accountId}/`);
}

/**
 * The factory of trading APIs. The SDK knows neither the Broker API's paths nor its Basic authentication, so a
 * middleware rewrites the one and a header carries the other; no APCA header is sent.
 * @throws ZodError for an account id that is no single path segment.
 */
export function createAlpacaTrading(config: {
  baseUrl: string;
  keyId: string;
  secretKey: string;
}): (accountId: string) => AccountTrading {
  const base = config.baseUrl.replace(/\/+$/, '');
  const headers = { Authorization: basicAuthorization(config.keyId, config.secretKey) };
  return (accountId) => {
    const account = pathId.parse(accountId);
    const configuration = new trading.Configuration({
      basePath: base,
      headers,
      timeoutMs: ALPACA_TIMEOUTS.writeMs,
      // Temporal retries; a retry below it would not look up first.
      retry: { maxRetries: 0 },
      redirect: 'error',
      middleware: [
        {
          pre: async ({ url, init }) => ({ url: base + toBrokerPath(account, url.slice(base.length)), init }),
        },
      ],
    });
    return { orders: new OrdersApi(configuration), positions: new trading.PositionsApi(configuration) };
  };
}
