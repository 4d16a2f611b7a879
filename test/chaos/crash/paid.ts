/** What was really paid for lifecycles, by the sandbox's memory. */
import { payments } from '../../support/books.ts';
import type { Cast } from './cast.ts';

/** A payment by which money has moved. */
export type Paid = readonly [company: string, amount: string];

const sorted = (paid: readonly Paid[]) => paid.map((one) => one.join(' ')).sort();

/** Throws unless for each of these exactly `wanted` moved under its own reference. What failed moved nothing. */
export async function paidFor(cast: Cast, ids: readonly string[], wanted: readonly Paid[]): Promise<void> {
  const all = (await payments(cast.stage.stack)).filter(({ effective }) => effective);
  for (const id of ids) {
    const paid = all
      .filter(({ reference }) => reference?.split(':')[1] === id)
      .map(({ company, amount }): Paid => [company, Number(amount).toFixed(2)]);
    const [ours, theirs] = [sorted(wanted), sorted(paid)];
    if (ours.join() !== theirs.join())
      throw new Error(`${id} was paid for by ${theirs.join(', ') || 'nobody'} instead of ${ours.join(', ')}`);
  }
}
