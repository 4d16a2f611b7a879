/** The W3S world: wallet sets, wallets and transactions, and how they are kept. */

import { normalizeAddress } from '../chain/addresses.ts';
import type { Chain } from '../chain/chain.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Table } from '../kernel/store.ts';
import type { CircleKeys } from './credentials.ts';

/** Circle: W3S OpenAPI, schema WalletSet. */
export type WalletSet = {
  id: string;
  custodyType: 'DEVELOPER';
  name?: string;
  createDate: string;
  updateDate: string;
};

/** Circle: W3S OpenAPI, schema Wallet. */
export type Wallet = {
  id: string;
  address: string;
  blockchain: string;
  createDate: string;
  updateDate: string;
  custodyType: 'DEVELOPER';
  state: 'LIVE' | 'FROZEN';
  walletSetId: string;
  name?: string;
  refId?: string;
  accountType: 'EOA' | 'SCA';
  scaCore?: string;
};

/** Circle: W3S OpenAPI, schema Transaction. */
export type Transaction = {
  id: string;
  blockchain: string;
  walletId: string;
  tokenId: string;
  sourceAddress: string;
  destinationAddress: string;
  transactionType: 'INBOUND' | 'OUTBOUND';
  custodyType: 'DEVELOPER';
  operation: 'TRANSFER';
  state: string;
  amounts: string[];
  nfts: null;
  txHash?: string;
  blockHash?: string;
  blockHeight?: number;
  networkFee?: string;
  feeLevel?: string;
  estimatedFee?: Record<string, string>;
  firstConfirmDate?: string;
  errorReason?: string;
  errorDetails?: string;
  refId?: string;
  transactionScreeningEvaluation?: {
    ruleName: string;
    actions: string[];
    screeningDate: string;
    reasons: unknown[];
  };
  createDate: string;
  updateDate: string;
};

/** A transaction with what only the sandbox knows. */
export type KeptTransaction = {
  wire: Transaction;
  idempotencyKey?: string;
  units: string;
  /** What a fault or a magic amount decided for it. */
  outcome?: string;
  outcomeReason?: string;
};

/** Circle: W3S v2 notification subscriptions. */
export type Subscription = {
  id: string;
  name: string;
  endpoint: string;
  enabled: boolean;
  restricted: boolean;
  notificationTypes: string[];
  createDate: string;
  updateDate: string;
};

export type CircleWorld = {
  kernel: Kernel;
  chain: Chain;
  keys: CircleKeys;
  walletSets: Table<WalletSet>;
  wallets: Table<Wallet>;
  transactions: Table<KeptTransaction>;
  subscriptions: Table<Subscription>;
};

/** The key of the wallet index by blockchain and address. */
export function addressKey(blockchain: string, address: string): string {
  return `${blockchain}:${normalizeAddress(address)}`;
}

/** Opens the W3S tables. */
export function openCircleWorld(kernel: Kernel, chain: Chain, keys: CircleKeys): CircleWorld {
  const { store } = kernel;
  return {
    kernel,
    chain,
    keys,
    walletSets: store.table<WalletSet>('circle_wallet_sets', { id: ({ id }) => id }),
    wallets: store.table<Wallet>('circle_wallets', {
      id: ({ id }) => id,
      indexes: {
        address: ({ blockchain, address }) => addressKey(blockchain, address),
        plain_address: ({ address }) => normalizeAddress(address),
        reference: ({ refId }) => refId,
        set: ({ walletSetId }) => walletSetId,
      },
    }),
    transactions: store.table<KeptTransaction>('circle_transactions', {
      id: ({ wire }) => wire.id,
      indexes: {
        wallet: ({ wire }) => wire.walletId,
        hash: ({ wire }) => wire.txHash,
        destination: ({ wire }) => normalizeAddress(wire.destinationAddress),
      },
    }),
    subscriptions: store.table<Subscription>('circle_subscriptions', { id: ({ id }) => id }),
  };
}
