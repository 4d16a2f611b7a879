/** The blockchains the sandbox plays, by Circle's codes, with their USDC and native tokens. */
import { createHash } from 'node:crypto';

/** One network. Circle: developers.circle.com/wallets (blockchain codes, monitored tokens, token ids). */
export type Network = {
  /** W3S blockchain code, e.g. `ETH-SEPOLIA`. */
  code: string;
  /** Circle Mint's code, the same for the main and the test network, e.g. `ETH`, `POLY`. */
  mint: string;
  kind: 'evm' | 'solana';
  isTestnet: boolean;
  native: { symbol: string; name: string; decimals: number; tokenId: string };
  usdc: { address: string; tokenId: string };
  /** What one transfer costs, as a decimal string of the native token. */
  fee: string;
  /** Seconds between blocks, for heights. */
  blockSeconds: number;
};

/** A UUID that is always the same for the same name, for ids that Circle does not publish. */
export function stableUuid(name: string): string {
  const hash = createHash('sha1').update(`sandbox ${name}`).digest('hex');
  const variant = ((Number.parseInt(hash.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `5${hash.slice(13, 16)}`,
    variant + hash.slice(18, 20),
    hash.slice(20, 32),
  ].join('-');
}

type Family = {
  mint: string;
  kind: Network['kind'];
  symbol: string;
  name: string;
  fee: string;
  blockSeconds: number;
};
const ETHEREUM: Family = {
  mint: 'ETH',
  kind: 'evm',
  symbol: 'ETH',
  name: 'Ethereum',
  fee: '0.000063',
  blockSeconds: 12,
};
const BASE: Family = { ...ETHEREUM, mint: 'BASE', fee: '0.0000021', blockSeconds: 2 };
const ARBITRUM: Family = { ...BASE, mint: 'ARB', blockSeconds: 1 };
const OPTIMISM: Family = { ...BASE, mint: 'OP' };
const POLYGON: Family = {
  mint: 'POLY',
  kind: 'evm',
  symbol: 'POL',
  name: 'Polygon',
  fee: '0.0021',
  blockSeconds: 2,
};
const AVALANCHE: Family = {
  mint: 'AVAX',
  kind: 'evm',
  symbol: 'AVAX',
  name: 'Avalanche',
  fee: '0.0005',
  blockSeconds: 2,
};
const SOLANA: Family = {
  mint: 'SOL',
  kind: 'solana',
  symbol: 'SOL',
  name: 'Solana',
  fee: '0.000005',
  blockSeconds: 1,
};

function network(
  family: Family,
  code: string,
  isTestnet: boolean,
  address: string,
  tokenId?: string,
): Network {
  const decimals = family.kind === 'solana' ? 9 : 18;
  const { mint, kind, symbol, name, fee, blockSeconds } = family;
  return {
    code,
    mint,
    kind,
    isTestnet,
    fee,
    blockSeconds,
    native: {
      symbol: isTestnet ? `${symbol}-TEST` : symbol,
      name,
      decimals,
      tokenId: stableUuid(`native ${code}`),
    },
    usdc: { address, tokenId: tokenId ?? stableUuid(`usdc ${code}`) },
  };
}

/** Every network, main and test. */
export const NETWORKS: readonly Network[] = [
  network(
    ETHEREUM,
    'ETH',
    false,
    '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
    'b037d751-fb22-5f0d-bae6-47373e7ae3e3',
  ),
  network(
    ETHEREUM,
    'ETH-SEPOLIA',
    true,
    '0x1c7d4b196cb0c7b01d743fbc6116a902379c7238',
    '5797fbd6-3795-519d-84ca-ec4c5f80c3b1',
  ),
  network(
    BASE,
    'BASE',
    false,
    '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
    'aa7bb533-aeb8-535c-bd65-354aed91ea3d',
  ),
  network(
    BASE,
    'BASE-SEPOLIA',
    true,
    '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
    'bdf128b4-827b-5267-8f9e-243694989b5f',
  ),
  network(
    POLYGON,
    'MATIC',
    false,
    '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359',
    'db6905b9-8bcd-5537-8b08-f5548bdf7925',
  ),
  network(
    POLYGON,
    'MATIC-AMOY',
    true,
    '0x41e94eb019c0762f9bfcf9fb1e58725bfb0e7582',
    '36b6931a-873a-56a8-8a27-b706b17104ee',
  ),
  network(
    SOLANA,
    'SOL',
    false,
    'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v',
    '33ca4ef6-2500-5d79-82bf-e3036139cc29',
  ),
  network(
    SOLANA,
    'SOL-DEVNET',
    true,
    '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU',
    '8fb3cadb-0ef4-573d-8fcd-e194f961c728',
  ),
  network(
    ARBITRUM,
    'ARB',
    false,
    '0xaf88d065e77c8cC2239327C5EDb3A432268e5831',
    'c87ffcb4-e2cf-5e67-84c6-388c965d2a66',
  ),
  network(ARBITRUM, 'ARB-SEPOLIA', true, '0x75faf114eafb1BDbe2F0316DF893fd58CE46AA4d'),
  network(
    AVALANCHE,
    'AVAX',
    false,
    '0xB97EF9Ef8734C71904D8002F8b6Bc66Dd9c48a6E',
    '7efdfdbf-1799-5089-a588-31beb97ba755',
  ),
  network(AVALANCHE, 'AVAX-FUJI', true, '0x5425890298aed601595a70AB815c96711a31Bc65'),
  network(
    OPTIMISM,
    'OP',
    false,
    '0x0b2C639c533813f4Aa9D7837CAf62653d097Ff85',
    '63ca9c9c-2f6d-594f-9070-ff2a4042be3a',
  ),
  network(OPTIMISM, 'OP-SEPOLIA', true, '0x5fd84259d66Cd46123540766Be93DFE6D43130D7'),
];

const byCode = new Map(NETWORKS.map((found) => [found.code, found]));

/** The network of a W3S blockchain code, if the sandbox plays it. */
export function findNetwork(code: unknown): Network | undefined {
  return byCode.get(String(code));
}
