/** Gathers what arrives while the last batch is being stored: one round trip for many events under load. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface EventBatches<Item> {
  /** Queues an item; storing begins after `gatherMs` when nothing is being stored. */
  push(item: Item): void;
  /** Resolves when everything queued so far is stored; rejects with what storing failed with. */
  settled(): Promise<void>;
}

/**
 * Batches in order of arrival, one at a time.
 * `onError` is called once, with the first failure; nothing is stored after it, because the reader then starts
 * anew from the stored cursor and the same items come again.
 */
export function createEventBatches<Item>(options: {
  readonly limit: number;
  /** How long to wait for more before the first batch; 0 unless told. */
  readonly gatherMs?: number;
  readonly store: (items: readonly Item[]) => Promise<void>;
  readonly onError: (error: unknown) => void;
}): EventBatches<Item> {
  const queue: Item[] = [];
  let running: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;
  const drain = async (): Promise<void> => {
    try {
      if (options.gatherMs) await sleep(options.gatherMs);
      while (queue.length > 0) await options.store(queue.splice(0, options.limit));
    } catch (error) {
      failure = { error };
      queue.length = 0;
      options.onError(error);
    } finally {
      running = undefined;
    }
  };
  return {
    push(item) {
      if (failure) return;
      queue.push(item);
      running ??= drain();
    },
    async settled() {
      while (running) await running;
      if (failure) throw failure.error;
    },
  };
}
