/** The shapes that cross the border to Circle Mint (Mint OpenAPI 2025-01). */
import { z } from 'zod';
import { CHAINS } from '../../../domain/funding/chain.ts';
import { idempotencyKey, instant, maybeText, pathId, positiveAmount, reportedAmount } from '../fields.ts';

const chain = z.enum(CHAINS);
const text = z.string().min(1).max(256);

export const noInput = z.undefined();
export const idInput = z.strictObject({ id: pathId });
export const createDepositAddressInput = z.strictObject({ idempotencyKey, chain });
export const createRecipientAddressInput = z.strictObject({
  idempotencyKey,
  chain,
  address: z.string().min(1).max(128),
  description: text,
});
export const createTransferInput = z.strictObject({
  idempotencyKey,
  /** The id of an address in the recipient address book: Mint takes no raw address. */
  addressId: pathId,
  amount: positiveAmount,
});
export const createPayoutInput = z.strictObject({
  idempotencyKey,
  /** The id of a linked bank account. */
  wireAccountId: pathId,
  /** Dollars that leave for a bank have two decimals. */
  amount: positiveAmount.regex(/^\d+(\.\d{1,2})?$/),
});
const country = z.string().length(2);
export const createWireAccountInput = z.strictObject({
  idempotencyKey,
  accountNumber: text,
  routingNumber: text,
  billingDetails: z.strictObject({
    name: text,
    city: text,
    country,
    line1: text,
    line2: text.optional(),
    district: text.optional(),
    postalCode: text,
  }),
  bankAddress: z.strictObject({
    bankName: text.optional(),
    city: text.optional(),
    country,
    line1: text.optional(),
    line2: text.optional(),
    district: text.optional(),
  }),
});
export const listInput = z.strictObject({
  from: instant.optional(),
  to: instant.optional(),
  /** The id after which the page begins: `nextCursor` of the page before. */
  cursor: pathId.optional(),
});
export const findTransferInput = z.strictObject({
  txHash: z.string().min(1).max(128),
  amount: positiveAmount,
  since: instant,
});
export const endpointInput = z.strictObject({ endpoint: z.url() });

export type CreateDepositAddressInput = z.input<typeof createDepositAddressInput>;
export type CreateRecipientAddressInput = z.input<typeof createRecipientAddressInput>;
export type CreateMintTransferInput = z.input<typeof createTransferInput>;
export type CreatePayoutInput = z.input<typeof createPayoutInput>;
export type CreateWireAccountInput = z.input<typeof createWireAccountInput>;
export type MintListInput = z.input<typeof listInput>;
export type FindMintTransferInput = z.input<typeof findTransferInput>;

const wireMoney = z.object({ amount: reportedAmount, currency: z.string() });
const wirePlace = z.object({
  type: z.string(),
  id: maybeText,
  addressId: maybeText,
  address: maybeText,
  chain: maybeText,
});

export const wireTransfer = z.object({
  id: z.string(),
  source: wirePlace.nullish(),
  destination: wirePlace.nullish(),
  amount: wireMoney,
  transactionHash: maybeText,
  fees: z.array(wireMoney).nullish(),
  status: z.string(),
  errorCode: maybeText,
  createDate: instant,
});
export const wirePayout = z.object({
  id: z.string(),
  destination: wirePlace.nullish(),
  amount: wireMoney,
  fees: wireMoney.nullish(),
  status: z.string(),
  trackingRef: maybeText,
  errorCode: maybeText,
  return: z
    .object({ id: z.string(), amount: wireMoney.nullish(), reason: maybeText, status: maybeText })
    .nullish(),
  createDate: instant,
  updateDate: instant.nullish(),
});
export const wireDeposit = z.object({
  id: z.string(),
  amount: wireMoney,
  fee: wireMoney.nullish(),
  status: z.string(),
  createDate: instant,
});
export const wireBankAccount = z.object({
  id: z.string(),
  status: z.string(),
  description: maybeText,
  trackingRef: maybeText,
});
export const wireDepositAddress = z.object({
  address: z.string(),
  addressTag: maybeText,
  currency: z.string(),
  chain: z.string(),
});
export const wireRecipientAddress = z.object({
  id: z.string(),
  address: z.string(),
  chain: z.string(),
  description: maybeText,
  status: maybeText,
});
const wireParty = z.record(z.string(), z.unknown());

export const configurationAnswer = z.object({ payments: z.object({ masterWalletId: z.string() }) });
export const balancesAnswer = z.object({
  available: z.array(wireMoney),
  unsettled: z.array(wireMoney),
});
export const instructionsAnswer = z.object({
  trackingRef: z.string(),
  beneficiary: wireParty.nullish(),
  beneficiaryBank: wireParty.nullish(),
});
export const transfersAnswer = z.array(wireTransfer);
export const payoutsAnswer = z.array(wirePayout);
export const depositsAnswer = z.array(wireDeposit);
export const bankAccountsAnswer = z.array(wireBankAccount);
export const depositAddressesAnswer = z.array(wireDepositAddress);
export const recipientAddressesAnswer = z.array(wireRecipientAddress);
/** The details name the SNS subscription: the topic's ARN and an id of its own behind it. */
export const subscriptionAnswer = z.object({
  id: z.string(),
  endpoint: z.string(),
  subscriptionDetails: z.array(z.object({ url: z.string(), status: maybeText })).default([]),
});
export const subscriptionsAnswer = z.array(subscriptionAnswer);
