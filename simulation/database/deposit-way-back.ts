/** What db/functions/04-deposit-back.sql does, in memory. */
import type { Posting } from '../../domain/funding/ledger.ts';
import { formatUnits } from '../../domain/money.ts';
import { type DepositRow, depositNextStep } from './deposit-row.ts';
import { line, units } from './ledger.ts';
import type { Details, Store } from './store.ts';
import type { Surroundings } from './surroundings.ts';

export class DepositWayBack {
  readonly #store: Store;
  readonly #around: Surroundings;
  readonly #facts: (id: string) => object;

  constructor(store: Store, around: Surroundings, facts: (id: string) => object) {
    this.#store = store;
    this.#around = around;
    this.#facts = facts;
  }

  #row(id: string): DepositRow {
    return this.#store.row<DepositRow>(id);
  }

  #others(wallet: string): DepositRow[] {
    return this.#store.rowsOf<DepositRow>('deposit').filter((row) => row.wallet_id === wallet);
  }

  /** What is below a cent and goes out with the refunds of other deposits: it is not free. */
  dustPromised({ id, wallet_id }: DepositRow): bigint {
    let sum = 0n;
    for (const other of this.#others(wallet_id)) {
      if (other.id === id || other.status !== 'confirmed_on_chain' || !other.refund_wallet) continue;
      const dust = units(other.refund_usdc) - units(other.amount_usd);
      if (dust > 0n) sum += dust;
    }
    return sum;
  }

  /** What of the deposit still lies in its wallet as USDC. */
  #unitsInWallet(row: DepositRow): bigint {
    const whole = units(row.amount_stablecoin);
    const incoming = this.#store.ledger.balance('customer_incoming', row.wallet_id);
    const there = units(row.amount_usd) + incoming - this.dustPromised(row);
    return whole < there ? whole : there;
  }

  #converted(row: DepositRow): bigint {
    const [whole, usd] = [units(row.amount_stablecoin), units(row.amount_usd)];
    return whole < usd ? whole : usd;
  }

  #unconverted(row: DepositRow, whole: bigint): Posting[] {
    const usd = units(row.amount_usd);
    return [
      line('customer_converting', row.user_id, usd),
      line('customer_incoming', row.wallet_id, whole - usd),
    ];
  }

  #releaseCarried(id: string): void {
    for (const other of this.#others(this.#row(id).wallet_id)) {
      if (other.carried_by_id === id && other.status === 'confirmed_on_chain')
        Object.assign(other, { carried_by_id: null, waiting_for: 'next_deposit' });
    }
  }

  /** A person decided that the deposit goes back. */
  refundDecided(id: string, p: { review_id: string; request_id: string; operation: never }): object {
    const row = this.#row(id);
    if (this.#store.hasDecided(p.review_id, p.request_id)) return { accepted: true, facts: this.#facts(id) };
    const isHere = ['confirmed_on_chain', 'off_ramp_complete', 'returned'].includes(row.status);
    const isOpen = this.#store
      .operationsOf('deposit', id)
      .some(
        ({ state, step }) =>
          ['accepted', 'unknown'].includes(state) || (state === 'succeeded' && step === depositNextStep(row)),
      );
    const refused = !isHere
      ? `A deposit that is ${row.status} cannot be refunded.`
      : row.refund_wallet
        ? 'The refund of this deposit is under way.'
        : isOpen
          ? 'An earlier step is still under way or unclear.'
          : undefined;
    if (refused !== undefined) return { accepted: false, refused, facts: this.#facts(id) };
    if (!this.#store.decide(p.review_id, 'refund', p.request_id))
      return { accepted: false, facts: this.#facts(id) };
    const isInWallet = row.status === 'confirmed_on_chain';
    const amount = isInWallet ? this.#unitsInWallet(row) : this.#converted(row);
    this.#store.annotate('deposit', id, {
      patch: {
        refund_attempt: row.refund_attempt + 1,
        refund_wallet: isInWallet ? row.circle_wallet_id : this.#around.treasury.circle_wallet_id,
        refund_ref: null,
        refund_usdc: formatUnits(amount),
        waiting_for: 'refund',
      },
      operations: [p.operation],
    });
    return { accepted: true, facts: this.#facts(id) };
  }

  #refundMoves(row: DepositRow, isBack: boolean): void {
    const amount = units(row.refund_usdc) * (isBack ? -1n : 1n);
    const { id, circle_wallet_id } = this.#around.treasury;
    const from =
      row.refund_wallet === circle_wallet_id
        ? line('treasury_wallet', id, -amount)
        : line('circle_wallet', row.wallet_id, -amount);
    const name = `deposit:${row.id}:refund_${isBack ? 'failed' : 'sent'}:${row.refund_attempt}`;
    this.#store.ledger.post(name, [line('circle_out_transit', undefined, amount), from]);
  }

  /** Circle accepted the refund. */
  refundSent(id: string, p: Details & { transfer_id: string }): object {
    this.#refundMoves(this.#row(id), false);
    this.#store.annotate('deposit', id, {
      ...p,
      patch: { refund_ref: p.transfer_id, waiting_for: 'refund' },
    });
    return this.#facts(id);
  }

  /** The refund did not go out, or came back. */
  refundFailed(id: string, p: Details): object {
    const row = this.#row(id);
    if (row.refund_ref) this.#refundMoves(row, true);
    const patch = { refund_wallet: null, refund_ref: null, refund_usdc: null, waiting_for: 'review' };
    this.#store.annotate('deposit', id, { ...p, patch });
    return this.#facts(id);
  }

  /** The refund has reached the sender. */
  refunded(id: string, p: Details): object {
    const row = this.#row(id);
    if (row.status === 'refunded') return this.#facts(id);
    const amount = units(row.refund_usdc);
    const release =
      row.status === 'confirmed_on_chain'
        ? this.#unconverted(row, amount)
        : [
            line('company_float_usdc', undefined, amount),
            line('customer_pending', row.user_id, amount),
            line('company_float', undefined, -amount),
          ];
    const isForgotten = this.#store.bugs.has('refund_without_release');
    this.#store.transition('deposit', id, 'refunded', String(row.refund_attempt), {
      ...p,
      patch: { ...p.patch, waiting_for: null },
      postings: isForgotten ? [] : [line('circle_out_transit', undefined, -amount), ...release],
    });
    this.#store.dropIntents('deposit', id);
    this.#releaseCarried(id);
    return this.#facts(id);
  }

  /** The chain took the transfer back. */
  reorganised(id: string, p: Details): object {
    const row = this.#row(id);
    if (row.status === 'failed') return this.#facts(id);
    const isInWallet = row.status === 'confirmed_on_chain';
    const gone = row.status === 'refunded' ? units(row.refund_usdc) : this.#converted(row);
    const amount = isInWallet ? this.#unitsInWallet(row) : gone;
    const owes = row.status === 'off_ramp_complete' ? 'customer_pending' : 'customer_receivable';
    const postings = isInWallet
      ? [line('circle_wallet', row.wallet_id, -amount), ...this.#unconverted(row, amount)]
      : [line(owes, row.user_id, amount), line('reconciliation_suspense_usd', undefined, -amount)];
    const patch = { ...p.patch, waiting_for: null, refund_wallet: null };
    this.#store.transition('deposit', id, 'reorganised', '1', { ...p, postings, patch });
    this.#store.dropIntents('deposit', id);
    this.#releaseCarried(id);
    return this.#facts(id);
  }
}
