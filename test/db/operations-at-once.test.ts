/** A step records its operation while a company's webhook writes to the same one: neither disturbs the other. */
import { randomUUID } from 'node:crypto';
import { addDeposit, addUser, addWallet, type LedgerDatabase, openLedgerDatabase } from './records.ts';

/** Enough of both for the moment between two index entries of one row to be met again and again. */
const TIMES = 4_000;

let database: LedgerDatabase;
beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database.drop());

test('the row is there once, whoever writes when', async () => {
  const deposit = await addDeposit(database, await addWallet(database, await addUser(database)), '10');
  const [step, webhook] = await Promise.all([database.pool.connect(), database.pool.connect()]);
  const key = randomUUID();
  const record = (state: string) =>
    step.query('select record_operations($1, $2, $3)', [
      'deposit',
      deposit,
      JSON.stringify([{ step: 'off_ramp:1', provider: 'circle', key, state, reference: 'transfer-1' }]),
    ]);
  try {
    await record('intended');
    let isOver = false;
    const hear = async () => {
      for (let time = 0; !isOver; time += 1)
        await webhook.query(
          `update provider_operations set tx_hash = $2, provider_reference = coalesce(provider_reference, 'transfer-1')
           where lifecycle = 'deposit' and subject_id = $1`,
          [deposit, `0x${time}`],
        );
    };
    const act = async () => {
      for (let time = 0; time < TIMES; time += 1) await record('accepted');
    };
    await Promise.all([hear(), act().finally(() => (isOver = true))]);
    const { rows } = await step.query('select state from provider_operations where subject_id = $1', [
      deposit,
    ]);
    expect(rows).toEqual([{ state: 'accepted' }]);
  } finally {
    step.release();
    webhook.release();
  }
});
