/** Alpaca's Broker API: accounts, cash journals, wires and the market's clock, in our words. */
import type { CallTimeouts } from '../call.ts';
import { accountVerbs } from './accounts.ts';
import { journalVerbs } from './journals.ts';
import type {
  AlpacaAccount,
  AlpacaAsset,
  AlpacaBank,
  AlpacaJournal,
  AlpacaTradingAccount,
  AlpacaTransfer,
} from './mapping.ts';
import { marketVerbs } from './market.ts';
import { createAlpacaPort } from './port.ts';
import type * as schema from './schema.ts';
import { type ListJournalsInput, type ListTransferPageInput, statementVerbs } from './statements.ts';
import { wireVerbs } from './wires.ts';

/** What the client needs to know; `config.alpaca` has these fields. */
export interface AlpacaConfig {
  readonly baseUrl: string;
  readonly dataUrl: string;
  readonly keyId: string;
  readonly secretKey: string;
  /** The account that holds the pooled cash: all journals come from it or go to it. */
  readonly firmAccountId: string;
}

/** What tests and special deployments may change. */
export interface AlpacaOptions {
  readonly timeouts?: CallTimeouts;
}

/** The market right now; times as Alpaca writes them, with New York's offset. */
interface AlpacaClock {
  readonly timestamp: string;
  readonly isOpen: boolean;
  readonly nextOpen: string;
  readonly nextClose: string;
}

/** A day on which the market opens; "HH:MM" in New York. */
interface AlpacaMarketDay {
  readonly date: string;
  readonly open: string;
  readonly close: string;
  readonly settlementDate: string | null;
}

/** Calls to Alpaca. Every verb throws Refused, Unavailable, Unclear or Defect, and nothing else. */
export interface AlpacaClient {
  /**
   * Opens an account. Alpaca takes no idempotency key here: the e-mail address is the key.
   * @throws Refused with httpStatus 409 when the address has an account already (see `findAccountByEmail`).
   */
  createAccount(input: schema.CreateAccountInput): Promise<AlpacaAccount>;
  /** @throws Refused with httpStatus 404 when there is no such account. */
  getAccount(id: string): Promise<AlpacaAccount>;
  /** The look-up for `createAccount`: the account of exactly that address, or null. */
  findAccountByEmail(email: string): Promise<AlpacaAccount | null>;
  uploadDocuments(input: schema.UploadDocumentsInput): Promise<void>;
  /** Cash, buying power and what can be journaled, of any account. */
  getTradingAccount(accountId: string): Promise<AlpacaTradingAccount>;
  /** The same of the firm account. */
  getFirmAccount(): Promise<AlpacaTradingAccount>;
  /** Moves cash between the firm account and a customer's (JNLC). Often already executed when it answers. */
  createJournal(input: schema.CreateJournalInput): Promise<AlpacaJournal>;
  getJournal(id: string): Promise<AlpacaJournal>;
  /** The look-up: the journal of those accounts with that description and amount, or null. */
  findJournal(input: schema.FindJournalInput): Promise<AlpacaJournal | null>;
  /** @throws Refused with httpStatus 422 unless the journal is still pending. */
  cancelJournal(id: string): Promise<void>;
  createRecipientBank(input: schema.CreateRecipientBankInput): Promise<AlpacaBank>;
  listRecipientBanks(accountId: string): Promise<AlpacaBank[]>;
  /** Wires dollars out. Alpaca takes no idempotency key here: call `findWire` first, always. */
  createWire(input: schema.CreateWireInput): Promise<AlpacaTransfer>;
  /** The look-up for `createWire`: the outgoing wire with that reference and amount, or null. */
  findWire(input: schema.FindWireInput): Promise<AlpacaTransfer | null>;
  /** All cash journals that were made from the day `after` on and before the day `before`. */
  listJournals(
    input: ListJournalsInput,
  ): Promise<(AlpacaJournal & { readonly createdAt: string | null; readonly day: string | null })[]>;
  /** A page of an account's transfers, newest first. */
  listTransferPage(
    input: ListTransferPageInput,
  ): Promise<{ transfers: (AlpacaTransfer & { readonly fee: string })[]; nextOffset: number | null }>;
  /** Incoming and outgoing transfers of an account, newest first, at most 100. */
  listTransfers(accountId: string): Promise<AlpacaTransfer[]>;
  getClock(): Promise<AlpacaClock>;
  /** The market's days from `start` to `end`, both included, as YYYY-MM-DD. */
  getCalendar(input: schema.CalendarInput): Promise<AlpacaMarketDay[]>;
  /** @throws Refused with httpStatus 404 when there is no such symbol. */
  getAsset(symbol: string): Promise<AlpacaAsset>;
  /** Every asset that is active at Alpaca; thousands. */
  listAssets(): Promise<AlpacaAsset[]>;
}

/** A client of Alpaca's Broker API. Orders and positions go through `forAccount` of trading.ts. */
export function createAlpacaClient(config: AlpacaConfig, options: AlpacaOptions = {}): AlpacaClient {
  const port = createAlpacaPort(config, options);
  return {
    ...accountVerbs(port),
    ...journalVerbs(port),
    ...wireVerbs(port),
    ...marketVerbs(port),
    ...statementVerbs(port),
  };
}
