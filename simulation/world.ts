/** One small world: a customer, a few lifecycles, companies, support; everything in it follows from a seed. */
import { createReviewActivities } from '../activities/platform/review.ts';
import { type Random, randomFrom } from '../chaos/random.ts';
import { operationOf } from '../domain/funding/transfer-report.ts';
import { RAILS } from '../domain/platform/switch.ts';
import { type Bugs, misheard } from './bugs/bugs.ts';
import { plantedActivities } from './bugs/planted-activities.ts';
import { plantedClients } from './bugs/planted-clients.ts';
import { type Activities, Engine, type Execution } from './clock/engine.ts';
import { useEngine } from './clock/temporal.ts';
import { type Companies, clientsOf, openCompanies } from './companies/companies.ts';
import { Faults } from './companies/faults.ts';
import type { Owner } from './database/routing.ts';
import { edgesByName, type Row, Store } from './database/store.ts';
import type { Surroundings } from './database/surroundings.ts';
import { Switches } from './database/switches.ts';
import { SupportDesk } from './desk.ts';
import { ENTRIES } from './entries.ts';
import type { Entry } from './entry.ts';
import { Mail } from './mail.ts';
import { portsOf } from './ports.ts';
import { openFloats } from './treasury.ts';
import { harshness, outage, ownWeather } from './weather.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** What a world may take until it is at rest: far more than any honest life needs. */
const MAX_STEPS = 12_000;
const MAX_MS = 120 * DAY;

/** The edges of all lifecycles: the same in every world. */
let edges: ReadonlyMap<string, string> | undefined;

/** A workflow of this world, by the id of what it is about. */
interface Running {
  readonly owner: Owner;
  readonly execution: Execution;
}

export class World {
  readonly random: Random;
  readonly engine: Engine;
  readonly store: Store;
  readonly companies: Companies;
  readonly faults: Faults;
  readonly entries: readonly Entry[];
  readonly executions = new Map<string, Running>();
  readonly customer = 'customer';
  readonly wallet = { id: 'wallet', circle_wallet_id: 'circle-wallet' };
  readonly treasury = { id: 'treasury', circle_wallet_id: 'circle-treasury' };
  atRest = false;
  readonly #bugs: Bugs;
  readonly #mail: Mail;
  readonly #activities: Activities;
  readonly #switches = new Switches();
  readonly #owners = new Map<string, Owner>();
  readonly #byLifecycle = new Map<string, Entry>();
  /** When the customer's address or name came onto a list. */
  readonly #listed = { address: Number.POSITIVE_INFINITY, name: Number.POSITIVE_INFINITY };
  #accountOpensAt = 0;

  constructor(seed: number, bugs: Bugs) {
    const random = randomFrom(seed);
    const scale = random.pick([0, 1, 1, 2, 4]);
    this.random = random;
    this.#bugs = bugs;
    this.engine = new Engine(random, ownWeather(scale), () => this.#activities);
    this.faults = new Faults(this.engine, harshness(scale), outage(random));
    this.entries = ENTRIES.map((join) => join(this));
    for (const entry of this.entries) this.#byLifecycle.set(entry.declared.name, entry);
    edges ??= edgesByName(this.entries.map(({ declared }) => declared));
    this.store = new Store(edges, bugs);
    const routes = {
      ...{ store: this.store, entryOf: this.entryOf },
      inboundOwner: (transaction: string) => this.#owners.get(transaction) ?? null,
    };
    this.#mail = new Mail(this.engine, this.faults, routes, (owner, message) => this.tell(owner, message));
    this.companies = openCompanies(this.engine, this.faults, (word) => this.#mail.send(word), {
      treasury: this.treasury.circle_wallet_id,
      mayBeDropped: ({ refId }) => {
        const lifecycle = operationOf(refId)?.lifecycle;
        return lifecycle !== undefined && this.entryOf(lifecycle).hearsOfDroppedTransfers;
      },
    });
    const desk = new SupportDesk(this);
    this.store.now = () => this.engine.now;
    this.store.onReview = (review) => desk.take(review);
    this.#activities = this.#made();
  }

