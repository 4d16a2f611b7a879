/** How a company's word comes to us: at once, late, twice, or never; and how the sweep says again what nobody used. */
import type { Engine } from './clock/engine.ts';
import type { Faults } from './companies/faults.ts';
import type { Word } from './companies/word.ts';
import { isVouchedFor, type Owner, ownerOf, type Routes, routeOf } from './database/routing.ts';
import type { Inbound } from './database/store.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** So often the sweep says an event again that nobody uses, first every five minutes, then every hour. */
const QUICK_REPEATS = 24;
const REPEATS = QUICK_REPEATS + 7 * 24;

export class Mail {
  readonly #engine: Engine;
  readonly #faults: Faults;
  readonly #routes: Routes;
  readonly #tell: (owner: Owner, message: object) => void;
  /** The broker's stream is read from its cursor, in its order: nothing of it is lost. */
  #streamReadAt = 0;

  constructor(engine: Engine, faults: Faults, routes: Routes, tell: (owner: Owner, message: object) => void) {
    this.#engine = engine;
    this.#faults = faults;
    this.#routes = routes;
    this.#tell = tell;
  }

  /** A company says something. */
  send(word: Word): void {
    const { store } = this.#routes;
    const event: Inbound = { id: String(store.inbound.length), word, stored: false, used: false };
    store.inbound.push(event);
    const delay = this.#delay(word);
    if (delay === null) return;
    const twice = this.#faults.strikes('twice');
    this.#engine.after(delay, () => this.#arrive(event));
    if (!twice) return;
    this.#engine.after(delay + this.#engine.random.integer(1, 900) * SECOND, () => this.#deliver(event));
  }

  /** Null for a word that never comes. */
  #delay({ message, isSure }: Word): number | null {
    const { random, now } = this.#engine;
    const { source, state } = message;
    let delay = random.chance(0.8) ? random.integer(50, 5_000) : random.integer(5, 600) * SECOND;
    if (source === 'alpaca.journal') {
      if (this.#faults.strikes('late')) delay = random.integer(1, 5) * HOUR;
      this.#streamReadAt = Math.max(this.#streamReadAt, now + delay);
      return this.#streamReadAt - now;
    }
    const isLost = isSure !== true && this.#faults.strikes('lost');
    if (this.#faults.strikes('late')) delay = random.integer(1, 72) * HOUR;
    if (!isLost) return delay;
    // The sweep finds transfers that nobody told us of; everything else is looked up by whoever waits for it.
    return source === 'circle.inbound' && state === 'complete' ? 10 * MINUTE : null;
  }

  /** The event is stored, and routed for the first time. The signal may be lost: the sweep says it again. */
  #arrive(event: Inbound): void {
    this.#routes.store.keep(event);
    const route = routeOf(this.#routes, event.word);
    if (route === 'nobody') event.used = true;
    else if (route !== 'later') {
      event.owner = route;
      if (!this.#faults.strikes('lost')) this.#say(route, event);
    }
    this.#sweep(event, 0);
  }

  #sweep(event: Inbound, repeats: number): void {
    if (event.used || repeats === REPEATS) return;
    this.#engine.after(repeats < QUICK_REPEATS ? 5 * MINUTE : HOUR, () => {
      this.#deliver(event);
      this.#sweep(event, repeats + 1);
    });
  }

  /** Says an event again while no step has used it. */
  #deliver(event: Inbound): void {
    if (event.used || !event.stored) return;
    if (!event.owner && isVouchedFor(this.#routes, event.word)) event.used = true;
    const owner = event.owner ?? ownerOf(this.#routes, event.word);
    if (owner) this.#say(owner, event);
  }

  #say(owner: Owner, { id, word }: Inbound): void {
    this.#tell(owner, { ...word.message, event_id: id });
  }
}
