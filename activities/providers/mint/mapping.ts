/** Circle Mint's words in ours: chains, transfers, payouts, wires. */
import type { z } from 'zod';
import { CHAINS, type Chain } from '../../../domain/funding/chain.ts';
import { parseUnits } from '../../../domain/money.ts';
import type { ProviderOutcome } from '../../../domain/provider-error.ts';
import type * as wire from './schema.ts';

/** Mint's chain codes differ from W3S's: Polygon is POLY here and MATIC there, and test networks share codes. */
const MINT_CHAINS = { ethereum: 'ETH', solana: 'SOL', base: 'BASE', polygon: 'POLY' } as const;

/** The Mint code of a chain. Circle: Mint OpenAPI, chain enum. */
export function toMintChain(chain: Chain): (typeof MINT_CHAINS)[Chain] {
  return MINT_CHAINS[chain];
}

/** The chain of a Mint code; null for one that Sluice does not serve. */
export function fromMintChain(code: string): Chain | null {
  return CHAINS.find((chain) => MINT_CHAINS[chain] === code) ?? null;
}

/** Mint says `pending`, `complete`, `failed`; some notifications say `running`. Anything else is `unknown`. */
export function mintOutcome(status: string): ProviderOutcome {
  if (status === 'complete') return 'succeeded';
  if (status === 'failed') return 'failed';
  return status === 'pending' || status === 'running' ? 'pending' : 'unknown';
}

/** A movement between Mint and a blockchain, or between wallets. */
export interface MintTransfer {
  readonly id: string;
  /** `in` = from a blockchain into our Mint wallet (a deposit of USDC), `out` = the other way. */
  readonly direction: 'in' | 'out' | 'internal' | 'unknown';
  readonly outcome: ProviderOutcome;
  readonly providerState: string;
  readonly amount: string;
  readonly currency: string;
  /** Dollars on top, decimal strings. */
  readonly fees: readonly string[];
  readonly chain: Chain | null;
  readonly txHash: string | null;
  readonly destinationAddress: string | null;
  readonly errorCode: string | null;
  readonly createdAt: string;
}

/** Dollars on their way from Mint to a bank. */
export interface MintPayout {
  readonly id: string;
  /** `returned` when the bank sent it back: Mint then says failed and names the return. */
  readonly outcome: ProviderOutcome;
  readonly providerState: string;
  readonly amount: string;
  readonly currency: string;
  readonly fees: readonly string[];
  readonly wireAccountId: string | null;
  readonly trackingRef: string | null;
  readonly errorCode: string | null;
  readonly returnReason: string | null;
  readonly createdAt: string;
}

/** Dollars that came into Mint by wire. */
export interface MintDeposit {
  readonly id: string;
  readonly outcome: ProviderOutcome;
  readonly providerState: string;
  readonly amount: string;
  readonly currency: string;
  /** Taken from what arrived. */
  readonly fees: readonly string[];
  readonly createdAt: string;
}

/** An address that credits our Mint wallet. */
export interface MintDepositAddress {
  readonly address: string;
  readonly addressTag: string | null;
  readonly chain: Chain | null;
  readonly currency: string;
}

/** An entry of the recipient address book. */
export interface MintRecipientAddress {
  readonly id: string;
  readonly address: string;
  readonly chain: Chain | null;
  readonly description: string | null;
  /** `pending_verification`, `verification_succeeded`, `active`, or what Circle adds. */
  readonly status: string | null;
}

/** A linked bank account. */
export interface MintWireAccount {
  readonly id: string;
  readonly outcome: ProviderOutcome;
  readonly providerState: string;
  readonly description: string | null;
  readonly trackingRef: string | null;
}

type Wire<Name extends keyof typeof wire> = (typeof wire)[Name] extends z.ZodType
  ? z.output<(typeof wire)[Name]>
  : never;

/** A transfer in our words. An on-chain deposit is one whose source is a blockchain. */
export function toMintTransfer(transfer: Wire<'wireTransfer'>): MintTransfer {
  const from = transfer.source?.type;
  const to = transfer.destination?.type;
  const code = transfer.source?.chain ?? transfer.destination?.chain ?? null;
  return {
    id: transfer.id,
    direction: directionOf(from, to),
    outcome: mintOutcome(transfer.status),
    providerState: transfer.status,
    amount: transfer.amount.amount,
    currency: transfer.amount.currency,
    fees: (transfer.fees ?? []).map((fee) => fee.amount),
    chain: code === null ? null : fromMintChain(code),
    txHash: transfer.transactionHash ?? null,
    destinationAddress: transfer.destination?.address ?? null,
    errorCode: transfer.errorCode ?? null,
    createdAt: transfer.createDate,
  };
}

function directionOf(from: string | undefined, to: string | undefined): MintTransfer['direction'] {
  if (from === 'blockchain' && to === 'wallet') return 'in';
  if (to === 'blockchain' || to === 'verified_blockchain') return 'out';
  return from === 'wallet' && to === 'wallet' ? 'internal' : 'unknown';
}

/** A payout in our words. Circle: a returned payout is `failed` + `transaction_returned` + a `return` object. */
export function toMintPayout(payout: Wire<'wirePayout'>): MintPayout {
  const isReturned = Boolean(payout.return) || payout.errorCode === 'transaction_returned';
  return {
    id: payout.id,
    outcome: isReturned ? 'returned' : mintOutcome(payout.status),
    providerState: payout.status,
    amount: payout.amount.amount,
    currency: payout.amount.currency,
    fees: payout.fees ? [payout.fees.amount] : [],
    wireAccountId: payout.destination?.id ?? null,
    trackingRef: payout.trackingRef ?? null,
    errorCode: payout.errorCode ?? null,
    returnReason: payout.return?.reason ?? null,
    createdAt: payout.createDate,
  };
}

/** A wire into Mint in our words. */
export function toMintDeposit(deposit: Wire<'wireDeposit'>): MintDeposit {
  return {
    id: deposit.id,
    outcome: mintOutcome(deposit.status),
    providerState: deposit.status,
    amount: deposit.amount.amount,
    currency: deposit.amount.currency,
    fees: deposit.fee ? [deposit.fee.amount] : [],
    createdAt: deposit.createDate,
  };
}

/** A deposit address in our words. */
export function toMintDepositAddress(address: Wire<'wireDepositAddress'>): MintDepositAddress {
  const { addressTag, chain, ...rest } = address;
  return { ...rest, addressTag: addressTag ?? null, chain: fromMintChain(chain) };
}

/** An address book entry in our words. */
export function toMintRecipientAddress(address: Wire<'wireRecipientAddress'>): MintRecipientAddress {
  const { id, description, status, chain } = address;
  return {
    id,
    address: address.address,
    chain: fromMintChain(chain),
    description: description ?? null,
    status: status ?? null,
  };
}

/** A linked bank account in our words. */
export function toMintWireAccount(account: Wire<'wireBankAccount'>): MintWireAccount {
  return {
    id: account.id,
    outcome: mintOutcome(account.status),
    providerState: account.status,
    description: account.description ?? null,
    trackingRef: account.trackingRef ?? null,
  };
}

/** Whether two reported amounts are the same money, "3.1" and "3.10" included. */
export function isSameAmount(left: string, right: string): boolean {
  return parseUnits(left) === parseUnits(right);
}

/** EVM hashes are hex and compare without case; Solana's signatures are base58 and do not. */
export function isSameTxHash(left: string, right: string): boolean {
  const isHex = /^0x[0-9a-f]+$/i;
  return isHex.test(left) && isHex.test(right) ? left.toLowerCase() === right.toLowerCase() : left === right;
}
