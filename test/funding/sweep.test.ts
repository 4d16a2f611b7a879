/** The sweep reads on where it stopped, however many transfers have come in since. */
import { randomUUID } from 'node:crypto';
import { createSweepActivities } from '../../activities/funding/sweep.ts';
import type { CircleTransaction } from '../../activities/providers/circle/mapping.ts';
import { openDatabase } from '../../db/client.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const MINUTE_MS = 60_000;

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database?.drop());

/** A Circle with that many inbound transfers, one a second, a page of one each. */
function circleWith(count: number, from: number) {
  const asked: string[] = [];
  const listInbound = async ({ since, cursor }: { since: string; cursor?: string }) => {
    if (cursor === undefined) asked.push(since);
    const first = Math.max(0, Math.ceil((Date.parse(since) - from) / 1_000));
    const index = cursor === undefined ? first : Number(cursor);
    const transaction = { id: randomUUID(), createdAt: new Date(from + index * 1_000).toISOString() };
    return {
      transactions: index < count ? [transaction as CircleTransaction] : [],
      nextCursor: index + 1 < count ? String(index + 1) : null,
    };
  };
  return { asked, listInbound };
}

test('more transfers than one round reads: the next rounds go on until the end is reached', async () => {
  const from = Date.now() - 5 * MINUTE_MS;
  const circle = circleWith(250, from);
  const known = openDatabase({ url: database.url });
  // Only what is unknown is taken in; here everything is known.
  const query = known.query.bind(known);
  const ports = {
    database: Object.assign(known, {
      query: (text: string, values: unknown[]) =>
        text.includes('unnest') ? Promise.resolve([]) : query(text, values),
    }),
    circle,
  } as unknown as Parameters<typeof createSweepActivities>[0];
  try {
    const { findUnreportedTransfers } = createSweepActivities({ ...ports, config: {} as never });
    for (let round = 0; round < 4; round += 1) await findUnreportedTransfers();
  } finally {
    await known.close();
  }
  const seconds = circle.asked.map((since) => Math.round((Date.parse(since) - from) / 1_000));
  // A hundred pages each; the last rounds begin ten minutes back again, for what appears late.
  expect(seconds.slice(1, 3)).toEqual([99, 198]);
  expect(seconds[3]).toBeLessThan(-4 * 60);
});
