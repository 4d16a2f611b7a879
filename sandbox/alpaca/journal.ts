/**
 * Journals: cash (JNLC) or shares (JNLS) moved between the firm's account and a customer's, as they are
 * kept.
 */
import { randomUUID } from 'node:crypto';
import { formatUnits } from '../kernel/books.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { PaymentInput } from '../kernel/payments.ts';
import type { Table } from '../kernel/store.ts';
import { type Cash, cashAccount, dollars, heldAccount } from './cash.ts';
import type { EventLog } from './event-log.ts';
import { newYorkDate, settlementDate } from './market-calendar.ts';
import { SHARE_DECIMALS, sharesAccount } from './shares.ts';

/** Alpaca: Journals API, "Journals Status". */
export const JOURNAL_STATUSES = [
  ...['queued', 'sent_to_clearing', 'pending', 'executed', 'rejected', 'canceled', 'refused', 'correct'],
  'deleted',
];

export interface Journal {
  id: string;
  entry_type: 'JNLC' | 'JNLS';
  from_account: string;
  to_account: string;
  status: string;
  /** Millionths of a dollar (JNLC) or billionths of a share (JNLS), as text. */
  units: string;
  symbol?: string;
  description: string;
  settle_date: string;
  system_date: string;
  created_at: string;
  /** `transmitter_name` and its siblings (Travel Rule), as they were given. */
  transmitter: Record<string, string>;
  idempotency_key?: string;
  idempotency_key_type?: 'single' | 'batch';
  /** The journal that this one replaces. */
  corrects?: string;
}

export type NewJournal = Pick<Journal, 'entry_type' | 'from_account' | 'to_account'> & {
  units: bigint;
  description: string;
  transmitter: Record<string, string>;
} & Partial<Pick<Journal, 'symbol' | 'idempotency_key' | 'idempotency_key_type' | 'corrects'>>;

/** The status in which money is set aside but has not arrived. */
const UNDER_WAY = ['queued', 'sent_to_clearing', 'pending'];

export interface Journals {
  table: Table<Journal>;
  /** Writes a journal that is queued, its amount set aside at the sender. */
  open: (input: NewJournal) => Journal;
  /** Moves a journal to a status, and the money with it. A journal that is final stays as it is. */
  move: (journal: Journal, status: string) => Journal;
  /** Reverses an executed journal and writes its replacement over `units`. */
  correct: (journal: Journal, units: bigint) => Journal;
}

/** A journal as the API shows it. Alpaca: decimal strings; cash fields for JNLC, share fields for JNLS. */
export function renderJournal(journal: Journal): Record<string, unknown> {
  const { id, entry_type, from_account, to_account, status, symbol, description } = journal;
  const { settle_date, system_date, created_at, transmitter } = journal;
  const common = { id, entry_type, from_account, to_account, status, description, currency: 'USD' };
  const dates = { settle_date, system_date, created_at };
  if (entry_type === 'JNLS') {
    const qty = formatUnits(BigInt(journal.units), SHARE_DECIMALS);
    return { ...common, symbol, qty, price: '0', net_amount: '0', ...dates };
  }
  return {
    ...common,
    symbol: '',
    qty: null,
    price: null,
    net_amount: dollars(BigInt(journal.units)),
    ...dates,
    ...transmitter,
  };
}

/** Sets the amount aside at the sender. */
function hold(
  kernel: Kernel,
  cash: Cash,
  { id, entry_type, from_account, units, symbol = '' }: Journal,
): void {
  if (entry_type === 'JNLC') {
    cash.move(`journal:${id}:hold`, cashAccount(from_account), heldAccount(from_account), BigInt(units));
    return;
  }
  const from = sharesAccount(from_account);
  kernel.books.post(`journal:${id}:hold`, [
    { account: from, asset: symbol, amount: -BigInt(units) },
    { account: `${from}:held`, asset: symbol, amount: BigInt(units) },
  ]);
}

