/** Sending: create, cancel, accelerate, estimate. Circle: W3S OpenAPI, tag Transactions. */
import { randomUUID } from 'node:crypto';
import { isValidAddress } from '../chain/addresses.ts';
import { findNetwork, type Network } from '../chain/networks.ts';
import type { Token } from '../chain/tokens.ts';
import { parseUnits } from '../kernel/books.ts';
import { type Route, route, type SandboxRequest } from '../kernel/http.ts';
import { idempotentRoute } from './idempotent.ts';
import type { Lifecycle } from './lifecycle.ts';
import { problem, uuidParam } from './problem.ts';
import { networkFor, walletOf } from './wallets.ts';
import { addressKey, type CircleWorld, type KeptTransaction, type Wallet } from './world.ts';

const FEE_LEVELS = ['LOW', 'MEDIUM', 'HIGH'];

/** The sending wallet: `walletId`, or `walletAddress` with `blockchain`. */
function readWallet(world: CircleWorld, { body }: SandboxRequest): Wallet {
  const { walletId, walletAddress, blockchain } = body;
  if (walletId && walletAddress) throw problem(155244);
  if (typeof walletId === 'string') return walletOf(world, walletId);
  if (typeof walletAddress !== 'string' || typeof blockchain !== 'string') {
    throw problem(2, 'walletId, or walletAddress with blockchain, is required.');
  }
  const wallet = world.wallets.find('address', addressKey(blockchain, walletAddress));
  if (!wallet) throw problem(156001);
  return wallet;
}

/**
 * The token: `tokenId`, or `tokenAddress` with the blockchain; an empty `tokenAddress` is the native token.
 */
function readToken({ chain }: CircleWorld, body: Record<string, unknown>, network: Network): Token {
  const { tokenId, tokenAddress } = body;
  if (tokenId && tokenAddress) throw problem(2, 'tokenId and tokenAddress exclude each other.');
  if (typeof tokenId === 'string' && tokenId !== '') {
    const token = chain.tokens.get(tokenId);
    if (!token) throw problem(156002);
    if (token.blockchain !== network.code) throw problem(155220);
    return token;
  }
  if (tokenAddress === undefined) throw problem(155228);
  if (tokenAddress === '') return chain.tokens.native(network);
  const token = chain.tokens.findByAddress(network.code, String(tokenAddress));
  if (!token) throw problem(155239);
  return token;
}

function readUnits(body: Record<string, unknown>, token: Token): { units: bigint; amounts: string[] } {
  const { amounts } = body;
  if (!Array.isArray(amounts) || amounts.length !== 1) throw problem(155221);
  const units = parseUnits(amounts[0], token.decimals);
  if (units === undefined || units <= 0n) throw problem(155221);
  return { units, amounts: [String(amounts[0])] };
}

function readFee(body: Record<string, unknown>): { feeLevel?: string } {
  const { feeLevel, gasLimit } = body;
  if (feeLevel === undefined && gasLimit === undefined) throw problem(155231);
  if (feeLevel === undefined) return {};
  if (!FEE_LEVELS.includes(String(feeLevel))) throw problem(2, 'feeLevel must be LOW, MEDIUM or HIGH.');
  return { feeLevel: String(feeLevel) };
}

function feeEstimate(network: Network): Record<string, string> {
  const gasLimit = network.kind === 'evm' ? '65000' : '200000';
  return { gasLimit, baseFee: '1', priorityFee: '1', maxFee: '3', networkFee: network.fee };
}

function createTransfer(
  world: CircleWorld,
  lifecycle: Lifecycle,
  request: SandboxRequest,
  idempotencyKey: string,
) {
  const { body } = request;
  const wallet = readWallet(world, request);
  const network = networkFor(world, request, wallet.blockchain);
  if (wallet.state === 'FROZEN') throw problem(155501);
  const { destinationAddress } = body;
  if (destinationAddress === undefined) throw problem(2, 'destinationAddress is required.');
  if (!isValidAddress(network.kind, destinationAddress)) throw problem(155219);
  const token = readToken(world, body, network);
  const { units, amounts } = readUnits(body, token);
  const fee = readFee(body);
  const now = world.kernel.clock.iso();
  const refId = typeof body.refId === 'string' ? { refId: body.refId } : {};
  const kept: KeptTransaction = {
    idempotencyKey,
    units: units.toString(),
    wire: {
      id: randomUUID(),
      blockchain: network.code,
      walletId: wallet.id,
      tokenId: token.id,
      sourceAddress: wallet.address,
      destinationAddress,
      transactionType: 'OUTBOUND',
      custodyType: 'DEVELOPER',
      operation: 'TRANSFER',
      state: 'INITIATED',
      amounts,
      nfts: null,
      estimatedFee: feeEstimate(network),
      ...fee,
      ...refId,
      createDate: now,
      updateDate: now,
    },
  };
  const { id, state } = world.transactions.insert(kept).wire;
  world.kernel.payments.record({
    id,
    company: 'circle',
    operation: 'circle.createTransfer',
    amount: amounts[0] ?? '0',
    asset: `${token.symbol}:${token.blockchain}`,
    from: wallet.address,
    to: destinationAddress,
    idempotency_key: idempotencyKey,
    status: state,
    ...(refId.refId ? { reference: refId.refId } : {}),
  });
  lifecycle.begin(kept);
  return { id, state };
}

