/** What db/functions/08-withdrawal.sql does, in memory. */
import { TREASURY_RECIPIENT } from '../companies/mint.ts';
import { type Details, isTaken, type Store } from './store.ts';
import type { StoreFunction, Surroundings } from './surroundings.ts';
import { WithdrawalRequests } from './withdrawal-requests.ts';
import { ENDED, type WithdrawalRow } from './withdrawal-row.ts';

/** As the SQL function withdrawal_rails: the way back needs the broker only. */
export function withdrawalRails({ status, refund_reason, user_id }: WithdrawalRow): readonly string[] {
  const own = ['chain:base', `user:${user_id}`];
  if (status === 'pending') return ['withdrawals', 'alpaca', ...own];
  if (status !== 'broker_withdrawal_complete' && status !== 'on_ramp_complete') return [];
  if (refund_reason !== null) return ['alpaca'];
  return ['withdrawals', status === 'on_ramp_complete' ? 'circle' : 'mint', ...own];
}

interface Step {
  readonly event: string;
  readonly reference: string;
  readonly details: Details;
}

export class WithdrawalFunctions {
  readonly requests: WithdrawalRequests;
  readonly #store: Store;
  readonly #around: Surroundings;

  constructor(store: Store, around: Surroundings) {
    this.#store = store;
    this.#around = around;
    this.requests = new WithdrawalRequests(store, around, {
      facts: (id) => this.#facts(id),
      transition: (id, step) => this.#transition(id, step),
    });
  }

  /** By the names that the statements call them by. */
  byName(): Readonly<Record<string, StoreFunction>> {
    return {
      withdrawal_requested: (id: string, p: never) => this.requests.requested(id, p),
      withdrawal_approval: (id: string, p: never) => this.requests.approval(id, p),
      withdrawal_step: (id: string, steps: never) => this.#step(id, steps),
      withdrawal_on_ramp_started: (id: string, transfer: never, steps: never) =>
        this.#onRampStarted(id, transfer, steps),
      withdrawal_note: (id: string, p: never) => {
        this.#store.annotate('withdrawal', id, p);
        return { ...this.#facts(id), policy: null };
      },
      withdrawal_screening: () => ({ full_name: 'A Customer', key_id: null, sealed_key: null }),
    };
  }

  #row(id: string): WithdrawalRow {
    return this.#store.row<WithdrawalRow>(id);
  }

  #facts(id: string): object {
    const row = this.#row(id);
    const { status, refund_reason, refund_ref, broker_withdrawal_ref, circle_on_ramp_ref } = row;
    const { treasury } = this.#around;
    const isOpen = ['pending', 'broker_withdrawal_complete', 'on_ramp_complete'].includes(status);
    const journal =
      status === 'broker_withdrawal_initiated' ? broker_withdrawal_ref : refund_reason ? refund_ref : null;
    const expires = row.approval_expires_at;
    return {
      ...row,
      chain: 'base',
      references: [],
      since: '2026-01-01T00:00:00Z',
      repeat_ref: this.#store.operations.get(`withdrawal|${id}|${owedStep(row)}`)?.reference ?? null,
      journal_word: this.#store.lastWord('alpaca.journal', journal),
      on_ramp_word: this.#store.lastWord(
        'mint.transfer',
        status === 'on_ramp_initiated' ? circle_on_ramp_ref : null,
      ),
      approval_expires_at: null,
      approval_left_seconds: expires === null ? null : (expires - this.#around.now()) / 1_000,
      paused_by: this.#around.pausedBy(withdrawalRails(row)),
      sanctions_hit: isOpen && refund_reason === null ? this.#around.sanctioned('address') : null,
      unclear: this.#store
        .operationsOf('withdrawal', id)
        .flatMap(({ state, step }) =>
          state === 'unknown' || (isTaken(state) && step === nextStep(row)) ? [step] : [],
        ),
      alpaca_account_id: this.#around.account(row.user_id),
      treasury_wallet: { ...treasury, mint_recipient_id: TREASURY_RECIPIENT },
    };
  }

  #transition(id: string, { event, reference, details }: Step): void {
    const before = this.#row(id).status;
    const isNew = this.#store.transition('withdrawal', id, event, reference, details);
    if (isNew || this.#store.bugs.has('limit_given_back_again')) this.requests.moved(this.#row(id), before);
  }

  #step(id: string, steps: readonly Step[]): object {
    for (const step of steps) this.#transition(id, step);
    const { status, owed_journal } = this.#row(id);
    if (ENDED.includes(status) && owed_journal === null) this.#store.dropIntents('withdrawal', id);
    return this.#facts(id);
  }

  #onRampStarted(id: string, transfer: string, steps: readonly Step[]): object {
    this.#step(id, steps);
    for (const event of this.#store.inbound) {
      const { source, reference } = event.word.message;
      if (event.stored && source === 'mint.transfer' && reference === transfer) event.used = true;
    }
    return this.#facts(id);
  }
}

/** The journal that is to be made again, where one is owed. */
function owedStep({ owed_journal, journal_attempt, refund_attempt }: WithdrawalRow): string {
  return `${owed_journal}:${owed_journal === 'journal' ? journal_attempt : refund_attempt}`;
}

/** The effect that a withdrawal asks a company for next; undefined where it asks for none, or where it was taken. */
function nextStep(row: WithdrawalRow): string | undefined {
  if (row.refund_reason !== null) return row.refund_ref === null ? `refund:${row.refund_attempt}` : undefined;
  if (row.status === 'pending') return `journal:${row.journal_attempt}`;
  if (row.status === 'broker_withdrawal_complete') return `on_ramp:${row.on_ramp_attempt}`;
  return row.status === 'on_ramp_complete' ? `transfer:${row.transfer_attempt}` : undefined;
}
