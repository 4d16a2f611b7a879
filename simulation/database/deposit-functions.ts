/** What db/functions/04-deposit.sql does, in memory. */
import { formatUnits, UNITS_PER_CENT } from '../../domain/money.ts';
import { MINT_ADDRESS } from '../companies/mint.ts';
import { type DepositRow, depositNextStep, depositRails } from './deposit-row.ts';
import { DepositWayBack } from './deposit-way-back.ts';
import { line, units } from './ledger.ts';
import { type Details, isTaken, type Store } from './store.ts';
import type { StoreFunction, Surroundings } from './surroundings.ts';

export class DepositFunctions {
  readonly #store: Store;
  readonly #around: Surroundings;
  readonly #back: DepositWayBack;

  constructor(store: Store, around: Surroundings) {
    this.#store = store;
    this.#around = around;
    this.#back = new DepositWayBack(store, around, (id) => this.#facts(id));
  }

  /** By the names that the statements call them by. */
  byName(): Readonly<Record<string, StoreFunction>> {
    return {
      deposit_seen: (id: string, p: never) => this.#seen(id, p),
      deposit_confirmed: (id: string, p: never) => this.#confirmed(id, p),
      deposit_event: (id: string, event: never, reference: never, p: never) => {
        this.#store.transition('deposit', id, event, reference, p);
        return this.#facts(id);
      },
      deposit_funded: (id: string, p: never) => this.#funded(id, p),
      deposit_returned: (id: string, p: never) => this.#returned(id, p),
      deposit_note: (id: string, p: never) => {
        this.#store.annotate('deposit', id, p);
        return { ...this.#facts(id), policy: null };
      },
      deposit_refund_decided: (id: string, p: never) => this.#back.refundDecided(id, p),
      deposit_refund_sent: (id: string, p: never) => this.#back.refundSent(id, p),
      deposit_refund_failed: (id: string, p: never) => this.#back.refundFailed(id, p),
      deposit_refunded: (id: string, p: never) => this.#back.refunded(id, p),
      deposit_reorganised: (id: string, p: never) => this.#back.reorganised(id, p),
    };
  }

  #row(id: string): DepositRow {
    return this.#store.row<DepositRow>(id);
  }

  #facts(id: string): object {
    const row = this.#row(id);
    const { refund_wallet, refund_usdc, refund_ref, status, broker_journal_ref } = row;
    return {
      ...row,
      chain: 'base',
      mint_address: MINT_ADDRESS,
      references: [],
      since: '2026-01-01T00:00:00Z',
      refund: refund_wallet
        ? {
            usdc: refund_usdc,
            circle_wallet_id: refund_wallet,
            destination: '0xsender',
            reference: refund_ref,
          }
        : null,
      journal_state:
        status === 'off_ramp_complete' && broker_journal_ref
          ? (this.#store.lastWord('alpaca.journal', broker_journal_ref)?.state ?? null)
          : null,
      paused_by: this.#around.pausedBy(depositRails(row)),
      unclear: this.#store
        .operationsOf('deposit', id)
        .some(({ state, step }) => state === 'unknown' || (isTaken(state) && step === depositNextStep(row))),
      alpaca_account_id: this.#around.account(row.user_id),
    };
  }

