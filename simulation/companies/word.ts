/** What the companies have in common: how they speak, and how they keep what they hold. */
import { type Provider, Refused } from '../../domain/provider-error.ts';

/** A word of a company, before anything is known of how it travels. */
export interface Word {
  readonly message: {
    readonly source: string;
    readonly state: string;
    readonly reference?: string;
    readonly tx_hash?: string;
    readonly [more: string]: unknown;
  };
  /** Our own name of the operation, where the company carries it. */
  readonly name: string | null;
  /** It is told until it is heard: nobody asks about it again. */
  readonly isSure?: boolean;
}

/** Adds to what a place holds. */
export function add(places: Map<string, bigint>, place: string, units: bigint): void {
  places.set(place, (places.get(place) ?? 0n) + units);
}

/** What a place holds. */
export function held(places: ReadonlyMap<string, bigint>, place: string): bigint {
  return places.get(place) ?? 0n;
}

/** A company's clear no. */
export function no(
  provider: Provider,
  operation: string,
  code: string,
  words: string,
  httpStatus = 400,
): Refused {
  return new Refused(words, { provider, operation, code, httpStatus });
}

/** What was found; a company says clearly that there is no such thing. */
export function known<T>(found: T | undefined, provider: Provider): T {
  if (found === undefined) throw no(provider, 'get', '404', 'not found', 404);
  return found;
}
