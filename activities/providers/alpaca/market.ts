/** The market's clock, its calendar and what is traded on it. */
import type { AlpacaClient } from './client.ts';
import { toAlpacaAsset } from './mapping.ts';
import { type AlpacaPort, nothing } from './port.ts';
import * as schema from './schema.ts';

type MarketVerb = 'getClock' | 'getCalendar' | 'getAsset' | 'listAssets';

/** The verbs of this file for one client. On the Broker host these paths are /v1 (Alpaca: host table). */
export function marketVerbs({ request }: AlpacaPort): Pick<AlpacaClient, MarketVerb> {
  return {
    getClock: async () => {
      const clock = await request('getClock', 'read', nothing, schema.clockAnswer, () => ({
        method: 'GET',
        path: '/v1/clock',
      }));
      return {
        timestamp: clock.timestamp,
        isOpen: clock.is_open,
        nextOpen: clock.next_open,
        nextClose: clock.next_close,
      };
    },
    getCalendar: async (input) => {
      const given = [schema.calendarInput, input] as const;
      const days = await request('getCalendar', 'read', given, schema.calendarAnswer, ({ start, end }) => ({
        method: 'GET',
        path: '/v1/calendar',
        query: { start, end },
      }));
      return days.map(({ date, open, close, settlement_date }) => ({
        date,
        open,
        close,
        settlementDate: settlement_date ?? null,
      }));
    },
    getAsset: async (symbol) => {
      const given = [schema.assetInput, { symbol }] as const;
      const asset = await request('getAsset', 'read', given, schema.wireAsset, (checked) => ({
        method: 'GET',
        path: `/v1/assets/${encodeURIComponent(checked.symbol)}`,
      }));
      return toAlpacaAsset(asset);
    },
    listAssets: async () => {
      const assets = await request('listAssets', 'read', nothing, schema.assetsAnswer, () => ({
        method: 'GET',
        path: '/v1/assets',
        query: { status: 'active', asset_class: 'us_equity' },
      }));
      return assets.map(toAlpacaAsset);
    },
  };
}