  #seen(
    id: string,
    p: { circle_wallet_id: string; circle_transaction_id: string; amount: string; inbound: string[] },
  ) {
    const wallet = this.#around.wallets.get(p.circle_wallet_id);
    if (!wallet) return { unknown_wallet: true };
    if (!this.#store.rows.has(id)) {
      const row: DepositRow = {
        ...{
          lifecycle: 'deposit',
          id,
          user_id: wallet.user_id,
          wallet_id: wallet.id,
          status: 'pending_confirmation',
          waiting_for: null,
        },
        ...{ circle_wallet_id: p.circle_wallet_id, circle_transaction_id: p.circle_transaction_id },
        ...{ amount_stablecoin: p.amount, amount_usd: null, off_ramp_attempt: 0, journal_attempt: 1 },
        ...{ refund_attempt: 0, refund_wallet: null, refund_usdc: null, refund_ref: null },
        ...{ circle_transfer_ref: null, broker_journal_ref: null, carried_by_id: null },
      };
      this.#store.rows.set(id, row);
    }
    this.#store.annotate('deposit', id, { inbound: p.inbound });
    return { ...this.#facts(id), policy: null };
  }

  #others(wallet: string): DepositRow[] {
    return this.#store.rowsOf<DepositRow>('deposit').filter((row) => row.wallet_id === wallet);
  }

  #confirmed(id: string, p: Details): object {
    const row = this.#row(id);
    if (row.status !== 'pending_confirmation') return this.#facts(id);
    const { ledger, bugs } = this.#store;
    let dust = ledger.balance('customer_incoming', row.wallet_id) - this.#back.dustPromised(row);
    if (dust >= 2n * UNITS_PER_CENT) dust %= UNITS_PER_CENT;
    const whole = units(row.amount_stablecoin);
    const seen = bugs.has('dust_is_lost') ? whole - (whole % UNITS_PER_CENT) : whole;
    const cents = ((dust + seen) / UNITS_PER_CENT) * UNITS_PER_CENT;
    const isDust = cents === 0n;
    this.#store.transition('deposit', id, 'confirmed', '1', {
      ...p,
      patch: {
        ...p.patch,
        amount_usd: formatUnits(cents),
        off_ramp_attempt: isDust ? 0 : 1,
        ...(isDust && { waiting_for: 'next_deposit' }),
      },
      operations: isDust ? [] : (p.operations ?? []),
      postings: [
        line('circle_wallet', row.wallet_id, seen),
        line('customer_incoming', row.wallet_id, cents - seen),
        line('customer_converting', row.user_id, -cents),
      ],
    });
    if (!isDust) {
      for (const other of this.#others(row.wallet_id)) {
        if (other.waiting_for === 'next_deposit' && other.status === 'confirmed_on_chain')
          Object.assign(other, { carried_by_id: id, waiting_for: 'carrier' });
      }
    }
    return this.#facts(id);
  }

  #funded(id: string, p: Details): object {
    const row = this.#row(id);
    const { ledger } = this.#store;
    const owed = ledger.balance('customer_receivable', row.user_id);
    const amount = units(row.amount_usd);
    const repaid = owed < amount ? owed : amount;
    const postings = [
      ...(p.postings ?? []),
      ...(repaid > 0n && row.status === 'off_ramp_complete'
        ? [line('customer_cash', row.user_id, repaid), line('customer_receivable', row.user_id, -repaid)]
        : []),
    ];
    const details = { ...p, postings };
    if (this.#store.transition('deposit', id, 'broker_funded', String(row.journal_attempt), details)) {
      for (const other of this.#others(row.wallet_id)) {
        if (other.carried_by_id === id && other.status === 'confirmed_on_chain')
          this.#store.transition('deposit', other.id, 'carried', '1', { patch: { waiting_for: null } });
      }
    }
    return this.#facts(id);
  }

  #returned(id: string, p: Details): object {
    const { user_id, amount_usd, amount_stablecoin, journal_attempt, status } = this.#row(id);
    const { ledger } = this.#store;
    const least = (...amounts: bigint[]) => amounts.reduce((a, b) => (a < b ? a : b));
    const isUndone = status === 'failed';
    const whole = units(amount_usd);
    const claimed = isUndone ? least(units(amount_stablecoin), whole) : 0n;
    const owed = ledger.balance('customer_receivable', user_id);
    const taken = least(ledger.balance('customer_cash', user_id), whole - claimed + least(owed, claimed));
    const reference = `${isUndone ? 'journal:' : ''}${journal_attempt}`;
    this.#store.transition('deposit', id, 'journal_corrected', reference, {
      ...p,
      postings: [
        line('alpaca_firm', undefined, whole),
        line('alpaca_customer', user_id, -whole),
        line('customer_cash', user_id, taken),
        line('customer_receivable', user_id, whole - claimed - taken),
        line('customer_pending', user_id, claimed - whole),
      ],
    });
    return this.#facts(id);
  }
}
