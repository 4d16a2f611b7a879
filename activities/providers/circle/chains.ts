/** Which blockchain codes and USDC tokens Circle wallets use for our chains, on either network. */
import type { Chain } from '../../../domain/funding/chain.ts';

/** Whether the API key is a live or a test key: it decides which blockchains Circle lets it touch. */
export type CircleNetwork = 'mainnet' | 'testnet';

interface ChainFacts {
  readonly blockchain:
    | 'ETH'
    | 'SOL'
    | 'BASE'
    | 'MATIC'
    | 'ETH-SEPOLIA'
    | 'SOL-DEVNET'
    | 'BASE-SEPOLIA'
    | 'MATIC-AMOY';
  readonly usdcTokenId: string;
  readonly usdcAddress: string;
}

/** Circle: W3S blockchain enum, wallets/tokens and monitored-tokens pages; addresses: Circle's USDC list. */
const CHAIN_FACTS: Record<CircleNetwork, Record<Chain, ChainFacts>> = {
  mainnet: {
    ethereum: {
      blockchain: 'ETH',
      usdcTokenId: 'b037d751-fb22-5f0d-bae6-47373e7ae3e3',
      usdcAddress: '0xA0b86991c6218b36c1D19D4a2e9Eb0cE3606eB48',
    },
    solana: {
      blockchain: 'SOL',
      usdcTokenId: '33ca4ef6-2500-5d79-82bf-e3036139cc29',
      usdcAddress: 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v',
    },
    base: {
      blockchain: 'BASE',
      usdcTokenId: 'aa7bb533-aeb8-535c-bd65-354aed91ea3d',
      usdcAddress: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
    },
    polygon: {
      blockchain: 'MATIC',
      usdcTokenId: 'db6905b9-8bcd-5537-8b08-f5548bdf7925',
      usdcAddress: '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359',
    },
  },
  testnet: {
    ethereum: {
      blockchain: 'ETH-SEPOLIA',
      usdcTokenId: '5797fbd6-3795-519d-84ca-ec4c5f80c3b1',
      usdcAddress: '0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238',
    },
    solana: {
      blockchain: 'SOL-DEVNET',
      usdcTokenId: '8fb3cadb-0ef4-573d-8fcd-e194f961c728',
      usdcAddress: '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU',
    },
    base: {
      blockchain: 'BASE-SEPOLIA',
      usdcTokenId: 'bdf128b4-827b-5267-8f9e-243694989b5f',
      usdcAddress: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
    },
    polygon: {
      blockchain: 'MATIC-AMOY',
      usdcTokenId: '36b6931a-873a-56a8-8a27-b706b17104ee',
      usdcAddress: '0x41E94Eb019C0762f9Bfcf9Fb1E58725BfB0e7582',
    },
  },
};

/** The W3S blockchain code of a chain, such as "MATIC-AMOY". */
export function toBlockchain(network: CircleNetwork, chain: Chain): ChainFacts['blockchain'] {
  return CHAIN_FACTS[network][chain].blockchain;
}

/** The chain of a W3S blockchain code; null for a chain, or a network, that Sluice does not serve. */
export function toChain(network: CircleNetwork, blockchain: string): Chain | null {
  const entries = Object.entries(CHAIN_FACTS[network]) as [Chain, ChainFacts][];
  return entries.find(([, facts]) => facts.blockchain === blockchain)?.[0] ?? null;
}

/** Circle's token id of USDC on a chain. */
export function usdcTokenId(network: CircleNetwork, chain: Chain): string {
  return CHAIN_FACTS[network][chain].usdcTokenId;
}

/** USDC's contract (EVM) or mint (Solana) address on a chain. */
export function usdcAddress(network: CircleNetwork, chain: Chain): string {
  return CHAIN_FACTS[network][chain].usdcAddress;
}

/**
 * Whether a token is USDC on that chain. The address decides where Circle names one, because a symbol can be
 * copied by anybody; the known token id decides otherwise.
 */
export function isUsdc(
  network: CircleNetwork,
  token: { id: string; chain: Chain | null; tokenAddress: string | null },
): boolean {
  if (token.chain === null) return false;
  const facts = CHAIN_FACTS[network][token.chain];
  if (token.tokenAddress === null) return token.id === facts.usdcTokenId;
  return sameAddress(token.chain, token.tokenAddress, facts.usdcAddress);
}

/** EVM addresses differ in case only by their checksum (EIP-55); Solana's base58 is case-sensitive. */
function sameAddress(chain: Chain, left: string, right: string): boolean {
  return chain === 'solana' ? left === right : left.toLowerCase() === right.toLowerCase();
}