/** Gives what was set aside to the receiver, or back to the sender. */
function settle(kernel: Kernel, cash: Cash, journal: Journal): void {
  const { id, entry_type, from_account, to_account, symbol = '', units, status } = journal;
  const to = status === 'executed' ? to_account : from_account;
  if (entry_type === 'JNLC') {
    cash.credit(`journal:${id}:${status}`, heldAccount(from_account), to, BigInt(units), journal.description);
    return;
  }
  kernel.books.post(`journal:${id}:${status}`, [
    { account: `${sharesAccount(from_account)}:held`, asset: symbol, amount: -BigInt(units) },
    { account: sharesAccount(to), asset: symbol, amount: BigInt(units) },
  ]);
}

function paymentOf(journal: Journal): PaymentInput {
  const { id, entry_type, units, symbol, description, status, idempotency_key } = journal;
  const isCash = entry_type === 'JNLC';
  return {
    ...{ id, company: 'alpaca', operation: 'alpaca.createJournal', status, effective: false },
    amount: isCash ? dollars(BigInt(units)) : formatUnits(BigInt(units), SHARE_DECIMALS),
    asset: isCash ? 'USD' : (symbol ?? ''),
    from: journal.from_account,
    to: journal.to_account,
    reference: description,
    ...(idempotency_key ? { idempotency_key } : {}),
  };
}

/** Opens the journals. `alpaca.journal_activity_created`: whether `activity_created` follows `executed`. */
export function createJournals(kernel: Kernel, log: EventLog, cash: Cash, firmId: string): Journals {
  kernel.settings.define('alpaca.journal_activity_created', true);
  const table = kernel.store.table<Journal>('alpaca_journals', {
    id: (journal) => journal.id,
    indexes: {
      // The firm is a party of every journal, so only the customer's side is worth an index.
      from_account: (journal) => (journal.from_account === firmId ? undefined : journal.from_account),
      to_account: (journal) => (journal.to_account === firmId ? undefined : journal.to_account),
      status: (journal) => journal.status,
    },
  });
  const announce = (journal: Journal, from: string, to: string): void => {
    const { entry_type, description, idempotency_key, idempotency_key_type } = journal;
    const data: Record<string, unknown> = {
      entry_type,
      journal_id: journal.id,
      status_from: from,
      status_to: to,
    };
    if (description) data.description = description;
    if (idempotency_key) Object.assign(data, { idempotency_key, idempotency_key_type });
    log.append('journals', journal.id, data);
  };
  const open = (input: NewJournal): Journal => {
    const { units, ...rest } = input;
    const now = kernel.clock.millis();
    const journal: Journal = {
      ...rest,
      id: randomUUID(),
      status: 'queued',
      units: units.toString(),
      settle_date: settlementDate(now),
      system_date: newYorkDate(now),
      created_at: kernel.clock.iso(),
    };
    table.insert(journal);
    if (units > 0n) hold(kernel, cash, journal);
    kernel.payments.record(paymentOf(journal));
    announce(journal, '', 'queued');
    return journal;
  };
  const move = (journal: Journal, status: string): Journal => {
    if (journal.status === status || !UNDER_WAY.includes(journal.status)) return journal;
    const moved = table.put({ ...journal, status });
    if (!UNDER_WAY.includes(status) && moved.units !== '0') settle(kernel, cash, moved);
    kernel.payments.update(journal.id, status, status === 'executed');
    announce(moved, journal.status, status);
    if (status === 'executed' && kernel.settings.flag('alpaca.journal_activity_created')) {
      announce(moved, 'executed', 'activity_created');
    }
    return moved;
  };
  return {
    table,
    open,
    move,
    correct(journal, units) {
      if (journal.status !== 'executed' || journal.entry_type !== 'JNLC') return journal;
      const corrected = table.put({ ...journal, status: 'correct' });
      const reference = `journal:${journal.id}:correct`;
      const back = cashAccount(journal.from_account);
      cash.reclaim(reference, journal.to_account, back, BigInt(journal.units), journal.description);
      kernel.payments.update(journal.id, 'correct', false);
      announce(corrected, 'executed', 'correct');
      const { entry_type, from_account, to_account, transmitter } = journal;
      const description = `Correction of journal ${journal.id}`;
      const parties = { entry_type, from_account, to_account, transmitter };
      return move(open({ ...parties, description, units, corrects: journal.id }), 'executed');
    },
  };
}
