/** How W3S transactions move on: the scheduler's steps, the chain's news, faults and magic amounts. */
import { randomUUID } from 'node:crypto';
import type { ChainTransaction, ChainTransfer } from '../chain/chain.ts';
import { findNetwork, type Network } from '../chain/networks.ts';
import { formatUnits, parseUnits } from '../kernel/books.ts';
import type { Notifier } from './notifications.ts';
import { giveGas } from './wallets.ts';
import { addressKey, type CircleWorld, type KeptTransaction, type Transaction } from './world.ts';

/** Outcomes a fault on `circle.transfer` can ask for. */
const OUTCOMES = ['pending', 'deny', 'fail', 'stuck', 'revert'];
/** Exact amounts that play an outcome without a fault. */
const MAGIC_AMOUNTS: Record<string, string> = {
  '66.61': 'deny',
  '66.62': 'fail',
  '66.63': 'stuck',
  '66.64': 'revert',
  '66.65': 'pending',
};
/** States in which a transaction has not reached the chain yet. */
const WAITING = new Set(['INITIATED', 'CLEARED', 'QUEUED']);
const FINAL = new Set(['COMPLETE', 'FAILED', 'DENIED', 'CANCELLED']);

export type Lifecycle = {
  /** Begin an outbound transaction that was just inserted as INITIATED. */
  begin(kept: KeptTransaction): void;
  /** Change the state, keep it, and tell the subscribers. */
  move(kept: KeptTransaction, state: string, facts?: Partial<Transaction>): KeptTransaction;
  /** Put the transfer on chain (again). */
  send(kept: KeptTransaction): void;
};

function networkOf(blockchain: string): Network {
  const network = findNetwork(blockchain);
  if (!network) throw new Error(`no network ${blockchain}`);
  return network;
}

/** Why the transfer cannot be sent now, in Circle's words; undefined when it can. */
function shortage(world: CircleWorld, { wire, units }: KeptTransaction): string | undefined {
  const { chain, kernel, wallets } = world;
  const { blockchain, sourceAddress, tokenId, walletId } = wire;
  const token = chain.tokens.get(tokenId);
  if (!token || chain.balance(blockchain, sourceAddress, token) < BigInt(units)) return 'INSUFFICIENT_TOKEN';
  if (wallets.get(walletId)?.accountType === 'SCA') return undefined;
  const network = networkOf(blockchain);
  const native = chain.tokens.native(network);
  const fee = parseUnits(network.fee, native.decimals) ?? 0n;
  const needed = token.isNative ? BigInt(units) + fee : fee;
  if (chain.balance(blockchain, sourceAddress, native) >= needed) return undefined;
  if (!kernel.settings.flag('circle.gas')) return 'INSUFFICIENT_NATIVE_TOKEN';
  giveGas(world, network, sourceAddress);
  return undefined;
}

function screening(action: string, at: string): Partial<Transaction> {
  const evaluation = { ruleName: 'Sandbox rule', actions: [action], screeningDate: at, reasons: [] };
  return { transactionScreeningEvaluation: evaluation };
}

/** The steps of an outbound transaction until it is on chain. */
function outboundSteps(world: CircleWorld, lifecycle: Lifecycle): void {
  const { kernel, transactions, chain } = world;
  const { scheduler, faults, clock } = kernel;
  scheduler.on<{ id: string }>('circle.clear', ({ id }) => {
    const kept = transactions.get(id);
    if (kept?.wire.state !== 'INITIATED') return;
    const fault = faults.take('circle', 'circle.transfer', kept.wire, OUTCOMES);
    const amount = formatUnits(BigInt(kept.units), chain.tokens.get(kept.wire.tokenId)?.decimals ?? 6);
    const outcome = fault?.kind ?? MAGIC_AMOUNTS[amount];
    const reason = String(fault?.details?.error_reason ?? '') || undefined;
    if (outcome === 'pending') return;
    if (outcome === 'deny') return void lifecycle.move(kept, 'DENIED', screening('DENY', clock.iso()));
    const missing = outcome === 'fail' ? (reason ?? 'ESTIMATION_ERROR') : shortage(world, kept);
    if (missing) return void lifecycle.move(kept, 'FAILED', { errorReason: missing });
    const decided = {
      ...kept,
      ...(outcome ? { outcome } : {}),
      ...(reason ? { outcomeReason: reason } : {}),
    };
    const cleared = lifecycle.move(decided, 'CLEARED', screening('APPROVE', clock.iso()));
    lifecycle.move(cleared, 'QUEUED');
    scheduler.after('circle.send', 'circle.send', { id });
  });
  scheduler.on<{ id: string }>('circle.send', ({ id }) => {
    const kept = transactions.get(id);
    if (kept && WAITING.has(kept.wire.state)) lifecycle.send(kept);
  });
  scheduler.on<{ id: string; hash: string }>('circle.stick', ({ id, hash }) => {
    const kept = transactions.get(id);
    if (kept?.wire.state === 'SENT' && kept.wire.txHash === hash) lifecycle.move(kept, 'STUCK');
  });
}

