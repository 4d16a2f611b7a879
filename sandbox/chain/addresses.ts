/** Blockchain addresses and hashes that look and validate like real ones. */
import { randomBytes } from 'node:crypto';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { base58 } from '@scure/base';
import type { Network } from './networks.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Writes an EVM address with its mixed-case checksum. EIP-55. */
export function checksumAddress(address: string): string {
  const lower = address.slice(2).toLowerCase();
  const hash = hex(keccak_256(Buffer.from(lower, 'ascii')));
  const mixed = [...lower].map((digit, index) =>
    Number.parseInt(hash[index] ?? '0', 16) >= 8 ? digit.toUpperCase() : digit,
  );
  return `0x${mixed.join('')}`;
}

/** A fresh address: checksummed 20 bytes on EVM networks, base58 of 32 bytes on Solana. */
export function makeAddress(kind: Network['kind']): string {
  return kind === 'solana' ? base58.encode(randomBytes(32)) : checksumAddress(`0x${hex(randomBytes(20))}`);
}

/**
 * Whether `address` could exist on this kind of network; mixed-case EVM addresses must carry a right
 * checksum.
 */
export function isValidAddress(kind: Network['kind'], address: unknown): address is string {
  if (typeof address !== 'string') return false;
  if (kind === 'solana') {
    try {
      return base58.decode(address).length === 32;
    } catch {
      return false;
    }
  }
  if (!/^0x[0-9a-fA-F]{40}$/.test(address)) return false;
  const digits = address.slice(2);
  const isOneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  return isOneCase || checksumAddress(address) === address;
}

/** The form in which addresses are compared: EVM addresses are not case-sensitive, Solana's are. */
export function normalizeAddress(address: string): string {
  return /^0x/i.test(address) ? address.toLowerCase() : address;
}

/** A fresh transaction hash (EVM) or signature (Solana). */
export function makeTransactionHash(kind: Network['kind']): string {
  return kind === 'solana' ? base58.encode(randomBytes(64)) : `0x${hex(randomBytes(32))}`;
}

/** A fresh block hash. */
export function makeBlockHash(kind: Network['kind']): string {
  return kind === 'solana' ? base58.encode(randomBytes(32)) : `0x${hex(randomBytes(32))}`;
}
