/** A small list of real securities, as GET /v1/assets shows them. */
import { createHash } from 'node:crypto';
import { type Route, route } from '../kernel/http.ts';
import { malformed, notFound } from './problem.ts';

export interface Asset {
  id: string;
  class: 'us_equity';
  exchange: string;
  symbol: string;
  name: string;
  status: 'active' | 'inactive';
  tradable: boolean;
  marginable: boolean;
  shortable: boolean;
  easy_to_borrow: boolean;
  fractionable: boolean;
  maintenance_margin_requirement: number;
  margin_requirement_long: string;
  margin_requirement_short: string;
  attributes: string[];
}

/** Ids that Alpaca's own documents show; the others are derived from the symbol. */
const KNOWN_IDS: Record<string, string> = {
  AAPL: 'b0b6dd9d-8b9b-48a9-ba46-b9d54906e415',
  SPY: 'b28f4066-5c6d-479b-a2af-85dc1a8f16fb',
};

const LISTED = `
NASDAQ AAPL Apple Inc. Common Stock|NASDAQ MSFT Microsoft Corporation Common Stock
NASDAQ NVDA NVIDIA Corporation Common Stock|NASDAQ AMZN Amazon.com, Inc. Common Stock
NASDAQ GOOGL Alphabet Inc. Class A Common Stock|NASDAQ META Meta Platforms, Inc. Class A Common Stock
NASDAQ TSLA Tesla, Inc. Common Stock|NASDAQ NFLX Netflix, Inc. Common Stock
NASDAQ AMD Advanced Micro Devices, Inc. Common Stock|NASDAQ COST Costco Wholesale Corporation Common Stock
NASDAQ QQQ Invesco QQQ Trust, Series 1|NASDAQ BND Vanguard Total Bond Market ETF
NASDAQ BNDX Vanguard Total International Bond ETF|NASDAQ VXUS Vanguard Total International Stock ETF
NASDAQ COIN Coinbase Global, Inc. Class A Common Stock|NASDAQ PYPL PayPal Holdings, Inc. Common Stock
NYSE JPM JPMorgan Chase & Co.|NYSE V VISA Inc.|NYSE JNJ Johnson & Johnson|NYSE KO Coca-Cola Company
NYSE DIS Walt Disney Company|NYSE XOM Exxon Mobil Corporation|NYSE BRK.B Berkshire Hathaway Inc. Class B
NYSE WMT Walmart Inc.|NYSE PG Procter & Gamble Company|NYSE CRCL Circle Internet Group, Inc.
ARCA VTI Vanguard Total Stock Market ETF|ARCA VOO Vanguard S&P 500 ETF|ARCA SPY SPDR S&P 500 ETF Trust
ARCA VEA Vanguard FTSE Developed Markets ETF|ARCA VWO Vanguard FTSE Emerging Markets ETF
ARCA IWM iShares Russell 2000 ETF|ARCA GLD SPDR Gold Shares|ARCA AGG iShares Core U.S. Aggregate Bond ETF
ARCA SGOV iShares 0-3 Month Treasury Bond ETF|ARCA VNQ Vanguard Real Estate ETF
ARCA SCHD Schwab US Dividend Equity ETF|ARCA DIA SPDR Dow Jones Industrial Average ETF Trust`;

/** Kept on the list so that refusals can be played: not fractionable, not tradable, no longer listed. */
const SPECIAL: Record<string, Partial<Asset> & { exchange: string; name: string }> = {
  'BRK.A': { exchange: 'NYSE', name: 'Berkshire Hathaway Inc.', fractionable: false },
  HALT: { exchange: 'NASDAQ', name: 'Halted Example Corporation', tradable: false },
  TWTR: { exchange: 'NYSE', name: 'Twitter, Inc.', status: 'inactive', tradable: false },
};

function derivedId(symbol: string): string {
  const hex = createHash('sha256').update(`alpaca asset ${symbol}`).digest('hex');
  const part = (from: number, to: number) => hex.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-4${part(13, 16)}-8${part(17, 20)}-${part(20, 32)}`;
}

function makeAsset(symbol: string, facts: Partial<Asset> & { exchange: string; name: string }): Asset {
  return {
    id: KNOWN_IDS[symbol] ?? derivedId(symbol),
    class: 'us_equity',
    symbol,
    status: 'active',
    tradable: true,
    marginable: true,
    shortable: true,
    easy_to_borrow: true,
    fractionable: true,
    maintenance_margin_requirement: 30,
    margin_requirement_long: '30',
    margin_requirement_short: '30',
    attributes: ['fractional_eh_enabled', 'has_options'],
    ...facts,
  };
}

function buildAssets(): Asset[] {
  const listed = LISTED.trim()
    .split(/[|\n]/)
    .map((row) => {
      const [exchange = '', symbol = '', ...name] = row.trim().split(' ');
      return makeAsset(symbol, { exchange, name: name.join(' ') });
    });
  return [...listed, ...Object.entries(SPECIAL).map(([symbol, facts]) => makeAsset(symbol, facts))];
}

/** Every security of the sandbox. */
export const ASSETS: readonly Asset[] = buildAssets();

const BY_NAME = new Map(
  ASSETS.flatMap((asset) => [[asset.symbol, asset] as const, [asset.id, asset] as const]),
);

/** A security by symbol or id. */
export function findAsset(symbolOrId: string): Asset | undefined {
  return BY_NAME.get(symbolOrId) ?? BY_NAME.get(symbolOrId.toUpperCase());
}

/** Makes the routes. Alpaca: Broker API reference, Assets. */
export function assetRoutes(): Route[] {
  return [
    route('GET', '/v1/assets', 'alpaca.listAssets', ({ query }) => {
      const status = query.get('status') ?? 'all';
      if (!['active', 'inactive', 'all'].includes(status)) throw malformed('status is invalid');
      const kind = query.get('asset_class') ?? 'us_equity';
      const exchange = query.get('exchange');
      const attributes = (query.get('attributes') ?? '').split(',').filter(Boolean);
      const body = ASSETS.filter(
        (asset) =>
          asset.class === kind &&
          (status === 'all' || asset.status === status) &&
          (!exchange || asset.exchange === exchange) &&
          (attributes.length === 0 || attributes.some((name) => asset.attributes.includes(name))),
      );
      return { status: 200, body };
    }),
    route('GET', '/v1/assets/:symbol_or_asset_id', 'alpaca.getAsset', ({ params }) => {
      const asset = findAsset(params.symbol_or_asset_id ?? '');
      if (!asset) throw notFound(`asset not found for ${params.symbol_or_asset_id}`);
      return { status: 200, body: asset };
    }),
  ];
}
