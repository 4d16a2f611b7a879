/** The shapes that cross the border to Alpaca's Broker API (reference of 2026-01). */
import { z } from 'zod';
import { instant, maybeText, pathId, positiveAmount, reportedAmount } from '../fields.ts';

const text = z.string().min(1).max(1024);
/** Alpaca: the Idempotency-Key header takes at most 128 characters. */
const idempotencyKey = z.string().min(8).max(128);
const dollars = positiveAmount.regex(/^\d+(\.\d{1,2})?$/);
const day = z.iso.date();

export const idInput = z.strictObject({ id: pathId });
export const noInput = z.undefined();

/** A brokerage application. Personal: it is sent to Alpaca and appears in no log and no error. */
export const createAccountInput = z.strictObject({
  contact: z.strictObject({
    emailAddress: z.email(),
    phoneNumber: text,
    streetAddress: z.array(text).min(1),
    unit: text.optional(),
    city: text,
    /** Required in the United States. */
    state: text.optional(),
    postalCode: text.optional(),
    /** ISO 3166-1 alpha-3, such as "USA". */
    country: z.string().length(3),
  }),
  identity: z.strictObject({
    givenName: text,
    middleName: text.optional(),
    familyName: text,
    dateOfBirth: day,
    taxId: text.optional(),
    /** Such as "USA_SSN". */
    taxIdType: text,
    countryOfCitizenship: z.string().length(3).optional(),
    countryOfBirth: z.string().length(3).optional(),
    countryOfTaxResidence: z.string().length(3),
    /** Such as "employment_income". */
    fundingSource: z.array(text).min(1),
  }),
  disclosures: z.strictObject({
    isControlPerson: z.boolean(),
    isAffiliatedExchangeOrFinra: z.boolean(),
    isPoliticallyExposed: z.boolean(),
    immediateFamilyExposed: z.boolean(),
  }),
  agreements: z
    .array(z.strictObject({ agreement: text, signedAt: instant, ipAddress: text, revision: text.optional() }))
    .min(1),
  enabledAssets: z.array(z.enum(['us_equity', 'us_option', 'crypto'])).optional(),
});
export const findByEmailInput = z.strictObject({ email: z.email() });
export const uploadDocumentsInput = z.strictObject({
  accountId: pathId,
  documents: z
    .array(
      z.strictObject({
        documentType: text,
        documentSubType: text.optional(),
        /** Base64 of the file. */
        content: z.base64().min(1),
        mimeType: z.enum(['image/jpeg', 'image/png', 'application/pdf']),
      }),
    )
    .min(1)
    .max(10),
});
export const createJournalInput = z.strictObject({
  idempotencyKey,
  fromAccountId: pathId,
  toAccountId: pathId,
  /** Dollars, two decimals at most. */
  amount: dollars,
  /** The look-up after an unclear answer finds the journal by it, so it should name our operation. */
  description: text,
  /** Who sent the money, which Alpaca wants to know of every deposit (Travel Rule). */
  transmitter: z
    .strictObject({
      name: text,
      accountNumber: text,
      address: text,
      financialInstitution: text,
      timestamp: instant,
    })
    .optional(),
});
export const findJournalInput = z.strictObject({
  fromAccountId: pathId,
  toAccountId: pathId,
  description: text,
  amount: dollars,
  since: instant,
});
export const createRecipientBankInput = z.strictObject({
  accountId: pathId,
  name: text,
  /** A routing number (ABA) or a BIC. */
  bankCode: text,
  bankCodeType: z.enum(['ABA', 'BIC']),
  accountNumber: text,
});
export const createWireInput = z.strictObject({
  accountId: pathId,
  bankId: pathId,
  amount: dollars,
  /** Our operation id. Alpaca has no idempotency key for transfers: look up by it before every attempt. */
  reference: text,
});
export const findWireInput = z.strictObject({ accountId: pathId, reference: text, amount: dollars });
export const calendarInput = z.strictObject({ start: day, end: day });
export const assetInput = z.strictObject({ symbol: z.string().regex(/^[A-Za-z0-9./-]{1,32}$/) });

export type CreateAccountInput = z.input<typeof createAccountInput>;
export type UploadDocumentsInput = z.input<typeof uploadDocumentsInput>;
export type CreateJournalInput = z.input<typeof createJournalInput>;
export type FindJournalInput = z.input<typeof findJournalInput>;
export type CreateRecipientBankInput = z.input<typeof createRecipientBankInput>;
export type CreateWireInput = z.input<typeof createWireInput>;
export type FindWireInput = z.input<typeof findWireInput>;
export type CalendarInput = z.input<typeof calendarInput>;

export const nothingAnswer = z.unknown();
export const wireAccount = z.object({
  id: z.string(),
  account_number: maybeText,
  status: z.string(),
  crypto_status: maybeText,
  currency: maybeText,
  created_at: maybeText,
  kyc_results: z.record(z.string(), z.unknown()).nullish(),
  contact: z.object({ email_address: maybeText, phone_number: maybeText }).nullish(),
  identity: z.object({ given_name: maybeText, family_name: maybeText, date_of_birth: maybeText }).nullish(),
});
export const accountsAnswer = z.array(wireAccount);
export const wireTradingAccount = z.object({
  id: z.string(),
  status: z.string(),
  currency: z.string().default('USD'),
  cash: reportedAmount,
  cash_transferable: reportedAmount.nullish(),
  cash_withdrawable: reportedAmount.nullish(),
  buying_power: reportedAmount,
  equity: reportedAmount.nullish(),
  pending_transfer_out: reportedAmount.nullish(),
  trading_blocked: z.boolean().nullish(),
  transfers_blocked: z.boolean().nullish(),
  account_blocked: z.boolean().nullish(),
});
export const wireJournal = z.object({
  id: z.string(),
  entry_type: z.string(),
  from_account: z.string(),
  to_account: z.string(),
  status: z.string(),
  amount: reportedAmount.nullish(),
  net_amount: reportedAmount.nullish(),
  description: maybeText,
  settle_date: maybeText,
  system_date: maybeText,
});
export const journalsAnswer = z.array(wireJournal);
export const wireBank = z.object({ id: z.string(), status: z.string(), name: maybeText });
export const banksAnswer = z.array(wireBank);
export const wireTransfer = z.object({
  id: z.string(),
  status: z.string(),
  type: maybeText,
  direction: z.string(),
  amount: reportedAmount,
  reason: maybeText,
  additional_information: maybeText,
  created_at: maybeText,
});
export const transfersAnswer = z.array(wireTransfer);
export const clockAnswer = z.object({
  timestamp: z.string(),
  is_open: z.boolean(),
  next_open: z.string(),
  next_close: z.string(),
});
export const calendarAnswer = z.array(
  z.object({ date: z.string(), open: z.string(), close: z.string(), settlement_date: maybeText }),
);
export const wireAsset = z.object({
  id: z.string(),
  symbol: z.string(),
  name: maybeText,
  class: z.string(),
  exchange: z.string(),
  status: z.string(),
  tradable: z.boolean(),
  fractionable: z.boolean().default(false),
});
export const assetsAnswer = z.array(wireAsset);
