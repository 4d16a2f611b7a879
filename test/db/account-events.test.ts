/** The broker tells of an account while we learn that it is ours: one of the two sees the other. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { addUser, type LedgerDatabase, openLedgerDatabase } from './records.ts';

/** Far more than a function needs that nobody keeps waiting. */
const MEANWHILE_MS = 150;

let database: LedgerDatabase;
beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database.drop());

/** How many workflows are told of the event. */
async function hear(client: pg.PoolClient, account: string): Promise<number> {
  const event = {
    ...{ provider: 'alpaca', provider_event_id: randomUUID(), kind: 'alpaca.account', reference: account },
    ...{ payload: {}, message: { source: 'alpaca.account', state: 'active' } },
  };
  const { rows } = await client.query<{ heard: { signals: unknown[] } }>(
    'select receive_account_events($1, $2, $3) as heard',
    [randomUUID(), '1', JSON.stringify([event])],
  );
  return rows[0]?.heard.signals.length ?? 0;
}

/** How many events the onboarding finds that came before it knew the account. */
async function open(client: pg.PoolClient, account: string, user: string): Promise<number> {
  const { rows } = await client.query<{ opened: { missed_events: number } }>(
    'select kyc_account_opened($1, $2) as opened',
    [user, JSON.stringify({ account_id: account, operations: [] })],
  );
  return rows[0]?.opened.missed_events ?? 0;
}

test.each(['event', 'account'])(
  'the %s comes first, and is not committed when the other comes',
  async (first) => {
    const user = await addUser(database);
    await database.query("select transition('kyc', $1, 'submitted', '1', '{}')", [user]);
    const account = randomUUID();
    const [early, late] = await Promise.all([database.pool.connect(), database.pool.connect()]);
    try {
      await early.query('begin');
      const seenFirst = first === 'event' ? await hear(early, account) : await open(early, account, user);
      const second = first === 'event' ? open(late, account, user) : hear(late, account);
      await sleep(MEANWHILE_MS);
      await early.query('commit');
      expect([seenFirst, await second]).toEqual([0, 1]);
    } finally {
      early.release();
      late.release();
    }
  },
);
