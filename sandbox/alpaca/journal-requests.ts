/** Reads and checks requests for journals: amounts, parties, description fixtures, limits. */
import { parseUnits } from '../kernel/books.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Account, Accounts } from './account.ts';
import { type Fields, isFields } from './application.ts';
import { findAsset } from './assets.ts';
import { type Cash, dollars, parseDollars } from './cash.ts';
import type { NewJournal } from './journal.ts';
import { newYorkDate } from './market-calendar.ts';
import { forbidden, invalid, malformed, notFound } from './problem.ts';
import { SHARE_DECIMALS, sharesAccount } from './shares.ts';

const DESCRIPTION_LIMIT = 1_024;
const TRANSMITTER_LIMIT = 255;
const TRANSMITTER_FIELDS = [
  ...['transmitter_name', 'transmitter_account_number', 'transmitter_address'],
  ...['transmitter_financial_institution', 'transmitter_timestamp'],
];

function text(from: Fields, name: string, maximum: number): string | undefined {
  const value = from[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw malformed(`${name} must be a string`);
  if (value.length > maximum) throw malformed(`${name} is too long, at most ${maximum} characters`);
  return value;
}

function accountId(from: Fields, name: string): string {
  const value = text(from, name, 64);
  if (!value) throw malformed(`${name} is required`);
  return value;
}

/** Reads one journal request. @throws {Refusal} 400 for what cannot be read, 422 for amounts out of bounds */
export function readJournal(body: unknown): NewJournal {
  if (!isFields(body)) throw malformed('request body format is invalid');
  const entry = body.entry_type;
  if (entry !== 'JNLC' && entry !== 'JNLS') throw malformed('entry_type must be JNLC or JNLS');
  const parties = {
    from_account: accountId(body, 'from_account'),
    to_account: accountId(body, 'to_account'),
  };
  const currency = text(body, 'currency', 3);
  if (currency && currency !== 'USD') throw invalid('currency must be USD');
  const transmitter: Record<string, string> = {};
  for (const name of TRANSMITTER_FIELDS) {
    const value = text(body, name, TRANSMITTER_LIMIT);
    if (value) transmitter[name] = value;
  }
  const description = text(body, 'description', DESCRIPTION_LIMIT) ?? '';
  const common: Omit<NewJournal, 'units'> = { entry_type: entry, ...parties, description, transmitter };
  if (entry === 'JNLC') {
    const amount = body.amount;
    const units = parseDollars(typeof amount === 'number' ? String(amount) : amount);
    if (units === undefined) throw invalid('amount must be greater than 0 with at most 2 decimal places');
    return { ...common, units };
  }
  const symbol = text(body, 'symbol', 32);
  const units = parseUnits(body.qty, SHARE_DECIMALS);
  if (!symbol) throw malformed('symbol is required');
  if (!findAsset(symbol)) throw notFound(`asset not found for ${symbol}`);
  if (units === undefined || units <= 0n) throw invalid('qty must be greater than 0');
  return { ...common, symbol, units };
}

/** The status that a fixture in the description asks for, such as `/fixtures/status=rejected/fixtures/`. */
export function fixtureStatus(description: string): string | undefined {
  const status = /\/fixtures\/(?:.*?[&/])?status=(\w+)(?:&.*?)?\/fixtures\//.exec(description)?.[1];
  return status && ['rejected', 'pending', 'refused', 'canceled', 'queued'].includes(status)
    ? status
    : undefined;
}

function partyOf(accounts: Accounts, id: string): Account {
  const account = accounts.table.get(id);
  if (!account) throw notFound(`account not found for ${id}`);
  return account;
}

/** Checks parties and cover. Alpaca: Journals API (firm and customer only; shares from the firm only). */
export function checkJournal(kernel: Kernel, accounts: Accounts, cash: Cash, journal: NewJournal): void {
  const from = partyOf(accounts, journal.from_account);
  const to = partyOf(accounts, journal.to_account);
  if (from.is_firm === to.is_firm)
    throw invalid('journals must be between a firm account and a customer account');
  if (journal.entry_type === 'JNLS' && !from.is_firm)
    throw invalid('JNLS can only be journaled from a firm account');
  if (to.status !== 'ACTIVE') throw invalid('to_account is not active');
  if (from.status !== 'ACTIVE' && from.status !== 'ACCOUNT_CLOSED')
    throw invalid('from_account is not active');
  if (journal.entry_type === 'JNLC') {
    const available = cash.free(from.id);
    if (available >= journal.units) return;
    throw forbidden('insufficient balance: the amount requested to move is not available', {
      cash_transferable: dollars(available),
    });
  }
  if (kernel.books.balance(sharesAccount(from.id), journal.symbol ?? '') < journal.units) {
    throw forbidden('insufficient assets');
  }
}

interface JournalDay {
  id: string;
  units: string;
}

/**
 * The partner's limits: 50 dollars a transaction, 1,000 a customer and day; beyond them a journal waits for
 * approval. Off unless `alpaca.journal_limits`; sizes `alpaca.journal_limit`, `alpaca.journal_daily_limit`.
 */
export function createLimits(kernel: Kernel, firmId: string): (journal: NewJournal) => boolean {
  kernel.settings.define('alpaca.journal_limits', false);
  kernel.settings.define('alpaca.journal_limit', 50);
  kernel.settings.define('alpaca.journal_daily_limit', 1_000);
  const table = kernel.store.table<JournalDay>('alpaca_journal_days', { id: (row) => row.id });
  const limit = (name: string): bigint => BigInt(kernel.settings.number(name)) * 1_000_000n;
  return (journal) => {
    if (!kernel.settings.flag('alpaca.journal_limits') || journal.entry_type !== 'JNLC') return false;
    const customer = journal.from_account === firmId ? journal.to_account : journal.from_account;
    const id = `${customer}:${newYorkDate(kernel.clock.millis())}`;
    const total = BigInt(table.get(id)?.units ?? '0') + journal.units;
    table.put({ id, units: total.toString() });
    return journal.units > limit('alpaca.journal_limit') || total > limit('alpaca.journal_daily_limit');
  };
}
