/** The Circle Mint world: its objects and how they are kept. */
import type { Chain } from '../chain/chain.ts';
import { NETWORKS, type Network } from '../chain/networks.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Table } from '../kernel/store.ts';
import { invalidEntity } from './problem.ts';

export type Money = { amount: string; currency: string };

/** Circle: Mint OpenAPI, schema Wire (a bank account for wires). */
export type WireAccount = {
  id: string;
  status: string;
  description: string;
  trackingRef: string;
  transferTypesInfo: Record<string, { currencies: string[] }>;
  fingerprint: string;
  billingDetails: Record<string, unknown>;
  bankAddress: Record<string, unknown>;
  createDate: string;
  updateDate: string;
};
export type KeptWireAccount = { wire: WireAccount; accountNumber: string };

export type DepositAddress = { id: string; address: string; currency: string; chain: string };

/** Circle: Mint OpenAPI, schema BusinessRecipientAddressObject. */
export type RecipientAddress = {
  id: string;
  address: string;
  chain: string;
  currency: string;
  description: string;
  addressTag?: string;
  status: string;
};

/** Circle: Mint OpenAPI, schema Transfer. */
export type Transfer = {
  id: string;
  source: { type: 'wallet'; id: string } | { type: 'blockchain'; chain: string };
  destination: { type: 'wallet'; id: string } | { type: 'blockchain'; chain: string; address: string };
  amount: Money;
  transactionHash?: string;
  status: string;
  errorCode?: string;
  createDate: string;
};
export type KeptTransfer = { wire: Transfer; units: string; outcome?: string };

/** Circle: Mint OpenAPI, schema BusinessPayout. */
export type Payout = {
  id: string;
  sourceWalletId: string;
  destination: { type: string; id: string; name: string };
  amount: Money;
  toAmount?: Money;
  fees: Money;
  status: string;
  trackingRef?: string;
  errorCode?: string;
  riskEvaluation?: { decision: string; reason: string };
  return?: Record<string, unknown>;
  createDate: string;
  updateDate: string;
};
export type KeptPayout = { wire: Payout; units: string };

/** Circle: Mint OpenAPI, schema BusinessDeposit. */
export type Deposit = {
  id: string;
  sourceWalletId: string;
  destination: { type: 'wallet'; id: string };
  amount: Money;
  fee: Money;
  status: string;
  createDate: string;
  updateDate: string;
};
export type KeptDeposit = { wire: Deposit; units: string };

export type MintSubscription = {
  id: string;
  endpoint: string;
  topicArn: string;
  arn: string;
  token: string;
  status: string;
};

export type MintWorld = {
  kernel: Kernel;
  chain: Chain;
  /** The id of the business account's main wallet. */
  walletId: string;
  wireAccounts: Table<KeptWireAccount>;
  depositAddresses: Table<DepositAddress>;
  recipients: Table<RecipientAddress>;
  transfers: Table<KeptTransfer>;
  payouts: Table<KeptPayout>;
  deposits: Table<KeptDeposit>;
  subscriptions: Table<MintSubscription>;
};

/** Mint counts dollars with the six decimals of USDC. */
export const DECIMALS = 6;
export const USD = 'USD';
/** Accounts of the books. */
export const AVAILABLE = 'mint:available';
export const IN_FLIGHT = 'mint:in-flight';
/** The USDC in the world's hands that Circle owes dollars for. */
export const ISSUED = 'world:usdc-issued';
export const BANK = 'world:bank';

/**
 * The networks behind one of Mint's chain codes. @throws {Refusal} for a chain that the sandbox does not
 * play
 */
export function networksOf(chain: unknown): Network[] {
  const found = NETWORKS.filter(({ mint }) => mint === chain);
  if (found.length === 0) throw invalidEntity({ location: 'chain', value: chain });
  return found;
}

/** Opens the Mint tables. */
export function openMintWorld(kernel: Kernel, chain: Chain): MintWorld {
  const { store } = kernel;
  const id = ({ wire }: { wire: { id: string } }): string => wire.id;
  return {
    kernel,
    chain,
    walletId: store.keep('mint.wallet', () =>
      String(1_000_000_000 + Math.floor(Math.random() * 999_999_999)),
    ),
    wireAccounts: store.table<KeptWireAccount>('mint_wire_accounts', {
      id,
      indexes: { reference: ({ wire }) => wire.trackingRef },
    }),
    depositAddresses: store.table<DepositAddress>('mint_deposit_addresses', { id: (address) => address.id }),
    recipients: store.table<RecipientAddress>('mint_recipients', { id: (address) => address.id }),
    transfers: store.table<KeptTransfer>('mint_transfers', {
      id,
      indexes: { hash: ({ wire }) => wire.transactionHash },
    }),
    payouts: store.table<KeptPayout>('mint_payouts', { id }),
    deposits: store.table<KeptDeposit>('mint_deposits', { id }),
    subscriptions: store.table<MintSubscription>('mint_subscriptions', {
      id: (subscription) => subscription.id,
    }),
  };
}
