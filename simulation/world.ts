/** One small world: a customer, a few transfers, companies, support; everything in it follows from a seed. */
import { type Random, randomFrom } from '../chaos/random.ts';
import { depositLifecycle } from '../domain/funding/deposit.ts';
import { operationOf } from '../domain/funding/transfer-report.ts';
import { deposit } from '../workflows/funding/deposit.ts';
import { depositActivities } from './activities.ts';
import { FIRM } from './broker.ts';
import { type Bugs, misheard } from './bugs.ts';
import { Companies } from './companies.ts';
import { DepositFunctions, type DepositRow } from './deposit-functions.ts';
import { SupportDesk } from './desk.ts';
import { Engine, type Execution } from './engine.ts';
import { Faults, type Harshness } from './faults.ts';
import { isNewsFor } from './routing.ts';
import { type Inbound, Store } from './store.ts';
import { useEngine } from './temporal.ts';
import type { Word } from './words.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What a world may take until it is at rest: far more than any honest life needs. */
const MAX_STEPS = 4_000;
const MAX_MS = 120 * DAY;
/** So often an event is said again to a workflow that does not use it. */
const REPEATS = 30;
const FLOAT = 10n ** 13n;

export class World {
  readonly engine: Engine;
  readonly store: Store;
  readonly companies: Companies;
  readonly faults: Faults;
  readonly executions = new Map<string, Execution>();
  readonly customer = 'customer';
  readonly wallet = { id: 'wallet', circle_wallet_id: 'circle-wallet' };
  readonly treasury = { id: 'treasury', circle_wallet_id: 'circle-treasury' };
  /** Transfers at Circle by the deposit that each is. */
  readonly sent = new Map<string, { readonly token: string; readonly units: bigint }>();
  atRest = false;
  readonly #heard = new Set<string>();
  readonly #bugs: Bugs;
  readonly #random: Random;
  readonly #idOf = new Map<string, string>();
  readonly #journalWords = new Map<string, string>();
  #accountOpensAt = 0;

  constructor(seed: number, bugs: Bugs) {
    const random = randomFrom(seed);
    this.#random = random;
    this.#bugs = bugs;
    const scale = random.pick([0, 0.5, 1, 1, 3]);
    const own = { databaseAway: 0.01 * scale, answerLost: 0.01 * scale, workerDies: 0.015 * scale };
    this.engine = new Engine(
      random,
      own,
      new Proxy({}, { get: (_, name: string) => this.#activities[name] }),
    );
    this.store = new Store([depositLifecycle], bugs);
    this.faults = new Faults(this.engine, harshness(scale), outage(random));
    this.companies = new Companies(this.engine, this.faults, (word) => this.#travel(word));
    this.store.onReview = (review) => new SupportDesk(this).take(review);
    this.#activities = depositActivities(this.companies.clients(), this.store, this.#functions(), bugs);
  }

  readonly #activities: Readonly<Record<string, (...input: never[]) => Promise<unknown>>>;

  #functions() {
    const around = {
      wallets: new Map([[this.wallet.circle_wallet_id, { id: this.wallet.id, user_id: this.customer }]]),
      treasury: this.treasury,
      account: () => (this.engine.now >= this.#accountOpensAt ? this.customer : null),
      lastJournalWord: (reference: string) => this.#journalWords.get(reference) ?? null,
    };
    return new DepositFunctions(this.store, around).byName();
  }

  /** Plays the world until nothing happens any more. */
  async play(): Promise<void> {
    useEngine(this.engine);
    this.#openBooks();
    this.#surprises();
    const transfers = this.#random.integer(1, 3);
    for (let number = 0; number < transfers; number += 1) this.#transfer(number, transfers === 1);
    this.atRest = await this.engine.runToRest(MAX_STEPS, MAX_MS);
  }

  #openBooks(): void {
    const { ledger } = this.store;
    const isShort = this.#random.chance(0.05);
    const firm = isShort ? 10n ** 8n : FLOAT;
    const fill = (name: string, units: bigint) => {
      ledger.post(name, [
        { account: 'alpaca_firm', amount: units.toString() },
        { account: 'company_float', amount: (-units).toString() },
      ]);
      this.companies.broker.accounts.set(FIRM, (this.companies.broker.accounts.get(FIRM) ?? 0n) + units);
    };
    fill('opening', firm);
    if (isShort) {
      this.engine.after(this.#random.integer(1, 48) * HOUR, () => {
        fill('refill', FLOAT);
        for (const id of this.executions.keys()) this.tell(id, { source: 'treasury.float' });
      });
    }
    ledger.post('opening:treasury', [
      { account: 'treasury_wallet', owner: this.treasury.id, amount: FLOAT.toString() },
      { account: 'company_float_usdc', amount: (-FLOAT).toString() },
    ]);
    this.companies.wallets.set(this.treasury.circle_wallet_id, FLOAT);
  }

  #surprises(): void {
    if (this.#random.chance(0.05)) this.#accountOpensAt = this.#random.integer(1, 72) * HOUR;
    if (!this.#random.chance(0.05)) return;
    this.engine.after(this.#random.integer(0, 40) * MINUTE, () => {
      this.store.paused = 'maintenance';
    });
    this.engine.after(this.#random.integer(41, 600) * MINUTE, () => {
      this.store.paused = null;
      if (this.#random.chance(0.5)) return;
      for (const id of this.executions.keys()) this.tell(id, { source: 'staff.released' });
    });
  }

  #transfer(number: number, isAlone: boolean): void {
    const { random } = this.engine;
    const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
    const units = random.chance(0.1)
      ? BigInt(random.integer(1, 9_999))
      : BigInt(random.integer(1, 500_000)) * 10_000n +
        (random.chance(0.4) ? BigInt(random.integer(1, 9_999)) : 0n);
    const token = random.chance(0.04) ? 'another-token' : 'USDC';
    const transaction = `inbound-${number}`;
    this.#idOf.set(transaction, id);
    this.sent.set(id, { token, units });
    this.engine.after(random.integer(0, 90) * MINUTE, () =>
      this.companies.receive(transaction, this.wallet.circle_wallet_id, token, units, isAlone),
    );
  }

