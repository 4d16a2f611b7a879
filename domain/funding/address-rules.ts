/** Which addresses money can be sent to: what an address looks like on each chain, and which ones eat money. */
import { decodeSolanaAddress, isOnCurve } from './address-solana.ts';
import type { Chain } from './chain.ts';
import { keccak256 } from './keccak.ts';

/** An address that has the right form. */
export interface CheckedAddress {
  /** As it is shown and sent: EVM with its checksum. */
  readonly address: string;
  /** As it is compared: EVM in lower case, because there case is only a checksum. */
  readonly key: string;
  /** `off_curve`: a Solana address that no key can sign for. */
  readonly note: 'off_curve' | null;
}

type AddressCheck = CheckedAddress | { readonly wrong: string };

const ZERO_EVM = `0x${'0'.repeat(40)}`;

/**
 * Contracts and programs that people paste by mistake: USDC that is sent there is lost. Circle and the issuers
 * publish the token contracts; EVM addresses are in lower case here.
 */
const NEVER_PAY: Readonly<Record<string, string>> = {
  '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48': 'the USDC contract of Ethereum',
  '0x833589fcd6edb6e08f4c7c32d4f71b54bda02913': 'the USDC contract of Base',
  '0x3c499c542cef5e3811e1192ce70d8cc03d5c3359': 'the USDC contract of Polygon',
  '0x2791bca1f2de4661ed88a30c99a7a9449aa84174': 'the bridged USDC contract of Polygon',
  '0xd9aaec86b65d86f6a7b5b1b0c42ffa531710b6ca': 'the bridged USDC contract of Base',
  '0x1c7d4b196cb0c7b01d743fbc6116a902379c7238': 'the USDC contract of Ethereum Sepolia',
  '0x036cbd53842c5426634e7929541ec2318f3dcf7e': 'the USDC contract of Base Sepolia',
  '0x41e94eb019c0762f9bfcf9fb1e58725bfb0e7582': 'the USDC contract of Polygon Amoy',
  '0xdac17f958d2ee523a2206206994597c13d831ec7': 'the USDT contract of Ethereum',
  '0xc2132d05d31c914a87c6611c10748aeb04b58e8f': 'the USDT contract of Polygon',
  '0x6b175474e89094c44da98b954eedeac495271d0f': 'the DAI contract of Ethereum',
  '0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2': 'the wrapped Ether contract of Ethereum',
  '0x4200000000000000000000000000000000000006': 'the wrapped Ether contract of Base',
  '0x000000000000000000000000000000000000dead': 'an address that destroys what it receives',
  EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v: 'the USDC mint of Solana',
  '4zMMC9srt5Ri5X14GAgXhaHii3GnPAEERYPJgZJDncDU': 'the USDC mint of Solana Devnet',
  Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB: 'the USDT mint of Solana',
  So11111111111111111111111111111111111111112: 'the wrapped SOL mint of Solana',
  TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA: 'the token program of Solana',
  '11111111111111111111111111111111': 'the system program of Solana',
};

/** Checks the form of an address on a chain; a wrong one is answered with a sentence for its owner. */
export function checkAddress(chain: Chain, text: string): AddressCheck {
  const checked = chain === 'solana' ? checkSolana(text) : checkEvm(text);
  if ('wrong' in checked) return checked;
  const known = NEVER_PAY[checked.key];
  return known === undefined
    ? checked
    : { wrong: `This is ${known}. What is sent there is lost: give the address of a wallet.` };
}

function checkEvm(text: string): AddressCheck {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) {
    return { wrong: 'An address on this chain is 0x and 40 hexadecimal digits.' };
  }
  const key = text.toLowerCase();
  const address = checksumEvmAddress(key);
  const digits = text.slice(2);
  const isOneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (!isOneCase && text !== address) {
    return { wrong: 'The checksum of this address is wrong: at least one character was mistyped.' };
  }
  // The first ones are precompiled contracts: what they receive, nobody gets back.
  if (key === ZERO_EVM) return { wrong: 'This is the zero address. What is sent there is lost.' };
  if (BigInt(key) <= 0x1ffn) return { wrong: 'This is a contract of the chain itself, not a wallet.' };
  return { address, key, note: null };
}

function checkSolana(text: string): AddressCheck {
  const bytes = decodeSolanaAddress(text);
  if (!bytes) return { wrong: 'An address on Solana is base58 of 32 bytes: 32 to 44 letters and digits.' };
  return { address: text, key: text, note: isOnCurve(bytes) ? null : 'off_curve' };
}

/** An EVM address with the mixed-case checksum of EIP-55. */
export function checksumEvmAddress(address: string): string {
  const digits = address.slice(2).toLowerCase();
  const hash = keccak256(digits);
  const mixed = [...digits].map((digit, i) =>
    Number.parseInt(hash[i] ?? '0', 16) >= 8 ? digit.toUpperCase() : digit,
  );
  return `0x${mixed.join('')}`;
}

/** The form in which addresses of any chain are compared. */
export function addressKey(address: string): string {
  return /^0x/i.test(address) ? address.toLowerCase() : address;
}