function blockFacts(transaction: ChainTransaction): Partial<Transaction> {
  const { blockHash, blockHeight, confirmedAt, hash } = transaction;
  return {
    txHash: hash,
    ...(blockHash ? { blockHash } : {}),
    ...(blockHeight ? { blockHeight } : {}),
    ...(confirmedAt ? { firstConfirmDate: confirmedAt } : {}),
  };
}

/** An inbound transaction for each transfer that reached one of our wallets. */
function recordInbound(
  world: CircleWorld,
  lifecycle: Lifecycle,
  news: ChainTransaction,
  transfer: ChainTransfer,
): void {
  const { kernel, chain, wallets, transactions } = world;
  const wallet = wallets.find('address', addressKey(news.blockchain, transfer.to));
  const token = chain.tokens.get(transfer.tokenId);
  if (!wallet || !token) return;
  const now = kernel.clock.iso();
  const wire: Transaction = {
    id: randomUUID(),
    blockchain: news.blockchain,
    walletId: wallet.id,
    tokenId: token.id,
    sourceAddress: transfer.from,
    destinationAddress: wallet.address,
    transactionType: 'INBOUND',
    custodyType: 'DEVELOPER',
    operation: 'TRANSFER',
    state: 'INITIATED',
    amounts: [formatUnits(BigInt(transfer.units), token.decimals)],
    nfts: null,
    networkFee: networkOf(news.blockchain).fee,
    createDate: now,
    updateDate: now,
  };
  const kept = transactions.insert({ wire, units: transfer.units });
  lifecycle.move(kept, 'CONFIRMED', blockFacts(news));
}

/** What the chain reports, applied to the transactions with that hash. */
function followChain(world: CircleWorld, lifecycle: Lifecycle): void {
  const { transactions, chain } = world;
  chain.onChange((news) => {
    if (news.state === 'mempool' || news.state === 'dropped') return;
    for (const kept of transactions.list({ where: { index: 'hash', value: news.hash } })) {
      if (FINAL.has(kept.wire.state)) continue;
      const facts = blockFacts(news);
      if (news.state === 'confirmed') {
        lifecycle.move(kept, 'CONFIRMED', { ...facts, networkFee: networkOf(news.blockchain).fee });
      } else if (news.state === 'final') lifecycle.move(kept, 'COMPLETE', facts);
      else if (news.state === 'failed') {
        lifecycle.move(kept, 'FAILED', { ...facts, errorReason: news.reason ?? 'TRANSACTION_REVERTED' });
      } else lifecycle.move(kept, 'FAILED', { errorReason: 'BLOCK_REORGANIZED' });
    }
    if (news.state !== 'confirmed') return;
    for (const transfer of news.transfers) recordInbound(world, lifecycle, news, transfer);
  });
}

/** Creates the life of transactions: registers its steps and listens to the chain. */
export function createLifecycle(world: CircleWorld, notifier: Notifier): Lifecycle {
  const { kernel, transactions, chain, wallets } = world;
  const { scheduler, settings, payments, clock } = kernel;
  settings.defineDelay('circle.clear', 300);
  settings.defineDelay('circle.send', 700);
  settings.defineDelay('circle.stuck', 5_000);
  const lifecycle: Lifecycle = {
    begin: ({ wire }) => void scheduler.after('circle.clear', 'circle.clear', { id: wire.id }),
    move(kept, state, facts = {}) {
      const wire: Transaction = { ...kept.wire, ...facts, state, updateDate: clock.iso() };
      const moved = transactions.put({ ...kept, wire });
      if (wire.transactionType === 'OUTBOUND') {
        payments.update(wire.id, state, !['FAILED', 'DENIED', 'CANCELLED'].includes(state));
      }
      notifier.transactionChanged(wire);
      return moved;
    },
    send(kept) {
      const { id, blockchain, sourceAddress: from, destinationAddress: to, tokenId, walletId } = kept.wire;
      const isHeld = kept.outcome === 'stuck';
      const paysFee = wallets.get(walletId)?.accountType === 'EOA';
      const { hash } = chain.broadcast({
        blockchain,
        transfers: [{ from, to, tokenId, units: kept.units }],
        hold: isHeld,
        ...(paysFee ? { feePayer: from } : {}),
        ...(kept.outcome === 'revert' ? { revert: kept.outcomeReason ?? 'TRANSACTION_REVERTED' } : {}),
      });
      lifecycle.move(kept, 'SENT', { txHash: hash });
      if (isHeld) scheduler.after('circle.stuck', 'circle.stick', { id, hash });
    },
  };
  outboundSteps(world, lifecycle);
  followChain(world, lifecycle);
  return lifecycle;
}