  #made(): Activities {
    const around: Surroundings = {
      wallets: new Map([[this.wallet.circle_wallet_id, { id: this.wallet.id, user_id: this.customer }]]),
      treasury: this.treasury,
      now: () => this.engine.now,
      account: () => (this.engine.now >= this.#accountOpensAt ? this.customer : null),
      pausedBy: (rails) => this.#switches.pausedBy(rails),
      sanctioned: (what) => (this.engine.now >= this.#listed[what] ? `list-of-${what}` : null),
    };
    const ports = portsOf(plantedClients(clientsOf(this.companies), this.#bugs), {
      ...{ store: this.store, around },
      functions: Object.assign({}, ...this.entries.map((entry) => entry.functions(this.store, around))),
      rails: (lifecycle, id) => this.entryOf(lifecycle).rails(this.store.row(id)),
    });
    const made = [createReviewActivities(ports), ...this.entries.map((entry) => entry.activities(ports))];
    return plantedActivities(Object.assign({}, ...made), this.#bugs);
  }

  readonly entryOf = (lifecycle: string): Entry => {
    const entry = this.#byLifecycle.get(lifecycle);
    if (!entry) throw new Error(`the simulation plays no ${lifecycle}`);
    return entry;
  };

  readonly listedAt = (what: 'address' | 'name'): number => this.#listed[what];

  /** Plays the world until nothing happens any more. */
  async play(): Promise<void> {
    useEngine(this.engine);
    openFloats(this);
    this.#surprises();
    // Any of the lifecycles, alone or together.
    const chosen = this.random.integer(1, 2 ** this.entries.length - 1);
    this.entries.forEach((entry, place) => {
      if (chosen & (1 << place)) entry.begin();
    });
    this.atRest = await this.engine.runToRest(MAX_STEPS, MAX_MS);
  }

  /** An account that opens late, a switch that is off for a while, a list that names the customer. */
  #surprises(): void {
    const { random, engine } = this;
    if (random.chance(0.05)) this.#accountOpensAt = random.integer(1, 24) * HOUR;
    for (const what of ['address', 'name'] as const)
      if (random.chance(0.02)) this.#listed[what] = random.integer(0, 30) * HOUR;
    if (!random.chance(0.08)) return;
    const key = random.pick([
      ...RAILS.filter((rail) => !/^chain:(?!base)|^wires/.test(rail)),
      `user:${this.customer}`,
    ]);
    const from = random.integer(0, random.chance(0.5) ? 40 : 24 * 60) * MINUTE;
    engine.after(from, () => this.#switches.off(key, 'maintenance'));
    engine.after(from + random.integer(1, 600) * MINUTE, () => {
      this.#switches.on(key);
      if (random.chance(0.5))
        this.wake({ source: 'staff.released' }, ({ waiting_for }) => waiting_for === 'paused');
    });
  }

  /** Whose a transfer into the customer's wallet is. */
  owns(transaction: string, owner: Owner): void {
    this.#owners.set(transaction, owner);
  }

  /** Says something to all that wait for it, one after the other. */
  wake(message: { readonly source: string }, waits: (row: Row) => boolean): void {
    for (const row of this.store.rows.values())
      if (waits(row)) this.engine.after(0, () => this.tell(row, message));
  }

  /** Says something to the workflow; one that has ended or never began starts with it. */
  tell(owner: Owner, message: object): void {
    const row = this.store.rows.get(owner.id) as { readonly circle_transfer_ref?: string | null } | undefined;
    const heard = misheard(
      this.#bugs,
      message as Parameters<typeof misheard>[1],
      row?.circle_transfer_ref ?? null,
    );
    if (heard === null) return;
    this.engine.tell(this.#running(owner), 'providerEvent', heard).catch(() => {});
  }

  /** Asks the workflow for something; one that has ended or never began starts with it. */
  ask(owner: Owner, update: string, input: object): Promise<unknown> {
    return this.engine.tell(this.#running(owner), update, input);
  }

  /** Asks a workflow that runs; undefined when it has ended. */
  askRunning(owner: Owner, update: string, input: object): Promise<unknown> | undefined {
    return this.executions.get(owner.id)?.execution.ended === false
      ? this.ask(owner, update, input)
      : undefined;
  }

  #running(owner: Owner): Execution {
    const { lifecycle, id } = owner;
    const running = this.executions.get(id)?.execution;
    if (running && !running.ended) return running;
    const execution = this.engine.start(() => this.entryOf(lifecycle).workflow(id));
    this.executions.set(id, { owner: { lifecycle, id }, execution });
    return execution;
  }
}
