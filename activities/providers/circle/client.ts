/** Circle developer-controlled wallets: one verb per call that Sluice makes, in our words. */
import type { Chain } from '../../../domain/funding/chain.ts';
import type { CallTimeouts } from '../call.ts';
import type { CircleNetwork } from './chains.ts';
import type { CircleToken, CircleTransaction, CircleWallet } from './mapping.ts';
import { notificationVerbs } from './notifications.ts';
import { createCirclePort } from './port.ts';
import type * as schema from './schema.ts';
import { type ListBalancesInput, type ListTransactionsInput, statementVerbs } from './statements.ts';
import { transferVerbs } from './transfers.ts';
import { walletVerbs } from './wallets.ts';

/** What the client needs to know; `config.circle` has this shape. */
export interface CircleConfig {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** 32 bytes as 64 hex characters; it never leaves this process, only its ciphertext does. */
  readonly entitySecret: string;
  readonly network: CircleNetwork;
}

/** What tests and special deployments may change. */
export interface CircleOptions {
  readonly timeouts?: CallTimeouts;
}

/** Calls to Circle wallets. Every verb throws Refused, Unavailable, Unclear or Defect, and nothing else. */
export interface CircleClient {
  /** Creates the set that all wallets belong to. */
  createWalletSet(input: schema.CreateWalletSetInput): Promise<{ id: string }>;
  /** Creates one wallet per chain, all carrying `refId`. */
  createWallets(input: schema.CreateWalletsInput): Promise<CircleWallet[]>;
  /** @throws Refused with httpStatus 404 when there is no such wallet. */
  getWallet(id: string): Promise<CircleWallet>;
  /** The wallets that carry a reference or belong to a set, at most 50. */
  listWallets(filter: schema.ListWalletsInput): Promise<CircleWallet[]>;
  /** What a wallet holds, token by token. */
  getWalletBalances(id: string): Promise<{ token: CircleToken; amount: string }[]>;
  /** Sends a token out of a wallet; accepted is not done: follow it with `getTransaction`. */
  createTransfer(input: schema.CreateTransferInput): Promise<{ id: string; providerState: string }>;
  /** @throws Refused with httpStatus 404 when there is no such transaction. */
  getTransaction(id: string): Promise<CircleTransaction>;
  /** The look-up: the wallet's outbound transfer with that `refId`, created since then, or null. */
  findTransfer(input: schema.FindTransferInput): Promise<CircleTransaction | null>;
  /** One page of what came in, oldest first; `nextCursor` is null on the last page. */
  listInbound(
    input: schema.ListInboundInput,
  ): Promise<{ transactions: CircleTransaction[]; nextCursor: string | null }>;
  /** One page of everything that came in or went out since then, oldest first. */
  listTransactions(
    input: ListTransactionsInput,
  ): Promise<{ transactions: CircleTransaction[]; nextCursor: string | null }>;
  /** One page of all wallets of a chain with the USDC that each holds. */
  listBalances(
    input: ListBalancesInput,
  ): Promise<{ wallets: { walletId: string; usdc: string }[]; nextCursor: string | null }>;
  /** Which token an id stands for, and whether it is USDC. */
  getToken(id: string): Promise<CircleToken>;
  /** Whether Circle takes the address on that chain. */
  validateAddress(input: { chain: Chain; address: string }): Promise<boolean>;
  /** Offers a higher fee for a transaction that is SENT or STUCK. */
  accelerate(input: schema.ChangeTransactionInput): Promise<{ id: string }>;
  /** Asks to cancel; the transaction's state tells whether it came in time. */
  cancel(input: schema.ChangeTransactionInput): Promise<{ id: string }>;
  /** Makes sure that notifications are sent to the endpoint; safe to repeat. */
  ensureSubscription(endpoint: string): Promise<{ id: string; endpoint: string }>;
  /** The public key of a signature's key id, as base64 DER (SPKI). */
  notificationPublicKey(keyId: string): Promise<{ id: string; algorithm: string; publicKey: string }>;
}

/** A client of Circle wallets on top of Circle's own SDK. */
export function createCircleClient(config: CircleConfig, options: CircleOptions = {}): CircleClient {
  const port = createCirclePort(config, options);
  return {
    ...walletVerbs(port),
    ...transferVerbs(port),
    ...notificationVerbs(port),
    ...statementVerbs(port),
  };
}