  /** How a company's word comes to us: at once, late, twice, or never. */
  #travel(word: Word): void {
    const { random } = this.engine;
    const { source, state, reference } = word.message;
    // The broker's stream is read from its cursor: nothing of it is lost, and the database knows the newest word.
    const isStream = source === 'alpaca.journal';
    const isLost = !word.isSure && !isStream && this.faults.strikes('lost');
    let delay = random.chance(0.8) ? random.integer(50, 5_000) : random.integer(5, 600) * SECOND;
    if (this.faults.strikes('late')) delay = random.integer(1, 72) * HOUR;
    if (isLost) {
      // The sweep finds transfers that nobody told us of; everything else is looked up by whoever waits for it.
      if (source !== 'circle.inbound' || state !== 'complete') return;
      delay = 10 * MINUTE;
    }
    const event: Inbound = { id: String(this.store.inbound.length), message: word.message, used: false };
    this.store.inbound.push(event);
    const twice = this.faults.strikes('twice');
    this.engine.after(delay, () => {
      if (isStream && reference) this.#journalWords.set(reference, state);
      this.#hear(word, event, REPEATS);
    });
    if (twice) this.engine.after(delay + random.integer(1, 900) * SECOND, () => this.#hear(word, event, 0));
  }

  /** Routes an event as the database does, and again while no step has used it. */
  #hear(word: Word, event: Inbound, repeats: number): void {
    if (event.used && repeats < REPEATS) return;
    this.#heard.add(event.id);
    const id = this.#ownerOf(word);
    if (id !== null) {
      const isFirst = repeats === REPEATS;
      if (isFirst && !isNewsFor(this.store, id, word)) event.used = true;
      else this.tell(id, { ...word.message, event_id: event.id });
    }
    if (repeats > 0) this.engine.after(5 * MINUTE, () => event.used || this.#hear(word, event, repeats - 1));
  }

  /** Whether the event has reached us. */
  wasHeard(eventId: string): boolean {
    return this.#heard.has(eventId);
  }

  #ownerOf({ message, name }: Word): string | null {
    if (message.source === 'circle.inbound')
      return this.#idOf.get(String(message.circle_transaction_id)) ?? null;
    if (name !== null) return operationOf(name)?.subjectId ?? null;
    for (const { subject, tx_hash } of this.store.operations.values()) {
      if (tx_hash !== undefined && tx_hash === message.tx_hash) return subject;
    }
    return null;
  }

  /** Says something to the workflow; one that has ended or never began starts with it. */
  tell(id: string, message: Word['message'] | { readonly source: string }): void {
    const row = this.store.rows.get(id) as DepositRow | undefined;
    const heard = misheard(this.#bugs, message, row?.circle_transfer_ref ?? null);
    if (heard === null) return;
    let execution = this.executions.get(id);
    if (!execution || execution.ended) {
      execution = this.engine.start(() => deposit({ deposit_id: id }));
      this.executions.set(id, execution);
    }
    this.engine.tell(execution, 'providerEvent', heard).catch(() => {});
  }
}

function harshness(scale: number): Harshness {
  return {
    ...{ refuses: 0.01 * scale, away: 0.02 * scale, unclear: 0.02 * scale },
    ...{ lost: 0.05 * scale, twice: 0.05 * scale, late: 0.02 * scale },
    ...{ fails: 0.02 * scale, stuck: 0.01 * scale, takenBack: 0.005 * scale },
  };
}

function outage(random: Random) {
  if (!random.chance(0.04)) return undefined;
  const from = random.integer(0, 120) * MINUTE;
  return {
    provider: random.pick(['circle', 'mint', 'alpaca'] as const),
    from,
    until: from + random.integer(1, 180) * MINUTE,
  };
}
