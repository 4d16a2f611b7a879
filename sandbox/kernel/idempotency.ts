/** Answers kept by idempotency key, written in the same transaction as the effect they answer for. */
import { createHash } from 'node:crypto';
import type { Store } from './store.ts';

export type KeptAnswer = { scope: string; key: string; digest: string; status: number; body: unknown };

export type Idempotency = {
  /** The answer that this key already got within this scope (company and operation). */
  recall(scope: string, key: string): KeptAnswer | undefined;
  /** Keep the answer. Call it inside the transaction of the effect. */
  remember(answer: KeptAnswer): void;
};

/** A stable digest of a JSON value: the order of object keys does not matter. */
export function digestOf(value: unknown): string {
  const sorted = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(sorted);
    if (part === null || typeof part !== 'object') return part;
    const entries = Object.entries(part).filter(([, inner]) => inner !== undefined);
    return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]);
  };
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)) ?? 'undefined')
    .digest('hex');
}

/** Opens the table of kept answers. */
export function createIdempotency(store: Store): Idempotency {
  const table = store.table<KeptAnswer>('answers', { id: (answer) => `${answer.scope} ${answer.key}` });
  return {
    recall: (scope, key) => table.get(`${scope} ${key}`),
    remember: (answer) => void table.insert(answer),
  };
}
