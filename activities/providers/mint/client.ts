/** Circle Mint: dollars in and out of USDC, one verb per call that Sluice makes, in our words. */
import type { CallTimeouts } from '../call.ts';
import { accountVerbs } from './accounts.ts';
import type {
  MintDeposit,
  MintDepositAddress,
  MintPayout,
  MintRecipientAddress,
  MintTransfer,
  MintWireAccount,
} from './mapping.ts';
import { payoutVerbs } from './payouts.ts';
import { createMintPort } from './port.ts';
import type * as schema from './schema.ts';
import { transferVerbs } from './transfers.ts';
import { wireVerbs } from './wires.ts';

/** What the client needs to know; `config.mint` has these fields. */
export interface MintConfig {
  readonly baseUrl: string;
  readonly apiKey: string;
}

/** What tests and special deployments may change. */
export interface MintOptions {
  readonly timeouts?: CallTimeouts;
}

/** Dollars as Mint reports them: a decimal string per currency ("USD" also stands for USDC). */
interface MintMoney {
  readonly amount: string;
  readonly currency: string;
}

/** One page of a listing, newest first; `nextCursor` is null on the last one. */
export interface MintPage<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

/** How to wire dollars into Mint; the two parties are Circle's fields as they come. */
interface MintWireInstructions {
  readonly trackingRef: string;
  readonly beneficiary: Record<string, unknown> | null;
  readonly beneficiaryBank: Record<string, unknown> | null;
}

/** Calls to Circle Mint. Every verb throws Refused, Unavailable, Unclear or Defect, and nothing else. */
export interface MintClient {
  /** The wallet that deposits credit. */
  configuration(): Promise<{ masterWalletId: string }>;
  /** What Mint holds for us. */
  balances(): Promise<{ available: MintMoney[]; unsettled: MintMoney[] }>;
  /** Makes an address on a chain; USDC sent to it credits our Mint wallet as dollars. */
  createDepositAddress(input: schema.CreateDepositAddressInput): Promise<MintDepositAddress>;
  listDepositAddresses(): Promise<MintDepositAddress[]>;
  /** Adds an address to the book that `createTransfer` pays from. */
  createRecipientAddress(input: schema.CreateRecipientAddressInput): Promise<MintRecipientAddress>;
  listRecipientAddresses(input?: schema.MintListInput): Promise<MintPage<MintRecipientAddress>>;
  /** Sends USDC to an address of the book; accepted is not done: follow it with `getTransfer`. */
  createTransfer(input: schema.CreateMintTransferInput): Promise<MintTransfer>;
  /** @throws Refused with httpStatus 404 when there is no such transfer. */
  getTransfer(id: string): Promise<MintTransfer>;
  listTransfers(input?: schema.MintListInput): Promise<MintPage<MintTransfer>>;
  /**
   * The incoming transfer of an on-chain transaction, or null while Mint shows none. Mint has its own ids, so the
   * hash and the amount (decimal dollars) are the only link to the transaction that we sent.
   */
  findTransferByHash(input: schema.FindMintTransferInput): Promise<MintTransfer | null>;
  /** Wires dollars to a linked bank account; follow it with `getPayout`. */
  createPayout(input: schema.CreatePayoutInput): Promise<MintPayout>;
  getPayout(id: string): Promise<MintPayout>;
  listPayouts(input?: schema.MintListInput): Promise<MintPage<MintPayout>>;
  /** Links a US bank account. */
  createWireAccount(input: schema.CreateWireAccountInput): Promise<MintWireAccount>;
  getWireAccount(id: string): Promise<MintWireAccount>;
  listWireAccounts(): Promise<MintWireAccount[]>;
  /** What to write on a wire so that Mint books it to us. */
  getWireInstructions(id: string): Promise<MintWireInstructions>;
  /** The wires that came in. */
  listDeposits(input?: schema.MintListInput): Promise<MintPage<MintDeposit>>;
  /** Makes sure that notifications are sent to the endpoint; safe to repeat. */
  ensureSubscription(endpoint: string): Promise<{ id: string; endpoint: string }>;
  /** ARNs of the SNS topics that our subscriptions read: notifications of any other topic are not Circle's. */
  subscriptionTopics(): Promise<string[]>;
}

/** A client of Circle Mint on top of Circle's own SDK. */
export function createMintClient(config: MintConfig, options: MintOptions = {}): MintClient {
  const port = createMintPort(config, options);
  return { ...accountVerbs(port), ...transferVerbs(port), ...payoutVerbs(port), ...wireVerbs(port) };
}
