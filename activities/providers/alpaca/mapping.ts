/** Alpaca's words in ours: accounts, journals, transfers, and the market's days. */
import type { z } from 'zod';
import type { ProviderOutcome } from '../../../domain/provider-error.ts';
import type * as wire from './schema.ts';

type Wire<Name extends keyof typeof wire> = (typeof wire)[Name] extends z.ZodType
  ? z.output<(typeof wire)[Name]>
  : never;

/** Alpaca: accounts-statuses page. `unknown` for a word that it added later (older ones are gone on purpose). */
const ALPACA_ACCOUNT_STATUSES = [
  'inactive',
  'onboarding',
  'submitted',
  'submission_failed',
  'action_required',
  'approval_pending',
  'approved',
  'active',
  'rejected',
  'account_updated',
  'account_closed',
  'unknown',
] as const;
export type AlpacaAccountStatus = (typeof ALPACA_ACCOUNT_STATUSES)[number];

/** The status of a brokerage account in our words. */
export function toAccountStatus(word: string): AlpacaAccountStatus {
  return ALPACA_ACCOUNT_STATUSES.find((known) => known === word.toLowerCase()) ?? 'unknown';
}

/**
 * Where a journal stands. Alpaca: `executed` is not final, and `correct` means that a new journal took its
 * place, so the money of this one counts as come back.
 */
export function journalOutcome(status: string): ProviderOutcome {
  switch (status) {
    case 'queued':
    case 'sent_to_clearing':
    case 'pending':
      return 'pending';
    case 'executed':
    case 'activity_created':
      return 'succeeded';
    case 'rejected':
    case 'refused':
    case 'canceled':
    case 'deleted':
      return 'failed';
    case 'correct':
      return 'returned';
    default:
      return 'unknown';
  }
}

/** Where a wire or ACH transfer stands. Alpaca: COMPLETE may later be RETURNED. */
export function transferOutcome(status: string): ProviderOutcome {
  const pending = ['QUEUED', 'APPROVAL_PENDING', 'PENDING', 'SENT_TO_CLEARING', 'APPROVED'];
  const word = status.toUpperCase();
  if (pending.includes(word)) return 'pending';
  if (word === 'COMPLETE' || word === 'SETTLED') return 'succeeded';
  if (word === 'RETURNED') return 'returned';
  return word === 'REJECTED' || word === 'CANCELED' || word === 'EXPIRED' ? 'failed' : 'unknown';
}

/** A brokerage account. */
export interface AlpacaAccount {
  readonly id: string;
  readonly accountNumber: string | null;
  readonly status: AlpacaAccountStatus;
  readonly providerState: string;
  readonly currency: string | null;
  /** Alpaca's findings as they come: `accept`, `indeterminate`, `reject`, `additional_information`, `summary`. */
  readonly kycResults: Record<string, unknown> | null;
  readonly createdAt: string | null;
  /** Whose it is, where Alpaca shows it. Personal: for comparing only, never stored or logged. */
  readonly holder: AlpacaAccountHolder | null;
}

/** The person behind an account. */
interface AlpacaAccountHolder {
  readonly givenName: string | null;
  readonly familyName: string | null;
  /** YYYY-MM-DD. */
  readonly dateOfBirth: string | null;
  readonly phoneNumber: string | null;
}

/** What an account can move; all money in dollars as decimal strings. */
export interface AlpacaTradingAccount {
  readonly id: string;
  readonly status: AlpacaAccountStatus;
  readonly currency: string;
  readonly cash: string;
  /** "Cash available for transfer (JNLC)". */
  readonly cashTransferable: string | null;
  readonly cashWithdrawable: string | null;
  readonly buyingPower: string;
  readonly equity: string | null;
  readonly isBlocked: boolean;
}

/** Cash moved between our firm account and a customer's. */
export interface AlpacaJournal {
  readonly id: string;
  readonly entryType: string;
  readonly fromAccountId: string;
  readonly toAccountId: string;
  readonly outcome: ProviderOutcome;
  readonly providerState: string;
  readonly amount: string | null;
  readonly description: string | null;
  readonly settleDate: string | null;
}

