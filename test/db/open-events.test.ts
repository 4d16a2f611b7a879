/** Events that nobody was told of: the sweep finds whose they are, or that nobody needs them any more. */
import { randomUUID } from 'node:crypto';
import { addDeposit, addUser, addWallet, type LedgerDatabase, openLedgerDatabase } from './records.ts';

let database: LedgerDatabase;
beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database.drop());

/** Mint's word about a transfer whose hash nobody knows here. */
async function mintSaid(reference: string, state: string): Promise<string> {
  const event = {
    ...{ provider: 'mint', provider_event_id: randomUUID(), kind: 'mint.transfer', reference },
    ...{ tx_hash: randomUUID(), payload: {}, message: { source: 'mint.transfer', state, reference } },
  };
  const [row] = await database.query<{ id: string }>('select store_event($1) as id', [JSON.stringify(event)]);
  return row?.id ?? '';
}

test('a credit that two people have vouched for needs no hash; whatever else Mint says of it stays open', async () => {
  const userId = await addUser(database);
  const deposit = await addDeposit(database, await addWallet(database, userId), '10');
  const [vouched, failed, another] = [
    await mintSaid('mint-1', 'complete'),
    await mintSaid('mint-1', 'failed'),
    await mintSaid('mint-2', 'complete'),
  ];
  const openNow = async () => {
    await database.query('select open_events(0, 100)');
    const rows = await database.query<{ id: string }>(
      'select id::text from inbound_events where processed_at is null order by id',
    );
    return rows.map(({ id }) => id);
  };
  expect(await openNow()).toEqual([vouched, failed, another].map(String));
  await database.query(
    `insert into reviews
       (lifecycle, subject_id, user_id, reason, detail, due_at, decided_at, decision, decision_evidence)
     values ('deposit', $1, $2, 'mint_credit_overdue', 'late', now(), now(), 'force_complete', $3)`,
    [deposit, userId, JSON.stringify({ mint_transfer_id: 'mint-1' })],
  );
  expect(await openNow()).toEqual([failed, another].map(String));
});
