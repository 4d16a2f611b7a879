/** Stablecoin transfers in and out of the business account. Circle: Mint OpenAPI, tag Transfers. */
import { randomUUID } from 'node:crypto';
import { makeAddress } from '../chain/addresses.ts';
import type { ChainTransaction, ChainTransfer } from '../chain/chain.ts';
import { findNetwork, type Network } from '../chain/networks.ts';
import { InsufficientFunds } from '../kernel/books.ts';
import { type Route, route } from '../kernel/http.ts';
import { invalidEntity, notFound } from './problem.ts';
import { answerList, creatingRoute, dollars, readMoney } from './requests.ts';
import type { SnsNotifier } from './sns.ts';
import {
  AVAILABLE,
  IN_FLIGHT,
  ISSUED,
  type KeptTransfer,
  type MintWorld,
  networksOf,
  type RecipientAddress,
  type Transfer,
  USD,
} from './world.ts';

/** Exact amounts that play an outcome of an outgoing transfer. */
const MAGIC_TRANSFERS: Record<string, string> = {
  '77.71': 'fail',
  '77.72': 'deny',
  '77.73': 'pending',
  '77.74': 'revert',
};
const OUTCOMES = ['fail', 'deny', 'pending', 'revert'];
/** Faults of incoming ones, on `mint.inbound`. */
const INBOUND_OUTCOMES = ['pending', 'fail'];

export type TransferDesk = {
  /** Change a transfer's status, with the money that belongs to it, and tell the subscribers. */
  settle(
    kept: KeptTransfer,
    status: 'complete' | 'failed' | 'pending' | 'running',
    errorCode?: string,
  ): Transfer;
};

const isOutgoing = ({ wire }: KeptTransfer): boolean => wire.destination.type === 'blockchain';

/** The network an outgoing transfer goes to: where the address is known, else the one the settings name. */
function targetNetwork({ chain, kernel }: MintWorld, recipient: RecipientAddress): Network {
  const networks = networksOf(recipient.chain);
  const known = networks.find(({ code }) => chain.ownerOf(code, recipient.address));
  const wantsTestnet = kernel.settings.text('mint.network') === 'testnet';
  const found = known ?? networks.find(({ isTestnet }) => isTestnet === wantsTestnet);
  if (!found) throw invalidEntity({ location: 'destination.addressId', value: recipient.id });
  return found;
}

function createDesk({ kernel, transfers }: MintWorld, notifier: SnsNotifier): TransferDesk {
  const { books, payments } = kernel;
  const move = (kept: KeptTransfer, step: string, from: string, to: string): void => {
    const amount = BigInt(kept.units);
    books.post(`mint transfer ${kept.wire.id} ${step}`, [
      { account: from, asset: USD, amount: -amount },
      { account: to, asset: USD, amount },
    ]);
  };
  return {
    settle(kept, status, errorCode) {
      const { status: before, ...rest } = kept.wire;
      const wire: Transfer = { ...rest, status, ...(errorCode ? { errorCode } : {}) };
      if (before !== 'failed' && before !== 'complete') {
        const isUnfunded = errorCode === 'insufficient_funds';
        if (isOutgoing(kept)) {
          if (status === 'complete') move(kept, 'complete', IN_FLIGHT, ISSUED);
          if (status === 'failed' && !isUnfunded) move(kept, 'failed', IN_FLIGHT, AVAILABLE);
        } else if (status === 'complete') move(kept, 'complete', ISSUED, AVAILABLE);
      }
      transfers.put({ ...kept, wire });
      payments.update(wire.id, status, status !== 'failed');
      notifier.notify('transfers', 'transfer', wire);
      return wire;
    },
  };
}