/** The transaction of a URL. @throws {Refusal} 156009 or 156003 */
export function transactionOf(world: CircleWorld, params: Record<string, string>): KeptTransaction {
  const kept = world.transactions.get(uuidParam(params));
  if (!kept) throw problem(156003);
  return kept;
}

/** Cancel works until the transfer is in a block. Circle: transaction states, cancel. */
function cancel(world: CircleWorld, lifecycle: Lifecycle, { params }: SandboxRequest) {
  const kept = transactionOf(world, params);
  const { state, txHash, id } = kept.wire;
  const isOutbound = kept.wire.transactionType === 'OUTBOUND';
  const isCancelable = ['INITIATED', 'CLEARED', 'QUEUED', 'SENT', 'STUCK'].includes(state);
  if (!isOutbound || !isCancelable || (txHash && !world.chain.drop(txHash))) throw problem(155229);
  return { id, state: lifecycle.move(kept, 'CANCELLED').wire.state };
}

/** Accelerate replaces a pending transfer by one with a higher fee, under another hash. */
function accelerate(world: CircleWorld, lifecycle: Lifecycle, { params }: SandboxRequest) {
  const kept = transactionOf(world, params);
  const { state, txHash, id } = kept.wire;
  const isPending = ['SENT', 'STUCK'].includes(state);
  if (!isPending || !txHash || !world.chain.drop(txHash)) throw problem(155229);
  const { outcome: _outcome, ...rest } = kept;
  lifecycle.send(rest);
  return { id };
}

function networkOfEstimate(world: CircleWorld, { body }: SandboxRequest): Network {
  const token = typeof body.tokenId === 'string' ? world.chain.tokens.get(body.tokenId) : undefined;
  const wallet = typeof body.walletId === 'string' ? walletOf(world, body.walletId) : undefined;
  const network = findNetwork(wallet?.blockchain ?? token?.blockchain ?? body.blockchain);
  if (!network) throw problem(156027);
  return network;
}

/** Routes that send, change or prepare transfers. */
export function transferRoutes(world: CircleWorld, lifecycle: Lifecycle): Route[] {
  const developer = '/v1/w3s/developer/transactions';
  return [
    idempotentRoute(world, `${developer}/transfer`, 'circle.createTransfer', (request, key) =>
      createTransfer(world, lifecycle, request, key),
    ),
    idempotentRoute(
      world,
      `${developer}/:id/cancel`,
      'circle.cancelTransaction',
      (request) => cancel(world, lifecycle, request),
      200,
    ),
    idempotentRoute(
      world,
      `${developer}/:id/accelerate`,
      'circle.accelerateTransaction',
      (request) => accelerate(world, lifecycle, request),
      200,
    ),
    route('POST', '/v1/w3s/transactions/transfer/estimateFee', 'circle.estimateTransferFee', (request) => {
      const network = networkOfEstimate(world, request);
      if (!isValidAddress(network.kind, request.body.destinationAddress)) throw problem(155219);
      if (!Array.isArray(request.body.amounts)) throw problem(155221);
      const fee = feeEstimate(network);
      return { status: 200, body: { data: { low: fee, medium: fee, high: fee } } };
    }),
    route('POST', '/v1/w3s/transactions/validateAddress', 'circle.validateAddress', ({ body }) => {
      const network = findNetwork(body.blockchain);
      if (!network) throw problem(156027);
      return { status: 200, body: { data: { isValid: isValidAddress(network.kind, body.address) } } };
    }),
  ];
}
