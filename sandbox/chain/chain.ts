/** One shared model of the blockchains: addresses, transactions, confirmations, reorganisations. */
import { InsufficientFunds, type Posting, parseUnits } from '../kernel/books.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { makeBlockHash, makeTransactionHash, normalizeAddress } from './addresses.ts';
import { findNetwork, type Network } from './networks.ts';
import { assetOf, createTokens, type Token, type Tokens } from './tokens.ts';

export type ChainTransfer = { from: string; to: string; tokenId: string; units: string };

/**
 * `mempool` → `confirmed` (in a block) → `final`. `failed` = reverted in its block; `dropped` = replaced
 * before
 * it was mined; `reorged` = its block fell out of the chain.
 */
export type ChainState = 'mempool' | 'confirmed' | 'final' | 'failed' | 'dropped' | 'reorged';

export type ChainTransaction = {
  hash: string;
  blockchain: string;
  state: ChainState;
  transfers: ChainTransfer[];
  /** The address that pays the network fee; absent when somebody outside pays. */
  feePayer?: string;
  blockHeight?: number;
  blockHash?: string;
  /** Why it failed: `INSUFFICIENT_TOKEN` or what a fault asked for. */
  reason?: string;
  createdAt: string;
  confirmedAt?: string;
};

export type Broadcast = {
  blockchain: string;
  transfers: ChainTransfer[];
  feePayer?: string;
  /** Leave it in the mempool for ever (a fee that is too low). */
  hold?: boolean;
  /** Mine it now instead of after the next block's delay. */
  now?: boolean;
  /** Revert it in its block, for this reason. */
  revert?: string;
};

export type Chain = {
  readonly tokens: Tokens;
  get(hash: string): ChainTransaction | undefined;
  /** Units of `token` that an address holds. */
  balance(blockchain: string, address: string, token: Token): bigint;
  /** Make an address one of ours: it gets an account of its own that cannot be overdrawn. */
  register(blockchain: string, address: string, owner: string): void;
  ownerOf(blockchain: string, address: string): string | undefined;
  /** The account of an address in the books. */
  account(blockchain: string, address: string): string;
  broadcast(input: Broadcast): ChainTransaction;
  /** Take a transaction out of the mempool; false when it was mined already. */
  drop(hash: string): boolean;
  /** Undo a confirmed transaction that is not final yet; false when that cannot be. */
  reorg(hash: string): boolean;
  /** Make a confirmed transaction final now; false when it is in another state. */
  finalize(hash: string): boolean;
  /** Called inside the transaction of every change of state. */
  onChange(listener: (transaction: ChainTransaction) => void): void;
};

type KnownAddress = { key: string; owner: string };

const keyOf = (blockchain: string, address: string): string => `${blockchain}:${normalizeAddress(address)}`;

/** Everything a step of a transaction needs. */
type Parts = {
  kernel: Kernel;
  account: (blockchain: string, address: string) => string;
  tokens: Tokens;
  change: (transaction: ChainTransaction) => void;
};

function networkOf(transaction: ChainTransaction): Network {
  const network = findNetwork(transaction.blockchain);
  if (!network) throw new Error(`no network ${transaction.blockchain}`);
  return network;
}

function postingsOf({ account, tokens }: Parts, transaction: ChainTransaction): Posting[] {
  const { blockchain, transfers } = transaction;
  return transfers.flatMap(({ from, to, tokenId, units }) => {
    const token = tokens.get(tokenId);
    if (!token) throw new Error(`no token ${tokenId}`);
    const asset = assetOf(token, tokens);
    return [
      { account: account(blockchain, from), asset, amount: -BigInt(units) },
      { account: account(blockchain, to), asset, amount: BigInt(units) },
    ];
  });
}

function payFee({ kernel, account, tokens }: Parts, transaction: ChainTransaction): void {
  const { feePayer, blockchain, hash } = transaction;
  if (!feePayer) return;
  const network = networkOf(transaction);
  const amount = parseUnits(network.fee, network.native.decimals) ?? 0n;
  const asset = assetOf(tokens.native(network), tokens);
  kernel.books.post(`${hash} fee`, [
    { account: account(blockchain, feePayer), asset, amount: -amount },
    { account: `world:fees:${blockchain}`, asset, amount },
  ]);
}