/** Outgoing transfers: reserve the dollars, send the stablecoin, follow the chain. */
function outgoing(world: MintWorld, desk: TransferDesk): Route {
  const { kernel, chain, transfers, recipients, walletId } = world;
  const { scheduler, faults, books, payments, clock } = kernel;
  scheduler.on<{ id: string; addressId: string }>('mint.send', ({ id, addressId }) => {
    const kept = transfers.get(id);
    const recipient = recipients.get(addressId);
    if (!kept || !recipient || kept.wire.status !== 'pending') return;
    const fault = faults.take('mint', 'mint.transfer', kept.wire, OUTCOMES);
    const outcome = fault?.kind ?? MAGIC_TRANSFERS[kept.wire.amount.amount];
    if (outcome === 'pending') return;
    if (outcome === 'fail') return void desk.settle(kept, 'failed', 'transfer_failed');
    if (outcome === 'deny') return void desk.settle(kept, 'failed', 'transfer_denied');
    const network = targetNetwork(world, recipient);
    const from = kernel.store.keep(`mint.sender.${network.kind}`, () => makeAddress(network.kind));
    const sent = { from, to: recipient.address, tokenId: network.usdc.tokenId, units: kept.units };
    const revert = outcome === 'revert' ? { revert: 'EXECUTION_REVERTED' } : {};
    const { hash } = chain.broadcast({ blockchain: network.code, transfers: [sent], hold: true, ...revert });
    transfers.put({ ...kept, wire: { ...kept.wire, transactionHash: hash } });
    // Mined by a step of its own, so that the chain's news finds the hash on the transfer.
    scheduler.after('chain.block', 'chain.mine', { hash, ...revert });
  });
  return creatingRoute(
    world,
    '/v1/businessAccount/transfers',
    'mint.createTransfer',
    201,
    ({ body }, key) => {
      const { units, money } = readMoney(body.amount);
      const destination = (body.destination ?? {}) as Record<string, unknown>;
      if (destination.type !== 'verified_blockchain') {
        throw invalidEntity({ location: 'destination.type', value: destination.type });
      }
      const recipient = recipients.get(String(destination.addressId));
      if (!recipient) throw notFound('Recipient address not found.');
      if (recipient.status !== 'active')
        throw invalidEntity({ location: 'destination.addressId', value: recipient.id });
      const wire: Transfer = {
        id: randomUUID(),
        source: { type: 'wallet', id: walletId },
        destination: { type: 'blockchain', address: recipient.address, chain: recipient.chain },
        amount: money,
        status: 'pending',
        createDate: clock.iso(),
      };
      const kept = transfers.insert({ wire, units: units.toString() });
      payments.record({
        id: wire.id,
        company: 'mint',
        operation: 'mint.createTransfer',
        amount: money.amount,
        asset: USD,
        from: walletId,
        to: recipient.address,
        idempotency_key: key,
        status: 'pending',
      });
      try {
        books.post(`mint transfer ${wire.id} reserve`, [
          { account: AVAILABLE, asset: USD, amount: -units },
          { account: IN_FLIGHT, asset: USD, amount: units },
        ]);
        scheduler.after('mint.send', 'mint.send', { id: wire.id, addressId: recipient.id });
      } catch (error) {
        if (!(error instanceof InsufficientFunds)) throw error;
        scheduler.after('mint.send', 'mint.refuse_transfer', { id: kept.wire.id });
      }
      return wire;
    },
  );
}

/** An incoming transfer appears when its transaction is in a block, and is credited when that is final. */
function receive(
  world: MintWorld,
  news: ChainTransaction,
  transfer: ChainTransfer,
): KeptTransfer | undefined {
  const { chain, transfers, walletId, kernel } = world;
  const network = findNetwork(news.blockchain);
  const isOurs = chain.ownerOf(news.blockchain, transfer.to) === 'mint:deposit';
  // Circle credits USDC only; other tokens sent to the address are lost to the sender.
  if (!network || !isOurs || transfer.tokenId !== network.usdc.tokenId) return undefined;
  return transfers.insert({
    units: transfer.units,
    wire: {
      id: randomUUID(),
      source: { type: 'blockchain', chain: network.mint },
      destination: { type: 'wallet', id: walletId },
      amount: dollars(BigInt(transfer.units)),
      transactionHash: news.hash,
      status: 'pending',
      createDate: kernel.clock.iso(),
    },
  });
}

function followChain(world: MintWorld, desk: TransferDesk, notifier: SnsNotifier): void {
  const { chain, transfers, kernel } = world;
  kernel.scheduler.on<{ id: string }>('mint.credit', ({ id }) => {
    const kept = transfers.get(id);
    if (kept?.wire.status !== 'pending') return;
    const fault = kernel.faults.take('mint', 'mint.inbound', kept.wire, INBOUND_OUTCOMES);
    if (fault?.kind === 'fail')
      desk.settle(kept, 'failed', String(fault.details?.error_code ?? 'transfer_denied'));
    else if (!fault) desk.settle(kept, 'complete');
  });
  chain.onChange((news) => {
    for (const kept of transfers.list({ where: { index: 'hash', value: news.hash } })) {
      if (kept.wire.status !== 'pending') continue;
      if (news.state === 'failed' || news.state === 'reorged')
        desk.settle(kept, 'failed', 'blockchain_error');
      else if (news.state === 'final' && isOutgoing(kept)) desk.settle(kept, 'complete');
      else if (news.state === 'final')
        kernel.scheduler.after('mint.credit', 'mint.credit', { id: kept.wire.id });
    }
    if (news.state !== 'confirmed') return;
    for (const transfer of news.transfers) {
      const kept = receive(world, news, transfer);
      if (kept) notifier.notify('transfers', 'transfer', kept.wire);
    }
  });
}

/** Routes of transfers; also registers their steps and listens to the chain. */
export function transferRoutes(
  world: MintWorld,
  notifier: SnsNotifier,
): { routes: Route[]; desk: TransferDesk } {
  const { kernel, transfers } = world;
  const path = '/v1/businessAccount/transfers';
  kernel.settings.defineDelay('mint.send', 1_000);
  kernel.settings.defineDelay('mint.credit', 500);
  kernel.settings.define('mint.network', 'testnet');
  const desk = createDesk(world, notifier);
  kernel.scheduler.on<{ id: string }>('mint.refuse_transfer', ({ id }) => {
    const kept = transfers.get(id);
    if (kept?.wire.status === 'pending') desk.settle(kept, 'failed', 'insufficient_funds');
  });
  followChain(world, desk, notifier);
  const routes = [
    outgoing(world, desk),
    route('GET', path, 'mint.listTransfers', (request) => answerList(world, request, transfers)),
    route('GET', `${path}/:id`, 'mint.getTransfer', ({ params }) => {
      const kept = transfers.get(params.id ?? '');
      if (!kept) throw notFound();
      return { status: 200, body: { data: kept.wire } };
    }),
  ];
  return { routes, desk };
}
