/**
 * Which money is which: follows each unit of a customer from where it came in to where it is now, through the postings
 * on their accounts. The rules are in docs/ledger-proofs.md. A USDC and a dollar are the same number of units.
 */
import type { AccountKindName } from './ledger.ts';

/** A posting on one of a customer's accounts. */
export interface CustomerPosting {
  readonly transaction_id: string;
  readonly lifecycle: string;
  readonly subject_id: string | null;
  readonly event: string;
  readonly at: string;
  readonly account_id: string;
  readonly account: AccountKindName;
  /** Smallest units; positive when what the customer has there grows. */
  readonly grows: bigint;
}

/** A ledger transaction, as far as tracing names it. */
export type TraceStep = Omit<CustomerPosting, 'account_id' | 'account' | 'grows'>;

/** Units that belong together: they came in with one transaction and were moved last by one lifecycle. */
export interface Lot {
  readonly units: bigint;
  /** The transaction with which they came to us. */
  readonly origin: TraceStep;
  /** The transaction that put them where they are. */
  readonly moved: TraceStep;
}

/** Units that one transaction moved; `from` and `to` are absent when they came to us or left us. */
export interface Movement extends Lot {
  readonly from?: AccountKindName;
  readonly to?: AccountKindName;
  /** True when the lifecycle had not moved these units before. */
  readonly taken: boolean;
}

export interface Trace {
  readonly movements: readonly Movement[];
  /** What is with us, and where. */
  readonly held: readonly (Lot & { readonly account: AccountKindName })[];
  /** What left us; `moved` names the transaction it left with. */
  readonly left: readonly Lot[];
}

interface Account {
  readonly kind: AccountKindName;
  lots: Lot[];
}

interface Group {
  readonly step: TraceStep;
  readonly postings: CustomerPosting[];
}

/** What a person calls the one who moved money: the lifecycle with its id. */
const moverOf = ({ lifecycle, subject_id, transaction_id }: TraceStep): string =>
  `${lifecycle}:${subject_id ?? transaction_id}`;

/** Follows the postings, given in the order of their transactions. */
export function traceMoney(postings: readonly CustomerPosting[]): Trace {
  const book = new Book();
  let open = groupsOf(postings);
  // Of two transactions at once the one with the lower number may have been the later one: it waits until what it
  // took is there. A round without any progress cannot come from a guarded ledger; it ends all the same.
  while (open.length > 0) {
    const later = open.filter((group) => !book.apply(group, false));
    if (later.length === open.length) book.apply(later.shift() as Group, true);
    open = later;
  }
  return book.trace();
}

function groupsOf(postings: readonly CustomerPosting[]): Group[] {
  const groups = new Map<string, Group>();
  for (const posting of postings) {
    const { account_id, account, grows, ...step } = posting;
    const group = groups.get(step.transaction_id) ?? { step, postings: [] };
    group.postings.push(posting);
    groups.set(step.transaction_id, group);
  }
  return [...groups.values()];
}

class Book {
  readonly #accounts = new Map<string, Account>();
  readonly #movements: Movement[] = [];
  #left: Lot[] = [];
  readonly #births = new Map<string, number>();

  /** Moves the units of one transaction. False, and nothing done, when its accounts do not hold them. */
  apply({ step, postings }: Group, force: boolean): boolean {
    const leaving = postings.filter(({ grows }) => grows < 0n);
    const missing = leaving.some((one) => this.#balance(one.account_id) < -one.grows);
    if (missing && !force) return false;
    const pool = leaving.flatMap((one) =>
      this.#take(this.#account(one), -one.grows, step).map((lot) => ({ lot, from: one.account })),
    );
    for (const one of postings.filter(({ grows }) => grows > 0n)) this.#give(one, step, pool);
    for (const { lot, from } of pool) {
      this.#left.push({ ...lot, moved: step });
      this.#record(lot, step, { from });
    }
    return true;
  }

  trace(): Trace {
    const held = [...this.#accounts.values()].flatMap(({ kind, lots }) =>
      lots.map((lot) => ({ ...lot, account: kind })),
    );
    return { movements: this.#movements, held, left: this.#left };
  }

  /** Fills an account from what the transaction took, then from what its lifecycle had let go, then from outside. */
  #give(one: CustomerPosting, step: TraceStep, pool: { lot: Lot; from: AccountKindName }[]): void {
    const account = this.#account(one);
    let wanted = one.grows;
    while (wanted > 0n && pool.length > 0) {
      const { lot, from } = pool.shift() as { lot: Lot; from: AccountKindName };
      const units = lot.units < wanted ? lot.units : wanted;
      if (units < lot.units) pool.unshift({ lot: { ...lot, units: lot.units - units }, from });
      this.#put(account, { ...lot, units }, step, { from });
      wanted -= units;
    }
    if (wanted === 0n) return;
    // What it let go last comes back first.
    const back = split(this.#left.toReversed(), wanted, (lot) => moverOf(lot.moved) === moverOf(step));
    this.#left = back.rest.toReversed();
    for (const lot of back.taken) {
      this.#put(account, lot, step, {});
      wanted -= lot.units;
    }
    if (wanted === 0n) return;
    this.#births.set(step.transaction_id, this.#births.size);
    this.#record({ units: wanted, origin: step, moved: step }, step, { to: one.account, taken: true });
    account.lots.push({ units: wanted, origin: step, moved: step });
  }

  #put(account: Account, lot: Lot, step: TraceStep, { from }: { from?: AccountKindName }): void {
    this.#record(lot, step, { to: account.kind, ...(from === undefined ? {} : { from }) });
    account.lots.push({ ...lot, moved: step });
  }

  /** First what this lifecycle put there itself, then what came to us first. */
  #take(account: Account, units: bigint, step: TraceStep): Lot[] {
    const own = (lot: Lot) => moverOf(lot.moved) === moverOf(step);
    const age = (lot: Lot) => this.#births.get(lot.origin.transaction_id) ?? 0;
    const ordered = account.lots
      .map((lot, index) => ({ lot, index }))
      .sort((a, b) => Number(own(b.lot)) - Number(own(a.lot)) || age(a.lot) - age(b.lot) || a.index - b.index)
      .map(({ lot }) => lot);
    const { taken, rest } = split(ordered, units, () => true);
    account.lots = rest;
    return taken;
  }

  #record(
    lot: Lot,
    step: TraceStep,
    way: { from?: AccountKindName; to?: AccountKindName; taken?: boolean },
  ): void {
    const taken = moverOf(lot.moved) !== moverOf(step);
    this.#movements.push({ taken, ...way, units: lot.units, origin: lot.origin, moved: step });
  }

  #account({ account_id, account }: CustomerPosting): Account {
    const found = this.#accounts.get(account_id) ?? { kind: account, lots: [] };
    this.#accounts.set(account_id, found);
    return found;
  }

  #balance(accountId: string): bigint {
    return (this.#accounts.get(accountId)?.lots ?? []).reduce((total, { units }) => total + units, 0n);
  }
}

/** Takes units off the lots that fit, from the front; the last one is cut. */
function split(
  lots: readonly Lot[],
  units: bigint,
  fits: (lot: Lot) => boolean,
): { taken: Lot[]; rest: Lot[] } {
  const taken: Lot[] = [];
  const rest: Lot[] = [];
  let wanted = units;
  for (const lot of lots) {
    const now = !fits(lot) || wanted === 0n ? 0n : lot.units < wanted ? lot.units : wanted;
    if (now > 0n) taken.push({ ...lot, units: now });
    if (now < lot.units) rest.push({ ...lot, units: lot.units - now });
    wanted -= now;
  }
  return { taken, rest };
}