/** Puts the transaction into a block: the money moves, or it is reverted. */
function mine(parts: Parts, transaction: ChainTransaction, revert?: string): void {
  const { kernel } = parts;
  const network = networkOf(transaction);
  const mined: ChainTransaction = {
    ...transaction,
    blockHeight: Math.floor(kernel.clock.millis() / (network.blockSeconds * 1_000)),
    blockHash: makeBlockHash(network.kind),
    confirmedAt: kernel.clock.iso(),
  };
  let reason = revert;
  try {
    payFee(parts, transaction);
    if (!reason) kernel.books.post(transaction.hash, postingsOf(parts, transaction));
  } catch (error) {
    if (!(error instanceof InsufficientFunds)) throw error;
    reason = error.asset.startsWith(network.native.symbol)
      ? 'INSUFFICIENT_NATIVE_TOKEN'
      : 'INSUFFICIENT_TOKEN';
  }
  if (reason) {
    parts.change({ ...mined, state: 'failed', reason });
    return;
  }
  kernel.scheduler.after('chain.finality', 'chain.finalize', { hash: transaction.hash });
  parts.change({ ...mined, state: 'confirmed' });
}

/** Opens the chain model on the kernel. */
export function createChain(kernel: Kernel): Chain {
  const { store, scheduler, settings, books } = kernel;
  settings.defineDelay('chain.block', 2_000);
  settings.defineDelay('chain.finality', 4_000);
  const tokens = createTokens(store);
  const transactions = store.table<ChainTransaction>('chain_transactions', { id: ({ hash }) => hash });
  const addresses = store.table<KnownAddress>('chain_addresses', { id: ({ key }) => key });
  const listeners: ((transaction: ChainTransaction) => void)[] = [];
  const change = (transaction: ChainTransaction): void => {
    transactions.put(transaction);
    for (const listener of listeners) listener(transaction);
  };
  const account = (blockchain: string, address: string): string => {
    const key = keyOf(blockchain, address);
    return `${addresses.get(key) ? '' : 'world:'}chain:${key}`;
  };
  const parts: Parts = { kernel, account, tokens, change };
  scheduler.on<{ hash: string; revert?: string }>('chain.mine', ({ hash, revert }) => {
    const transaction = transactions.get(hash);
    if (transaction?.state === 'mempool') mine(parts, transaction, revert);
  });
  const reorganize = (transaction: ChainTransaction): boolean => {
    if (transaction.state !== 'confirmed') return false;
    const back = postingsOf(parts, transaction).map((line) => ({ ...line, amount: -line.amount }));
    try {
      books.post(`${transaction.hash} reorg`, back);
    } catch (error) {
      // The receiver has spent it already: such a block cannot fall out any more.
      if (error instanceof InsufficientFunds) return false;
      throw error;
    }
    change({ ...transaction, state: 'reorged' });
    return true;
  };
  const finalize = (transaction: ChainTransaction | undefined): boolean => {
    if (transaction?.state !== 'confirmed') return false;
    change({ ...transaction, state: 'final' });
    return true;
  };
  scheduler.on<{ hash: string }>('chain.finalize', ({ hash }) => {
    const transaction = transactions.get(hash);
    if (transaction?.state !== 'confirmed') return;
    const fault = kernel.faults.take('chain', 'chain.finalize', transaction, ['pending', 'reorg']);
    if (fault?.kind === 'pending') return;
    if (fault?.kind !== 'reorg' || !reorganize(transaction)) finalize(transaction);
  });
  return {
    tokens,
    get: (hash) => transactions.get(hash),
    balance: (blockchain, address, token) =>
      books.balance(account(blockchain, address), assetOf(token, tokens)),
    register: (blockchain, address, owner) => void addresses.put({ key: keyOf(blockchain, address), owner }),
    ownerOf: (blockchain, address) => addresses.get(keyOf(blockchain, address))?.owner,
    account,
    broadcast({ blockchain, transfers, feePayer, hold, now, revert }) {
      const network = findNetwork(blockchain);
      if (!network) throw new Error(`no network ${blockchain}`);
      const transaction: ChainTransaction = {
        hash: makeTransactionHash(network.kind),
        blockchain,
        state: 'mempool',
        transfers,
        createdAt: kernel.clock.iso(),
        ...(feePayer ? { feePayer } : {}),
      };
      change(transaction);
      const step = { hash: transaction.hash, ...(revert ? { revert } : {}) };
      if (now) mine(parts, transaction, revert);
      else if (!hold) scheduler.after('chain.block', 'chain.mine', step);
      return transaction;
    },
    drop(hash) {
      const transaction = transactions.get(hash);
      if (transaction?.state !== 'mempool') return false;
      change({ ...transaction, state: 'dropped' });
      return true;
    },
    reorg(hash) {
      const transaction = transactions.get(hash);
      return transaction !== undefined && reorganize(transaction);
    },
    finalize: (hash) => finalize(transactions.get(hash)),
    onChange: (listener) => void listeners.push(listener),
  };
}
