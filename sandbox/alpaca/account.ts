/** Brokerage accounts as they are kept: one document per account, found by e-mail address and by number. */
import { randomInt, randomUUID } from 'node:crypto';
import type { Kernel } from '../kernel/kernel.ts';
import type { Table } from '../kernel/store.ts';
import { type Fields, isFields, normalizeEmail } from './application.ts';
import type { EventLog } from './event-log.ts';
import { notFound } from './problem.ts';

/** Alpaca: Accounts Statuses. */
export const ACCOUNT_STATUSES = [
  ...['INACTIVE', 'ONBOARDING', 'SUBMITTED', 'SUBMISSION_FAILED', 'ACTION_REQUIRED', 'ACCOUNT_UPDATED'],
  ...['APPROVAL_PENDING', 'APPROVED', 'REJECTED', 'ACTIVE', 'ACCOUNT_CLOSED', 'RESUBMITTED', 'DISABLED'],
];

/** Statuses of an application that is not an account yet. */
const BEFORE_ACTIVE = [
  ...['INACTIVE', 'ONBOARDING', 'SUBMITTED', 'SUBMISSION_FAILED', 'ACTION_REQUIRED', 'APPROVAL_PENDING'],
  ...['APPROVED', 'REJECTED', 'RESUBMITTED'],
];

export interface KycResults {
  accept?: Fields;
  indeterminate?: Fields;
  reject?: Fields;
  additional_information?: string;
  summary: 'pass' | 'fail';
}

export interface Account {
  id: string;
  account_number: string;
  account_type: string;
  status: string;
  crypto_status: string;
  currency: 'USD';
  created_at: string;
  enabled_assets: string[];
  is_firm: boolean;
  contact: Fields;
  identity: Fields;
  disclosures: Fields;
  agreements: unknown[];
  documents: Fields[];
  trusted_contact?: Fields;
  kyc_results: KycResults | null;
  /** How often documents were handed in, which some magic values look at. */
  uploads: number;
  configurations: Fields;
  cip?: Fields;
}

/** What moves an account from one status to another. */
export interface StatusChange {
  status: string;
  kyc_results?: KycResults | null;
  reason?: string;
}

export interface Accounts {
  table: Table<Account>;
  firmId: string;
  /** @throws {Refusal} 404 when there is no such account */
  get: (id: string) => Account;
  findByEmail: (email: string) => Account | undefined;
  create: (application: Fields) => Account;
  save: (account: Account) => Account;
  /** Moves the status and tells the stream of account events. */
  move: (account: Account, change: StatusChange) => Account;
}

/** Alpaca: Account Configurations, with the defaults of a new account. */
const DEFAULT_CONFIGURATIONS: Fields = {
  dtbp_check: 'entry',
  fractional_trading: true,
  max_margin_multiplier: '1',
  max_options_trading_level: null,
  no_shorting: true,
  pdt_check: 'entry',
  ptp_no_exception_entry: false,
  suspend_trade: false,
  trade_confirm_email: 'all',
  disable_overnight_trading: false,
};

/** Keeps what a document is, without its content: the sandbox has no use for copies of identity papers. */
export function keptDocument(document: Fields, at: string): Fields {
  const { document_type, document_sub_type, mime_type } = document;
  return { id: randomUUID(), document_type, document_sub_type, mime_type, created_at: at };
}

function accountNumber(): string {
  return String(randomInt(300_000_000, 999_999_999));
}

function newAccount(application: Fields, at: string): Account {
  const { contact, identity, disclosures, agreements, trusted_contact, trading_configurations } = application;
  const documents = Array.isArray(application.documents) ? application.documents : [];
  const assets = Array.isArray(application.enabled_assets) ? application.enabled_assets : ['us_equity'];
  return {
    id: randomUUID(),
    account_number: accountNumber(),
    account_type: String(application.account_type ?? 'trading'),
    status: 'SUBMITTED',
    crypto_status: assets.includes('crypto') ? 'SUBMITTED' : 'INACTIVE',
    currency: 'USD',
    created_at: at,
    enabled_assets: assets as string[],
    is_firm: false,
    contact: contact as Fields,
    identity: identity as Fields,
    disclosures: disclosures as Fields,
    agreements: agreements as unknown[],
    documents: documents.map((document: Fields) => keptDocument(document, at)),
    ...(isFields(trusted_contact) ? { trusted_contact } : {}),
    kyc_results: null,
    uploads: 0,
    configurations: {
      ...DEFAULT_CONFIGURATIONS,
      ...(isFields(trading_configurations) ? trading_configurations : {}),
    },
  };
}

function firmAccount(id: string, at: string): Account {
  const application = { contact: {}, identity: {}, disclosures: {}, agreements: [] };
  return { ...newAccount(application, at), id, is_firm: true, status: 'ACTIVE' };
}

/** Opens the accounts; the firm's own account exists from the first start. */
export function createAccounts(kernel: Kernel, log: EventLog, firmId: string): Accounts {
  const table = kernel.store.table<Account>('alpaca_accounts', {
    id: (account) => account.id,
    indexes: {
      email: (account) => {
        const email = account.contact.email_address;
        return typeof email === 'string' ? normalizeEmail(email) : undefined;
      },
    },
  });
  if (!table.get(firmId)) table.insert(firmAccount(firmId, kernel.clock.iso()));
  const announce = (account: Account, data: Fields): void => {
    // The number is told from the moment the account is active, as in the samples of the guide.
    const account_number = BEFORE_ACTIVE.includes(account.status) ? '' : account.account_number;
    log.append('accounts', account.id, { account_id: account.id, account_number, ...data });
  };
  return {
    table,
    firmId,
    get(id) {
      const account = table.get(id);
      if (!account) throw notFound('account not found');
      return account;
    },
    findByEmail: (email) => table.find('email', normalizeEmail(email)),
    create(application) {
      const account = table.insert(newAccount(application, kernel.clock.iso()));
      announce(account, { status_from: '', status_to: account.status });
      return account;
    },
    save: (account) => table.put(account),
    move(account, { status, kyc_results, reason }) {
      const crypto = account.enabled_assets.includes('crypto') ? status : account.crypto_status;
      const moved: Account = { ...account, status, crypto_status: crypto };
      if (kyc_results !== undefined) moved.kyc_results = kyc_results;
      table.put(moved);
      announce(moved, {
        status_from: account.status,
        status_to: status,
        ...(crypto === account.crypto_status
          ? {}
          : { crypto_status_from: account.crypto_status, crypto_status_to: crypto }),
        ...(kyc_results ? { kyc_results } : {}),
        ...(reason ? { reason } : {}),
      });
      return moved;
    },
  };
}
