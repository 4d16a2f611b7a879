/** The shapes that cross the border to Circle wallets (W3S OpenAPI 2026-03). */
import { z } from 'zod';
import { CHAINS } from '../../../domain/funding/chain.ts';
import { idempotencyKey, instant, maybeText, pathId, positiveAmount, reportedAmount } from '../fields.ts';

const refId = z.string().min(1).max(100);
const chain = z.enum(CHAINS);

export const createWalletSetInput = z.strictObject({ idempotencyKey, name: z.string().min(1).max(100) });
export const createWalletsInput = z.strictObject({
  idempotencyKey,
  walletSetId: pathId,
  chains: z.array(chain).min(1),
  refId,
  /** EOA pays its own gas; SCA (EVM only) can have it sponsored by Circle's Gas Station. */
  accountType: z.enum(['EOA', 'SCA']).default('EOA'),
});
export const createTransferInput = z.strictObject({
  idempotencyKey,
  walletId: pathId,
  tokenId: pathId,
  destinationAddress: z.string().min(1).max(128),
  /** In token units, not base units: "3.14" is 3.14 USDC. */
  amount: positiveAmount,
  /** Our operation id: the look-up after an unclear answer finds the transfer by it. */
  refId,
  feeLevel: z.enum(['LOW', 'MEDIUM', 'HIGH']),
});
export const changeTransactionInput = z.strictObject({ idempotencyKey, transactionId: pathId });
export const findTransferInput = z.strictObject({
  walletId: pathId,
  refId,
  since: instant,
  /** Narrows the look-up in a wallet that pays many addresses. */
  destinationAddress: z.string().min(1).max(128).optional(),
});
export const listInboundInput = z.strictObject({
  since: instant,
  cursor: pathId.optional(),
  walletIds: z.array(pathId).min(1).optional(),
  /** Only transactions in this state, in Circle's own word. */
  state: z.enum(['FAILED', 'CANCELLED', 'DENIED']).optional(),
});
export const validateAddressInput = z.strictObject({ chain, address: z.string().min(1).max(128) });
export const listWalletsInput = z.strictObject({ refId: refId.optional(), walletSetId: pathId.optional() });
export const idInput = z.strictObject({ id: pathId });
export const endpointInput = z.strictObject({ endpoint: z.url() });

export type CreateWalletSetInput = z.input<typeof createWalletSetInput>;
export type CreateWalletsInput = z.input<typeof createWalletsInput>;
export type CreateTransferInput = z.input<typeof createTransferInput>;
export type ChangeTransactionInput = z.input<typeof changeTransactionInput>;
export type FindTransferInput = z.input<typeof findTransferInput>;
export type ListInboundInput = z.input<typeof listInboundInput>;
export type ListWalletsInput = z.input<typeof listWalletsInput>;

export const wireWallet = z.object({
  id: z.string(),
  address: z.string(),
  blockchain: z.string(),
  walletSetId: z.string(),
  state: z.string(),
  refId: maybeText,
  accountType: maybeText,
});
export const wireTransaction = z.object({
  id: z.string(),
  blockchain: z.string(),
  state: z.string(),
  transactionType: z.string(),
  walletId: maybeText,
  tokenId: maybeText,
  amounts: z.array(reportedAmount).nullish(),
  txHash: maybeText,
  sourceAddress: maybeText,
  destinationAddress: maybeText,
  refId: maybeText,
  errorReason: maybeText,
  errorDetails: maybeText,
  createDate: instant,
  updateDate: instant,
});
export const wireToken = z.object({
  id: z.string(),
  blockchain: z.string(),
  isNative: z.boolean(),
  name: maybeText,
  symbol: maybeText,
  decimals: z.number().int().nullish(),
  tokenAddress: maybeText,
});

export const walletSetAnswer = z.object({ walletSet: z.object({ id: z.string() }) });
export const walletsAnswer = z.object({ wallets: z.array(wireWallet) });
export const walletAnswer = z.object({ wallet: wireWallet });
export const balancesAnswer = z.object({
  tokenBalances: z.array(z.object({ amount: reportedAmount, token: wireToken })),
});
export const acceptedAnswer = z.object({ id: z.string(), state: z.string() });
export const changedAnswer = z.object({ id: z.string() });
export const transactionAnswer = z.object({ transaction: wireTransaction });
export const transactionsAnswer = z.object({ transactions: z.array(wireTransaction) });
export const tokenAnswer = z.object({ token: wireToken });
export const validAnswer = z.object({ isValid: z.boolean() });
export const publicKeyAnswer = z.object({
  id: z.string(),
  algorithm: z.string(),
  publicKey: z.string().min(1),
});
export const subscriptionAnswer = z.object({
  id: z.string(),
  endpoint: z.string(),
  enabled: z.boolean().default(true),
});
export const subscriptionsAnswer = z.array(subscriptionAnswer);
