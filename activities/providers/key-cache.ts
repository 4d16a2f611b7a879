/** Remembers the keys that notifications are signed with, and which ones do not exist. */
import { type Provider, Unavailable } from '../../domain/provider-error.ts';

interface KeyCacheOptions<Key> {
  readonly provider: Provider;
  /** Fetches a key; null when the company says that there is none of that name. */
  readonly load: (name: string) => Promise<Key | null>;
  readonly now?: () => number;
}

const MAX_KEYS = 100;
const MAX_UNKNOWN = 1_000;
const UNKNOWN_FOR_MS = 5 * 60_000;
/** Real keys rotate rarely: more look-ups than this in a minute are somebody guessing. */
const LOOKUPS_PER_MINUTE = 20;

/** Finds a key by name, or null when there is none. */
type KeyCache<Key> = (name: string) => Promise<Key | null>;

/**
 * A cache in front of `load`. Known keys stay; unknown names are remembered for five minutes; concurrent
 * questions for one name share one look-up; and a flood of invented names is stopped by a budget.
 * @throws Unavailable when the budget of the minute is used up (the sender will try again), and what `load` throws.
 */
export function createKeyCache<Key>({ provider, load, now = Date.now }: KeyCacheOptions<Key>): KeyCache<Key> {
  const known = new Map<string, Key>();
  const unknownUntil = new Map<string, number>();
  const underway = new Map<string, Promise<Key | null>>();
  let windowStart = 0;
  let lookups = 0;

  function spendLookup(): void {
    if (now() - windowStart >= 60_000) {
      windowStart = now();
      lookups = 0;
    }
    lookups += 1;
    if (lookups <= LOOKUPS_PER_MINUTE) return;
    throw new Unavailable(`${provider}: too many unknown signature keys`, {
      provider,
      operation: 'findKey',
      code: 'key_lookup_budget',
      retryAfterMs: Math.max(0, windowStart + 60_000 - now()),
    });
  }

  async function look(name: string): Promise<Key | null> {
    const key = await load(name);
    if (key === null) keep(unknownUntil, name, now() + UNKNOWN_FOR_MS, MAX_UNKNOWN);
    else keep(known, name, key, MAX_KEYS);
    return key;
  }

  return async (name) => {
    const key = known.get(name);
    if (key !== undefined) return key;
    if ((unknownUntil.get(name) ?? 0) > now()) return null;
    const running = underway.get(name);
    if (running !== undefined) return running;
    spendLookup();
    const looking = look(name).finally(() => underway.delete(name));
    underway.set(name, looking);
    return looking;
  };
}

/** Maps keep insertion order, so the first entry is the oldest. */
function keep<Value>(map: Map<string, Value>, name: string, value: Value, limit: number): void {
  map.delete(name);
  map.set(name, value);
  const oldest = map.keys().next();
  if (map.size > limit && !oldest.done) map.delete(oldest.value);
}