/** A bank that wires can go to; only an approved one lets them progress. */
export interface AlpacaBank {
  readonly id: string;
  readonly isApproved: boolean;
  readonly providerState: string;
  readonly name: string | null;
}

/** A wire or ACH transfer. */
export interface AlpacaTransfer {
  readonly id: string;
  readonly outcome: ProviderOutcome;
  readonly providerState: string;
  readonly direction: 'incoming' | 'outgoing' | 'unknown';
  readonly amount: string;
  readonly reason: string | null;
  readonly reference: string | null;
  readonly createdAt: string | null;
}

/** Something that can be traded. */
export interface AlpacaAsset {
  readonly id: string;
  readonly symbol: string;
  readonly name: string | null;
  readonly assetClass: string;
  readonly exchange: string;
  readonly isTradable: boolean;
  readonly isFractionable: boolean;
}

/** An account in our words. */
export function toAlpacaAccount(account: Wire<'wireAccount'>): AlpacaAccount {
  return {
    id: account.id,
    accountNumber: account.account_number ?? null,
    status: toAccountStatus(account.status),
    providerState: account.status,
    currency: account.currency ?? null,
    kycResults: account.kyc_results ?? null,
    createdAt: account.created_at ?? null,
    holder: account.identity
      ? {
          givenName: account.identity.given_name ?? null,
          familyName: account.identity.family_name ?? null,
          dateOfBirth: account.identity.date_of_birth ?? null,
          phoneNumber: account.contact?.phone_number ?? null,
        }
      : null,
  };
}

/** Balances in our words. */
export function toTradingAccount(account: Wire<'wireTradingAccount'>): AlpacaTradingAccount {
  return {
    id: account.id,
    status: toAccountStatus(account.status),
    currency: account.currency,
    cash: account.cash,
    cashTransferable: account.cash_transferable ?? null,
    cashWithdrawable: account.cash_withdrawable ?? null,
    buyingPower: account.buying_power,
    equity: account.equity ?? null,
    isBlocked: Boolean(account.account_blocked || account.transfers_blocked),
  };
}

/** A journal in our words; listings call its amount `net_amount`. */
export function toAlpacaJournal(journal: Wire<'wireJournal'>): AlpacaJournal {
  return {
    id: journal.id,
    entryType: journal.entry_type,
    fromAccountId: journal.from_account,
    toAccountId: journal.to_account,
    outcome: journalOutcome(journal.status),
    providerState: journal.status,
    amount: journal.net_amount ?? journal.amount ?? null,
    description: journal.description ?? null,
    settleDate: journal.settle_date ?? null,
  };
}

/** A bank in our words. */
export function toAlpacaBank(bank: Wire<'wireBank'>): AlpacaBank {
  return {
    id: bank.id,
    isApproved: bank.status.toUpperCase() === 'APPROVED',
    providerState: bank.status,
    name: bank.name ?? null,
  };
}

/** A transfer in our words. */
export function toAlpacaTransfer(transfer: Wire<'wireTransfer'>): AlpacaTransfer {
  const direction = transfer.direction.toLowerCase();
  return {
    id: transfer.id,
    outcome: transferOutcome(transfer.status),
    providerState: transfer.status,
    direction: direction === 'incoming' || direction === 'outgoing' ? direction : 'unknown',
    amount: transfer.amount,
    reason: transfer.reason ?? null,
    reference: transfer.additional_information ?? null,
    createdAt: transfer.created_at ?? null,
  };
}

/** An asset in our words. */
export function toAlpacaAsset(asset: Wire<'wireAsset'>): AlpacaAsset {
  return {
    id: asset.id,
    symbol: asset.symbol,
    name: asset.name ?? null,
    assetClass: asset.class,
    exchange: asset.exchange,
    isTradable: asset.tradable && asset.status === 'active',
    isFractionable: asset.fractionable,
  };
}
