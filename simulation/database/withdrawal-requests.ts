/** What db/functions/09-withdrawal-request.sql does, in memory: requests, limits and approvals. */
import type { WithdrawalLimits } from '../../domain/funding/withdrawal-limits.ts';
import { line, units } from './ledger.ts';
import type { Details, Store } from './store.ts';
import type { Surroundings } from './surroundings.ts';
import { GIVEN_UP, less, release, type WithdrawalRow } from './withdrawal-row.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const REQUEST_RAILS = ['withdrawals', 'alpaca', 'mint', 'circle', 'chain:base'];

interface Request {
  readonly user_id: string;
  readonly destination_address: string;
  readonly amount_usd: string;
  readonly fee_usd: string;
  readonly limits: WithdrawalLimits;
  readonly needs_approval: boolean;
  readonly approval_expires_seconds: number;
  readonly operations: never;
}

interface Approval {
  readonly decision: 'approve' | 'reject';
  readonly decided_by: string;
  readonly request_id: string;
}

/** What the requests need of the other functions. */
interface Steps {
  facts(id: string): object;
  transition(id: string, step: { event: string; reference: string; details: Details }): void;
}

export class WithdrawalRequests {
  /** What the company's limit has given out, by day. */
  readonly dayTotals = new Map<number, bigint>();
  /** Who has said what, by withdrawal. */
  readonly approvals = new Map<string, Approval[]>();
  readonly #store: Store;
  readonly #around: Surroundings;
  readonly #steps: Steps;

  constructor(store: Store, around: Surroundings, steps: Steps) {
    this.#store = store;
    this.#around = around;
    this.#steps = steps;
  }

  /** Takes a request: the row and its hold in one step, or why not and nothing. */
  requested(id: string, p: Request): object {
    if (this.#store.rows.has(id)) return { ...this.#steps.facts(id), policy: null };
    const code = this.#refusal(p);
    if (code !== null) return { refused: { code, detail: code } };
    const row: WithdrawalRow = {
      ...{ lifecycle: 'withdrawal', id, user_id: p.user_id, status: 'pending', waiting_for: null },
      ...{ destination_address: p.destination_address, amount_usd: p.amount_usd, fee_usd: p.fee_usd },
      ...{
        net_usd: less(p.amount_usd, p.fee_usd),
        created_at: this.#around.now(),
        approval_expires_at: null,
      },
      ...{ refund_reason: null, owed_journal: null, broker_withdrawal_ref: null, circle_on_ramp_ref: null },
      ...{ circle_transfer_ref: null, tx_hash: null, refund_ref: null },
      ...{ journal_attempt: 1, on_ramp_attempt: 1, transfer_attempt: 1, refund_attempt: 1 },
    };
    this.#store.rows.set(id, row);
    this.#count(row, units(row.amount_usd));
    const amount = units(p.amount_usd);
    this.#store.ledger.post(`withdrawal:${id}:requested:1`, [
      line('customer_cash', p.user_id, amount),
      line('customer_held', p.user_id, -amount),
    ]);
    this.#store.record('withdrawal', id, p.operations);
    if (p.needs_approval) {
      const approval_expires_at = this.#around.now() + p.approval_expires_seconds * 1_000;
      const details = { patch: { approval_expires_at } };
      this.#steps.transition(id, { event: 'approval_needed', reference: '1', details });
    }
    return { ...this.#steps.facts(id), policy: null };
  }

  #refusal({ user_id, amount_usd, limits }: Request): string | null {
    if (this.#around.pausedBy([...REQUEST_RAILS, `user:${user_id}`]) !== null) return 'withdrawals_paused';
    if (this.#around.sanctioned('address') !== null) return 'address_not_usable';
    const { ledger } = this.#store;
    if (ledger.balance('customer_receivable', user_id) > 0n) return 'receivable_open';
    const now = this.#around.now();
    const lately = this.#store
      .rowsOf<WithdrawalRow>('withdrawal')
      .filter((row) => row.created_at > now - DAY);
    if (lately.filter(({ created_at }) => created_at > now - HOUR).length >= limits.perHour)
      return 'limit_exceeded';
    let used = units(amount_usd);
    for (const row of lately) if (!GIVEN_UP.includes(row.status)) used += units(row.amount_usd);
    if (used > units(limits.perDayUsd)) return 'limit_exceeded';
    if (ledger.balance('customer_cash', user_id) < units(amount_usd)) return 'insufficient_funds';
    const today = (this.dayTotals.get(Math.floor(now / DAY)) ?? 0n) + units(amount_usd);
    return today > units(limits.companyPerDayUsd) ? 'limit_exceeded' : null;
  }

  #count({ created_at }: WithdrawalRow, amount: bigint): void {
    const day = Math.floor(created_at / DAY);
    this.dayTotals.set(day, (this.dayTotals.get(day) ?? 0n) + amount);
  }

  /** A withdrawal that was given up leaves its amount to others of that day, once. */
  moved(row: WithdrawalRow, before: string): void {
    if (!GIVEN_UP.includes(row.status)) return;
    if (GIVEN_UP.includes(before) && !this.#store.bugs.has('limit_given_back_again')) return;
    this.#count(row, -units(row.amount_usd));
  }

  /** What a member of staff says: two approve, one is enough to reject. */
  approval(id: string, p: Approval): object {
    const row = this.#store.row<WithdrawalRow>(id);
    const said = this.approvals.get(id) ?? [];
    const before = said.find(({ decided_by }) => decided_by === p.decided_by);
    if (before?.request_id === p.request_id) return { accepted: true, facts: this.#steps.facts(id) };
    const refused =
      !p.decided_by.startsWith('staff') ||
      p.decided_by === row.user_id ||
      this.#decidedBefore(before !== undefined)
        ? 'approval_refused'
        : row.status !== 'awaiting_approval' || (row.approval_expires_at ?? 0) <= this.#around.now()
          ? 'approval_not_open'
          : null;
    if (refused !== null)
      return { accepted: false, refused: { code: refused, detail: refused }, facts: this.#steps.facts(id) };
    said.push(p);
    this.approvals.set(id, said);
    if (p.decision === 'reject') {
      this.#store.dropIntents('withdrawal', id);
      const details = { patch: {}, postings: release(row) };
      this.#steps.transition(id, { event: 'rejected', reference: '1', details });
    } else if (said.filter(({ decision }) => decision === 'approve').length >= 2) {
      this.#steps.transition(id, { event: 'approved', reference: '1', details: {} });
    }
    return { accepted: true, facts: this.#steps.facts(id) };
  }

  #decidedBefore(hasDecided: boolean): boolean {
    return hasDecided && !this.#store.bugs.has('one_person_approves_twice');
  }
}
