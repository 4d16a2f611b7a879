/** Messages that a workflow has received and not used yet, and the one way to wait for one. */
import { condition, log } from '@temporalio/workflow';

/** What every message may carry: the id of the stored event, so that it can be marked as used. */
export interface Message {
  readonly source: string;
  readonly event_id?: string;
}

/** How long to wait and what to do meanwhile. */
export interface Wait<M extends Message> {
  /** Shown beside the timer. */
  readonly summary: string;
  /** Pauses before each look-up, in seconds; the last one repeats. */
  readonly lookUpAfterSeconds: readonly number[];
  /** Asks the provider; null while there is nothing new. */
  readonly lookUp: () => Promise<M | null>;
  /** Runs once when the wait outlasts its first pause: what is over at once need not be shown. */
  readonly lasts?: () => void;
  /** After this long `overdue` runs once; waiting goes on. */
  readonly overdueAfterSeconds: number;
  readonly overdue: () => Promise<void>;
}

/**
 * Receives messages in any order, repeats included, and hands out those that a step can use. A message
 * counts as received for good once it is here, because the history holds it: its event is acknowledged
 * with the next database step, whether or not anybody uses it.
 */
export class Inbox<M extends Message> {
  readonly #acknowledge: (eventIds: string[]) => Promise<void>;
  readonly #seen = new Set<string>();
  #messages: M[] = [];
  #received: string[] = [];

  /** `acknowledge` marks events in the database; it is called when no other step does it for long. */
  constructor(acknowledge: (eventIds: string[]) => Promise<void>) {
    this.#acknowledge = acknowledge;
  }

  /** Takes a message in; the repeat of an event is dropped. */
  receive(message: M): void {
    const { event_id } = message;
    if (event_id !== undefined) {
      this.#received.push(event_id);
      if (this.#seen.has(event_id)) return;
      this.#seen.add(event_id);
    }
    this.#messages.push(message);
  }

  /** The first message that fits, without waiting; what stood before it stays for later steps. */
  take<T extends M>(fits: (message: M) => message is T): T | undefined {
    const index = this.#messages.findIndex(fits);
    if (index < 0) return undefined;
    return this.#messages.splice(index, 1)[0] as T;
  }

  isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** Whether a message that fits is there. */
  has(fits: (message: M) => boolean): boolean {
    return this.#messages.some(fits);
  }

  /** The first message that fits, left where it is. */
  peek<T extends M>(fits: (message: M) => message is T): T | undefined {
    return this.#messages.find(fits);
  }

  /** Ids of the events received since the last call: the next database step marks them. */
  received(): string[] {
    return this.#received.splice(0);
  }

  /** Whether everything that came in is acknowledged. */
  isAcknowledged(): boolean {
    return this.#received.length === 0;
  }

  /** Acknowledges what no step has acknowledged yet. */
  async flush(): Promise<void> {
    if (this.#received.length > 0) await this.#acknowledge(this.received());
  }

  /** Waits until `done`, acknowledging what comes in meanwhile, so that nobody sends it again. */
  async idleUntil(done: () => boolean): Promise<void> {
    while (!done()) {
      await this.flush();
      await condition(() => done() || this.#received.length > 0);
    }
  }

  /**
   * Waits for a message that fits. Every wait has three exits: the event, a look-up after growing
   * pauses (the event may be lost), and a deadline after which a person is told while we go on waiting.
   */
  async wait<T extends M>(fits: (message: M) => message is T, wait: Wait<M>): Promise<T> {
    let waitedSeconds = 0;
    let told = false;
    for (let round = 0; ; round += 1) {
      const early = this.take(fits);
      if (early) return early;
      const pauses = wait.lookUpAfterSeconds;
      const pause = pauses[Math.min(round, pauses.length - 1)] ?? 60;
      const arrived = () => this.#messages.some(fits);
      if (await condition(arrived, pause * 1000, { summary: wait.summary })) continue;
      waitedSeconds += pause;
      if (round === 0) wait.lasts?.();
      await this.flush();
      const found = await wait.lookUp();
      if (found) this.receive(found);
      else log.debug('look-up brought nothing new', { summary: wait.summary, waitedSeconds });
      if (!told && waitedSeconds >= wait.overdueAfterSeconds && !arrived()) {
        told = true;
        await wait.overdue();
      }
    }
  }
}
