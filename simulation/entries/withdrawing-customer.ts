/** The customer who withdraws, and the staff who approve: what they ask for, and what they were told. */
import { withdrawalFee, withdrawalFees } from '../../domain/funding/withdrawal-fee.ts';
import { reaches, withdrawalLimits } from '../../domain/funding/withdrawal-limits.ts';
import { withdrawalPolicy } from '../../domain/funding/withdrawal-rules.ts';
import { floorToCents, formatUnits } from '../../domain/money.ts';
import type { CancelAnswer, RequestAnswer } from '../../workflows/funding/withdrawal-messages.ts';
import { units } from '../database/ledger.ts';
import type { WithdrawalRow } from '../database/withdrawal-row.ts';
import type { World } from '../world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Where the customer wants to have the USDC. */
export const DESTINATION = '0xcustomer';
const LIMITS = withdrawalLimits({
  approvalFromUsd: '1500.00',
  perDayUsd: '6000.00',
  companyPerDayUsd: '9000.00',
});
const FEE = withdrawalFees(null).base;

export class WithdrawingCustomer {
  /** What the customer had before the world began. */
  opening = 0n;
  /** Withdrawals of which the customer was told that they are canceled. */
  readonly toldCanceled = new Set<string>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  begin(): void {
    const { random, engine } = this.#world;
    if (random.chance(0.6)) this.#open(BigInt(random.integer(1, 600_000)) * 10_000n);
    const requests = random.integer(1, 2);
    for (let number = 0; number < requests; number += 1)
      engine.after(random.integer(0, 24 * 60) * MINUTE, () => this.#want(number, 3));
  }

  /** What leaves the balance by it. */
  amountOf(row: WithdrawalRow): bigint {
    return units(row.amount_usd);
  }

  /** Whether two people must approve it. */
  needsApproval(row: WithdrawalRow): boolean {
    return reaches(row.amount_usd, LIMITS.approvalFromUsd);
  }

  /** Dollars of deposits from before. */
  #open(amount: bigint): void {
    const { store, customer, companies } = this.#world;
    this.opening = amount;
    store.ledger.post('opening:customer', [
      { account: 'alpaca_customer', owner: customer, amount: amount.toString() },
      { account: 'customer_cash', owner: customer, amount: (-amount).toString() },
    ]);
    companies.alpaca.accounts.set(customer, amount);
  }

  /** Asks for a part of what is there, for all of it, or for more; without any money later again. */
  #want(number: number, tries: number): void {
    const { random, engine, store, customer } = this.#world;
    const cash = store.ledger.balance('customer_cash', customer);
    const share = BigInt(random.pick([15, 40, 70, 100, 100, 120]));
    const amount = floorToCents((cash * share) / 100n);
    const { feeUsd, netUsd } = withdrawalFee(formatUnits(amount), FEE);
    if (units(netUsd) <= 0n) {
      if (tries > 0) engine.after(random.integer(1, 12) * HOUR, () => this.#want(number, tries - 1));
      return;
    }
    this.#ask(number, formatUnits(amount), feeUsd);
  }

  #ask(number: number, amount_usd: string, fee_usd: string): void {
    const { random, engine, customer } = this.#world;
    const owner = {
      lifecycle: 'withdrawal',
      id: `00000000-0000-4000-9000-${String(number).padStart(12, '0')}`,
    };
    const request = {
      ...{ user_id: customer, chain: 'base', destination_address: DESTINATION, amount_usd, fee_usd },
      ...{ limits: LIMITS, needs_approval: reaches(amount_usd, LIMITS.approvalFromUsd) },
      approval_expires_seconds: withdrawalPolicy(null).approvalExpiresSeconds,
    };
    const ask = () => this.#world.ask(owner, 'requestWithdrawal', request) as Promise<RequestAnswer>;
    void ask().then((answer) => {
      if ('refused' in answer) return;
      if (answer.status === 'awaiting_approval') this.#staffDecide(owner.id);
      if (random.chance(0.25)) this.#cancel(owner.id);
    });
    // An app that has heard nothing asks again, for the same withdrawal.
    if (random.chance(0.1)) engine.after(random.integer(0, 40) * SECOND, () => void ask());
  }

  #cancel(id: string): void {
    const { random, engine } = this.#world;
    const owner = { lifecycle: 'withdrawal', id };
    engine.after(random.chance(0.7) ? random.integer(0, 900_000) : random.integer(0, 48) * HOUR, () => {
      const wish = { requested_by: this.#world.customer, request_id: 'wish' };
      const answer = this.#world.askRunning(owner, 'cancelWithdrawal', wish) as
        | Promise<CancelAnswer>
        | undefined;
      void answer?.then(({ canceled }) => {
        if (canceled) this.toldCanceled.add(id);
      });
    });
  }

  /** Mostly two approve; some press the button twice, some reject, some never look. */
  #staffDecide(id: string): void {
    const { random, engine } = this.#world;
    const owner = { lifecycle: 'withdrawal', id };
    const voices = random.pick([
      ['staff-1', 'staff-2'],
      ['staff-1', 'staff-1', 'staff-2'],
      ['staff-1', 'staff-1'],
      ['staff-1', this.#world.customer, 'staff-2'],
      ['staff-1', '-staff-2'],
      ['staff-1'],
    ]);
    voices.forEach((voice, place) => {
      const decision = {
        decision: voice.startsWith('-') ? 'reject' : 'approve',
        ...{ decided_by: voice.replace('-staff', 'staff'), note: 'looked', request_id: `voice-${place}` },
      };
      engine.after(random.integer(1, 20 * 60) * MINUTE, () => {
        void this.#world.askRunning(owner, 'decideApproval', decision);
      });
    });
  }
}
