/** The kill switches in memory; see db/functions/00-switches.sql. */

export class Switches {
  readonly #off = new Map<string, string>();

  off(key: string, reason: string): void {
    this.#off.set(key, reason);
  }

  on(key: string): void {
    this.#off.delete(key);
  }

  /** As the SQL function paused_by. */
  pausedBy(rails: readonly string[]): string | null {
    if (this.#off.size === 0) return null;
    const words = rails.flatMap((key) => (this.#off.has(key) ? [`${key} (${this.#off.get(key)})`] : []));
    return words.length === 0 ? null : words.join(', ');
  }
}
