/** Circle's words in ours: wallets, tokens, transactions and their states. */
import type { z } from 'zod';
import type { Chain } from '../../../domain/funding/chain.ts';
import type { ProviderOutcome } from '../../../domain/provider-error.ts';
import { type CircleNetwork, isUsdc, toChain } from './chains.ts';
import type { wireToken, wireTransaction, wireWallet } from './schema.ts';

/** The states of a wallet transaction in our words; `unknown` for a word that Circle added later. */
const CIRCLE_STATES = [
  'initiated',
  'cleared',
  'queued',
  'sent',
  'stuck',
  'confirmed',
  'complete',
  'failed',
  'denied',
  'canceled',
  'unknown',
] as const;
type CircleState = (typeof CIRCLE_STATES)[number];

/** Circle spells CANCELLED in its enum and CANCELED in its webhooks: both are one state here. */
export function toCircleState(word: string): CircleState {
  const state = word.toLowerCase();
  if (state === 'cancelled') return 'canceled';
  return CIRCLE_STATES.find((known) => known === state) ?? 'unknown';
}

/** STUCK can still resolve (a higher fee, a cancel), so it is pending, not failed. */
export function circleOutcome(state: CircleState): ProviderOutcome {
  if (state === 'complete') return 'succeeded';
  if (state === 'failed' || state === 'denied' || state === 'canceled') return 'failed';
  return state === 'unknown' ? 'unknown' : 'pending';
}

/** A wallet in our words. */
export interface CircleWallet {
  readonly id: string;
  readonly address: string;
  /** Null on a chain that Sluice does not serve; `blockchain` keeps Circle's word. */
  readonly chain: Chain | null;
  readonly blockchain: string;
  readonly walletSetId: string;
  readonly refId: string | null;
  readonly state: 'live' | 'frozen' | 'unknown';
  readonly accountType: string | null;
}

/** A movement in or out of a wallet, in our words. */
export interface CircleTransaction {
  readonly id: string;
  readonly walletId: string | null;
  readonly tokenId: string | null;
  /** By token id: a webhook carries no symbol, and a symbol can be copied by anybody. */
  readonly isUsdc: boolean;
  readonly chain: Chain | null;
  readonly blockchain: string;
  readonly direction: 'inbound' | 'outbound' | 'unknown';
  readonly state: CircleState;
  /** Circle's own word for the state. */
  readonly providerState: string;
  readonly outcome: ProviderOutcome;
  /** Token units as a decimal string; null where Circle names none. */
  readonly amount: string | null;
  readonly txHash: string | null;
  readonly source: string | null;
  readonly destination: string | null;
  readonly refId: string | null;
  readonly errorReason: string | null;
  readonly createdAt: string;
  /** When Circle last changed it. */
  readonly at: string;
}

/** A token in our words. */
export interface CircleToken {
  readonly id: string;
  readonly chain: Chain | null;
  readonly blockchain: string;
  readonly isUsdc: boolean;
  readonly symbol: string | null;
  readonly name: string | null;
  readonly decimals: number | null;
  readonly tokenAddress: string | null;
}

/** A wallet as Circle shows it, in our words. */
export function toCircleWallet(network: CircleNetwork, wallet: z.output<typeof wireWallet>): CircleWallet {
  const state = wallet.state.toLowerCase();
  return {
    id: wallet.id,
    address: wallet.address,
    chain: toChain(network, wallet.blockchain),
    blockchain: wallet.blockchain,
    walletSetId: wallet.walletSetId,
    refId: wallet.refId ?? null,
    state: state === 'live' || state === 'frozen' ? state : 'unknown',
    accountType: wallet.accountType ?? null,
  };
}

/** A transaction as Circle shows it, in our words. */
export function toCircleTransaction(
  network: CircleNetwork,
  transaction: z.output<typeof wireTransaction>,
): CircleTransaction {
  const state = toCircleState(transaction.state);
  const direction = transaction.transactionType.toLowerCase();
  const chain = toChain(network, transaction.blockchain);
  const tokenId = transaction.tokenId ?? null;
  return {
    id: transaction.id,
    walletId: transaction.walletId ?? null,
    tokenId,
    isUsdc: tokenId !== null && isUsdc(network, { id: tokenId, chain, tokenAddress: null }),
    chain,
    blockchain: transaction.blockchain,
    direction: direction === 'inbound' || direction === 'outbound' ? direction : 'unknown',
    state,
    providerState: transaction.state,
    outcome: circleOutcome(state),
    amount: transaction.amounts?.[0] ?? null,
    txHash: transaction.txHash ?? null,
    source: transaction.sourceAddress ?? null,
    destination: transaction.destinationAddress ?? null,
    refId: transaction.refId ?? null,
    errorReason: transaction.errorReason ?? transaction.errorDetails ?? null,
    createdAt: transaction.createDate,
    at: transaction.updateDate,
  };
}

/** A token as Circle shows it, in our words. */
export function toCircleToken(network: CircleNetwork, token: z.output<typeof wireToken>): CircleToken {
  const chain = toChain(network, token.blockchain);
  const tokenAddress = token.tokenAddress ?? null;
  return {
    id: token.id,
    chain,
    blockchain: token.blockchain,
    isUsdc: isUsdc(network, { id: token.id, chain, tokenAddress }),
    symbol: token.symbol ?? null,
    name: token.name ?? null,
    decimals: token.decimals ?? null,
    tokenAddress,
  };
}
