/** How a company treats a call: it answers, refuses, is away, or leaves open whether it did anything. */
import { type Provider, Refused, Unavailable, Unclear } from '../../domain/provider-error.ts';
import type { Engine } from '../clock/engine.ts';

/** How harsh a world is, from 0 to 1 each. */
export interface Harshness {
  readonly refuses: number;
  readonly away: number;
  /** Asked and left open, half of them with the effect and half without. */
  readonly unclear: number;
  /** Of the events: never sent, sent twice, days late. */
  readonly lost: number;
  readonly twice: number;
  readonly late: number;
  /** Of what was accepted: fails, is denied by the company's rules, is stuck, is taken back later. */
  readonly fails: number;
  readonly denies: number;
  readonly stuck: number;
  readonly takenBack: number;
}

/** A time in which one company leaves every call unclear or unanswered: it begins with one of the calls. */
export interface Outage {
  readonly provider: Provider;
  readonly fromCall: number;
  readonly lastsMs: number;
}

export class Faults {
  /** How often each kind has hit. */
  readonly hits = new Map<string, number>();
  readonly harshness: Harshness;
  readonly #engine: Engine;
  readonly #outage: Outage | undefined;
  #callsBefore = 0;
  #outUntil = 0;

  constructor(engine: Engine, harshness: Harshness, outage: Outage | undefined) {
    this.#engine = engine;
    this.harshness = harshness;
    this.#outage = outage;
  }

  /** Whether a thing of that kind happens now. */
  strikes(kind: keyof Harshness): boolean {
    const hit = this.#engine.random.chance(this.harshness[kind]);
    if (hit) this.count(kind);
    return hit;
  }

  count(kind: string): void {
    this.hits.set(kind, (this.hits.get(kind) ?? 0) + 1);
  }

  /** A call that changes something at the company. Whoever knows the key answers as before, and refuses nothing. */
  write<T>(provider: Provider, operation: string, isKnown: boolean, effect: () => T): T {
    const facts = { provider, operation, code: 'simulated', httpStatus: 400 };
    this.#maybeBreaks(provider);
    if (this.#isOut(provider) || this.strikes('unclear')) {
      if (this.#engine.random.chance(0.5)) this.#quietly(effect);
      throw new Unclear('the connection broke', facts);
    }
    if (this.strikes('away')) throw new Unavailable('come again later', facts);
    if (!isKnown && this.strikes('refuses')) throw new Refused('not like this', facts);
    return effect();
  }

  /** A call that only reads. */
  read<T>(provider: Provider, operation: string, answer: () => T): T {
    if (this.#isOut(provider) || this.strikes('away'))
      throw new Unavailable('come again later', { provider, operation, code: 'simulated' });
    return answer();
  }

  #maybeBreaks(provider: Provider): void {
    if (this.#outage?.provider !== provider) return;
    this.#callsBefore += 1;
    if (this.#callsBefore === this.#outage.fromCall) this.#outUntil = this.#engine.now + this.#outage.lastsMs;
  }

  #isOut(provider: Provider): boolean {
    const isOut = this.#outage?.provider === provider && this.#engine.now < this.#outUntil;
    if (isOut) this.count('outage');
    return isOut;
  }

  #quietly(effect: () => unknown): void {
    try {
      effect();
    } catch {
      // The company would have refused; nobody hears of it.
    }
  }
}
