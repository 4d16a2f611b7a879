/** On the real stack: events three days late, and a key rotated while signed events are on their way. */
import { expectCleanLedger, paymentsFor } from '../support/books.ts';
import { type Customer, createCustomer } from '../support/customer.ts';
import { eventually } from '../support/eventually.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { clearFaults, plant, setDepositPolicy } from '../support/trouble.ts';

let stack: TestStack;
let customer: Customer;
beforeAll(async () => {
  stack = await startStack({ firmCash: '100000.00' });
  await setDepositPolicy(stack);
});
beforeEach(async () => {
  customer = await createCustomer(stack);
});
afterEach(async () => {
  await clearFaults(stack);
  await expectCleanLedger(stack.database.pool);
});
afterAll(() => stack?.stop());

const eventsOf = async (depositId: string): Promise<string[]> => {
  const { rows } = await stack.database.pool.query<{ event: string }>(
    'select event from lifecycle_events where subject_id = $1 order by id',
    [depositId],
  );
  return rows.map(({ event }) => event);
};

const effects = async (depositId: string): Promise<number> =>
  (await paymentsFor(stack, depositId)).filter(({ effective }) => effective).length;

test('what Circle says again three days later, under new ids, changes nothing', async () => {
  await customer.receive({ amount: '11.11' });
  const done = await customer.depositReaches('broker_funded');
  const before = await eventsOf(done.id);
  await stack.sandbox.control('POST', '/control/clock/advance', { seconds: 3 * 86_400 });
  const { rows } = await stack.database.pool.query<{ circle: string; out: string }>(
    'select circle_transaction_id as circle, circle_transfer_ref as out from deposits where id = $1',
    [done.id],
  );
  for (const transaction_id of [rows[0]?.circle, rows[0]?.out]) {
    const { notification_id } = await stack.sandbox.control<{ notification_id: string }>(
      'POST',
      '/control/circle/events/duplicate',
      { transaction_id, times: 3 },
    );
    await eventually('the late event is stored once and done with', async () => {
      const { rows: stored } = await stack.database.pool.query(
        'select from inbound_events where provider_event_id = $1 and processed_at is not null',
        [notification_id],
      );
      return stored.length === 1;
    });
  }
  expect(await eventsOf(done.id)).toEqual(before);
  expect(await customer.deposits()).toMatchObject([{ id: done.id, status: 'broker_funded' }]);
  expect(await effects(done.id)).toBe(2);
});

test('an event signed with the old key arrives after the rotation, and both keys are believed', async () => {
  await plant(stack, {
    ...{ company: 'circle', operation: 'circle.event.transactions.inbound', kind: 'delay_event' },
    ...{ match: { state: 'CONFIRMED' }, delay_ms: 700 },
  });
  await customer.receive({ amount: '12.12' });
  await stack.sandbox.control('POST', '/control/circle/events/rotate_key');
  await customer.receive({ amount: '13.13' });
  await eventually('both deposits are done', async () => {
    const all = await customer.deposits();
    return all.length === 2 && all.every(({ status }) => status === 'broker_funded');
  });
  await eventually('each of the four words about the two transfers is stored and done with', async () => {
    const { rows } = await stack.database.pool.query(
      `select from inbound_events where kind = 'circle.inbound' and processed_at is not null
         and message ->> 'circle_wallet_id' = $1`,
      [customer.wallets.ethereum.circleWalletId],
    );
    return rows.length === 4;
  });
  for (const { id } of await customer.deposits()) expect(await effects(id)).toBe(2);
});
