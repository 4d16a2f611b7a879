/** Long lists that are gone through a part in each round. */
import type { Database } from '../../db/client.ts';
import { cursorOf, moveCursor } from '../../db/funding/sweep-queries.ts';

/** A list in the order of its ids. */
interface TakenInTurn<T> {
  /** Name of the place that the last round has come to. */
  readonly cursor: string;
  /** How many a round takes. */
  readonly limit: number;
  /** Up to `limit` of them after an id; all ids come after the empty one. */
  read(after: string, limit: number): Promise<readonly T[]>;
  idOf(one: T): string;
}

/**
 * Works on the next part of a list; the round after the last part begins anew. Where the work fails, the next round
 * takes the same part.
 */
export async function inTurn<T>(
  database: Database,
  { cursor, limit, read, idOf }: TakenInTurn<T>,
  work: (part: readonly T[]) => Promise<void>,
): Promise<void> {
  const part = await read((await cursorOf(database, cursor)) ?? '', limit);
  await work(part);
  const last = part.at(-1);
  await moveCursor(database, cursor, last !== undefined && part.length === limit ? idOf(last) : '');
}
