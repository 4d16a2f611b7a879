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
  /** After this long `overdue` runs once; waiting goes on. */
  readonly overdueAfterSeconds: number;
  readonly overdue: () => Promise<void>;
}

/** Receives messages in any order, repeats included, and hands out those that a step can use. */
export class Inbox<M extends Message> {
  #messages: M[] = [];
  #used: string[] = [];

  /** Takes a message in. */
  receive(message: M): void {
    this.#messages.push(message);
  }

  /** The first message that fits, without waiting; what stood before it stays for later steps. */
  take<T extends M>(fits: (message: M) => message is T): T | undefined {
    const index = this.#messages.findIndex(fits);
    if (index < 0) return undefined;
    const [message] = this.#messages.splice(index, 1);
    if (message?.event_id) this.#used.push(message.event_id);
    return message as T;
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

  /** Ids of the events used since the last call: the next database step marks them. */
  used(): string[] {
    return this.#used.splice(0);
  }

  /** Drops what nobody can use any more, and counts it as used. */
  discard(): number {
    const dropped = this.#messages.splice(0);
    this.#used.push(...dropped.flatMap((message) => (message.event_id ? [message.event_id] : [])));
    return dropped.length;
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
