/** Payouts: dollars to a linked bank account by wire. Circle: Mint OpenAPI, tag Payouts. */
import { randomBytes, randomUUID } from 'node:crypto';
import { InsufficientFunds } from '../kernel/books.ts';
import { type Route, route } from '../kernel/http.ts';
import { invalidEntity, notFound } from './problem.ts';
import { answerList, creatingRoute, dollars, readMoney } from './requests.ts';
import type { SnsNotifier } from './sns.ts';
import { AVAILABLE, BANK, IN_FLIGHT, type KeptPayout, type MintWorld, type Payout, USD } from './world.ts';

/** Exact amounts that play an outcome of a payout. */
const MAGIC_PAYOUTS: Record<string, string> = {
  '88.81': 'fail',
  '88.82': 'return',
  '88.83': 'pending',
};
const OUTCOMES = ['fail', 'return', 'pending'];

export type PayoutDesk = {
  /** The wire leaves. One that the receiving bank is about to send back never arrives there. */
  complete(kept: KeptPayout, isReturned?: boolean): Payout;
  fail(kept: KeptPayout, errorCode: string): Payout;
  /** The receiving bank sends the money back: a complete payout becomes `failed` with a `return`. */
  giveBack(kept: KeptPayout): Payout;
};

function createDesk({ kernel, payouts, wireAccounts }: MintWorld, notifier: SnsNotifier): PayoutDesk {
  const { books, payments, clock } = kernel;
  const move = ({ wire, units }: KeptPayout, step: string, from: string, to: string): void => {
    const amount = BigInt(units);
    books.post(`mint payout ${wire.id} ${step}`, [
      { account: from, asset: USD, amount: -amount },
      { account: to, asset: USD, amount },
    ]);
  };
  const change = (kept: KeptPayout, facts: Partial<Payout>): Payout => {
    const wire: Payout = { ...kept.wire, ...facts, updateDate: clock.iso() };
    payouts.put({ ...kept, wire });
    payments.update(wire.id, wire.status, wire.status !== 'failed');
    notifier.notify('payouts', 'payout', wire);
    return wire;
  };
  return {
    complete(kept, isReturned = false) {
      move(kept, 'complete', IN_FLIGHT, BANK);
      const trackingRef = `CIR-${randomBytes(7).toString('hex').toUpperCase().slice(0, 13)}`;
      const account = wireAccounts.get(kept.wire.destination.id)?.accountNumber;
      if (account && !isReturned) {
        kernel.wires.send({ account, units: BigInt(kept.units), information: trackingRef });
      }
      return change(kept, { status: 'complete', trackingRef });
    },
    fail(kept, errorCode) {
      if (errorCode !== 'insufficient_funds') move(kept, 'failed', IN_FLIGHT, AVAILABLE);
      return change(kept, { status: 'failed', errorCode });
    },
    giveBack(kept) {
      move(kept, 'returned', BANK, AVAILABLE);
      const { id: payoutId, amount } = kept.wire;
      const now = clock.iso();
      const dates = { createDate: now, updateDate: now };
      const facts = {
        id: randomUUID(),
        payoutId,
        amount,
        fees: dollars(0n),
        reason: 'payout_returned',
        ...dates,
      };
      return change(kept, {
        status: 'failed',
        errorCode: 'transaction_returned',
        return: { ...facts, status: 'complete' },
      });
    },
  };
}

function payoutSteps({ kernel, payouts }: MintWorld, desk: PayoutDesk): void {
  const { scheduler, faults, settings } = kernel;
  settings.defineDelay('mint.payout', 3_000);
  settings.defineDelay('mint.payout_return', 3_000);
  scheduler.on<{ id: string; isFunded: boolean }>('mint.settle_payout', ({ id, isFunded }) => {
    const kept = payouts.get(id);
    if (kept?.wire.status !== 'pending') return;
    if (!isFunded) return void desk.fail(kept, 'insufficient_funds');
    const fault = faults.take('mint', 'mint.payout', kept.wire, OUTCOMES);
    const outcome = fault?.kind ?? MAGIC_PAYOUTS[kept.wire.amount.amount];
    if (outcome === 'pending') return;
    if (outcome === 'fail')
      return void desk.fail(kept, String(fault?.details?.error_code ?? 'bank_transaction_error'));
    desk.complete(kept, outcome === 'return');
    if (outcome === 'return') scheduler.after('mint.payout_return', 'mint.return_payout', { id });
  });
  scheduler.on<{ id: string }>('mint.return_payout', ({ id }) => {
    const kept = payouts.get(id);
    if (kept?.wire.status === 'complete') desk.giveBack(kept);
  });
}

/** Routes of payouts; also registers their steps. */
export function payoutRoutes(world: MintWorld, notifier: SnsNotifier): { routes: Route[]; desk: PayoutDesk } {
  const { kernel, payouts, wireAccounts, walletId } = world;
  const path = '/v1/businessAccount/payouts';
  const desk = createDesk(world, notifier);
  payoutSteps(world, desk);
  const create = creatingRoute(world, path, 'mint.createPayout', 201, ({ body }, key) => {
    const { units, money } = readMoney(body.amount);
    const destination = (body.destination ?? {}) as Record<string, unknown>;
    if (destination.type !== 'wire')
      throw invalidEntity({ location: 'destination.type', value: destination.type });
    const account = wireAccounts.get(String(destination.id));
    if (!account) throw notFound('Bank account not found.');
    if (account.wire.status !== 'complete')
      throw invalidEntity({ location: 'destination.id', value: destination.id });
    const now = kernel.clock.iso();
    const { id: bankId, description: name } = account.wire;
    const wire: Payout = {
      id: randomUUID(),
      sourceWalletId: walletId,
      destination: { type: 'wire', id: bankId, name },
      amount: money,
      fees: dollars(0n),
      status: 'pending',
      createDate: now,
      updateDate: now,
    };
    payouts.insert({ wire, units: units.toString() });
    kernel.payments.record({
      id: wire.id,
      company: 'mint',
      operation: 'mint.createPayout',
      amount: money.amount,
      asset: USD,
      from: walletId,
      to: bankId,
      idempotency_key: key,
      status: 'pending',
    });
    let isFunded = true;
    try {
      kernel.books.post(`mint payout ${wire.id} reserve`, [
        { account: AVAILABLE, asset: USD, amount: -units },
        { account: IN_FLIGHT, asset: USD, amount: units },
      ]);
    } catch (error) {
      if (!(error instanceof InsufficientFunds)) throw error;
      isFunded = false;
    }
    kernel.scheduler.after('mint.payout', 'mint.settle_payout', { id: wire.id, isFunded });
    return wire;
  });
  const list = route('GET', path, 'mint.listPayouts', (request) => {
    const [destination, status] = ['destination', 'status'].map((name) => request.query.get(name));
    return answerList(
      world,
      request,
      payouts,
      ({ wire }) =>
        (!destination || wire.destination.id === destination) && (!status || wire.status === status),
    );
  });
  const read = route('GET', `${path}/:id`, 'mint.getPayout', ({ params }) => {
    const kept = payouts.get(params.id ?? '');
    if (!kept) throw notFound();
    return { status: 200, body: { data: kept.wire } };
  });
  return { routes: [create, list, read], desk };
}
