/** The tokens that exist on the sandbox's networks: USDC, native ones, and whatever a tester invents. */
import { randomUUID } from 'node:crypto';
import type { Store } from '../kernel/store.ts';
import { makeAddress, normalizeAddress } from './addresses.ts';
import { NETWORKS, type Network } from './networks.ts';

/** As W3S answers it. Circle: W3S OpenAPI, schema Token. */
export type Token = {
  id: string;
  blockchain: string;
  name: string;
  symbol: string;
  decimals: number;
  isNative: boolean;
  standard?: string;
  tokenAddress?: string;
  createDate: string;
  updateDate: string;
};

export type Tokens = {
  get(id: string): Token | undefined;
  findByAddress(blockchain: string, address: string): Token | undefined;
  /** USDC or the native token of a network, by its symbol. */
  official(blockchain: string, symbol: string): Token | undefined;
  usdc(network: Network): Token;
  native(network: Network): Token;
  /**
   * The token a tester names: `USDC`, the native symbol, a contract address or any other symbol (made when
   * new).
   */
  named(network: Network, name: string): Token;
  /** Whether the token is USDC or native: the ones that Circle monitors. */
  isMonitored(token: Token): boolean;
};

const RELEASED = '2023-10-17T00:00:00.000Z';

/** Opens the table of tokens and makes sure the official ones are there. */
export function createTokens(store: Store): Tokens {
  const table = store.table<Token>('tokens', {
    id: (token) => token.id,
    indexes: {
      address: (token) => token.tokenAddress && `${token.blockchain} ${normalizeAddress(token.tokenAddress)}`,
      symbol: (token) => `${token.blockchain} ${token.symbol}`,
    },
  });
  const official = new Map<string, Token>();
  for (const { code, kind, usdc, native } of NETWORKS) {
    const dates = { createDate: RELEASED, updateDate: RELEASED };
    const standard = kind === 'solana' ? 'Fungible' : 'ERC20';
    const dollar = {
      name: 'USDC',
      symbol: 'USDC',
      decimals: 6,
      isNative: false,
      standard,
      tokenAddress: usdc.address,
    };
    const coin = { name: native.name, symbol: native.symbol, decimals: native.decimals, isNative: true };
    for (const token of [
      { id: usdc.tokenId, blockchain: code, ...dollar, ...dates },
      { id: native.tokenId, blockchain: code, ...coin, ...dates },
    ]) {
      official.set(token.id, token);
      if (!table.get(token.id)) table.insert(token);
    }
  }
  const bySymbol = new Map(
    [...official.values()].map((token) => [`${token.blockchain} ${token.symbol}`, token]),
  );
  const known = (id: string): Token => {
    const token = official.get(id);
    if (!token) throw new Error(`token ${id} is missing`);
    return token;
  };
  const tokens: Tokens = {
    get: (id) => official.get(id) ?? table.get(id),
    findByAddress: (blockchain, address) =>
      table.find('address', `${blockchain} ${normalizeAddress(address)}`),
    official: (blockchain, symbol) => bySymbol.get(`${blockchain} ${symbol}`),
    usdc: (network) => known(network.usdc.tokenId),
    native: (network) => known(network.native.tokenId),
    named(network, name) {
      if (name === 'USDC') return tokens.usdc(network);
      if (name === 'native' || name === network.native.symbol) return tokens.native(network);
      const existing =
        tokens.findByAddress(network.code, name) ?? table.find('symbol', `${network.code} ${name}`);
      if (existing) return existing;
      const isAddress = /^0x[0-9a-fA-F]{40}$/.test(name);
      const now = new Date().toISOString();
      return table.insert({
        id: randomUUID(),
        blockchain: network.code,
        name: isAddress ? 'Unknown token' : name,
        symbol: isAddress ? 'UNKNOWN' : name,
        decimals: 6,
        isNative: false,
        standard: network.kind === 'solana' ? 'Fungible' : 'ERC20',
        tokenAddress: isAddress ? name : makeAddress(network.kind),
        createDate: now,
        updateDate: now,
      });
    },
    isMonitored: (token) => official.has(token.id),
  };
  return tokens;
}

/** The books' name of a token: official ones read like `USDC:ETH-SEPOLIA`, others carry their id. */
export function assetOf(token: Token, tokens: Tokens): string {
  const name = `${token.symbol}:${token.blockchain}`;
  return tokens.isMonitored(token) ? name : `${name}:${token.id}`;
}
